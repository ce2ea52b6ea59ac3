"""Creating: who may say what, what is filled in, and what is refused."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.core.errors import Conflict, Forbidden, Invalid, SchemaViolation, TaskHubError
from apps.events.models import Event
from apps.tasks import access, services
from apps.tasks.models import Task

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


def test_defaults_are_filled_in(make: MakeTask, application_actor: Actor) -> None:
    task = make()
    assert str(task.key).startswith("MIG-")
    assert len(str(task.key)) == 9
    assert (task.status, task.stage, task.priority, task.privacy) == ("new", "todo", 0, "inherit")
    assert Event.objects.get(task_id=task.pk).type == "task.created"


def test_without_a_container_it_lies_in_the_applications_own(application_actor: Actor, stranger_actor: Actor) -> None:
    task, _ = services.create_task(application_actor, {"function": "tick", "data": {"n": 1}})
    assert (task.container.slug, task.queued) == ("app-migrator", True)
    assert not access.visible_to(stranger_actor).exists()


@pytest.mark.parametrize(
    ("body", "error", "pointer"),
    [
        ({"container": "nowhere"}, Invalid, "/container"),
        ({"type": "nothing"}, Invalid, "/type"),
        ({"fields": {}}, SchemaViolation, "/fields/source"),
        ({"fields": {"source": 1}}, SchemaViolation, "/fields/source"),
        ({"fields": {"source": "a", "x": 1}}, Invalid, "/fields/x"),
        ({"assignee": "user:nobody"}, Invalid, "/assignee"),
        ({"privacy": "private"}, Invalid, "/private_to"),
        ({"parent": "MIG-00000"}, Invalid, "/parent"),
        ({"hand_over": {"to": "team:dba", "fields": ["x"]}}, Invalid, "/hand_over/fields/0"),
    ],
)
def test_refused(
    make: MakeTask, application_actor: Actor, body: dict[str, Any], error: type[TaskHubError], pointer: str
) -> None:
    whole = {"container": "migrations", "type": "migration", "fields": {"source": "a"}, **body}
    with pytest.raises(error) as refused:
        services.create_task(application_actor, whole)
    assert [problem.pointer for problem in refused.value.errors] == [pointer]
    assert not Task.objects.exists()
    assert not Event.objects.filter(type__startswith="task.").exists()


def test_requester_says_only_what_the_form_asks(make: MakeTask, requester_actor: Actor) -> None:
    with pytest.raises(Forbidden) as refused:
        make(requester_actor, fields={"source": "a", "rows": 1})
    assert refused.value.errors[0].pointer == "/fields/rows"
    with pytest.raises(Forbidden):
        make(requester_actor, priority=9)
    with pytest.raises(Invalid) as refused_hidden:
        make(requester_actor, fields={"source": "a", "lag": 1})
    assert refused_hidden.value.code == "unknown_field"
    assert make(requester_actor).reporter_id == requester_actor.id


def test_external_id_makes_creation_repeatable(make: MakeTask, application_actor: Actor) -> None:
    body = {"container": "migrations", "type": "migration", "fields": {"source": "a"}, "external_id": "x"}
    first, made = services.create_task(application_actor, body)
    again, made_again = services.create_task(application_actor, dict(body))
    assert (first.pk, made, made_again) == (again.pk, True, False)
    with pytest.raises(Conflict):
        services.create_task(application_actor, {**body, "title": "other"})


def test_bulk_keeps_the_good_ones_unless_atomic(make: MakeTask, application_actor: Actor) -> None:
    good = {"container": "migrations", "type": "migration", "fields": {"source": "a"}}
    bad = {**good, "fields": {}}
    results = services.create_tasks(application_actor, [good, bad, good])
    assert [isinstance(result, TaskHubError) for result in results] == [False, True, False]
    with pytest.raises(SchemaViolation) as refused:
        services.create_tasks(application_actor, [good, bad], atomic=True)
    assert refused.value.errors[0].pointer == "/tasks/1/fields/source"
    assert Task.objects.count() == 2


def test_min_privacy_holds(container: Container, application_actor: Actor, make: MakeTask) -> None:
    put_type(
        application_actor,
        "migrations",
        "quiet",
        {"title": "Q", "schema": {"type": "object"}, "min_privacy": "restricted"},
    )
    with pytest.raises(Invalid) as refused:
        services.create_task(application_actor, {"container": "migrations", "type": "quiet", "privacy": "inherit"})
    assert refused.value.errors[0].pointer == "/privacy"


def test_future_start_is_not_claimable(make: MakeTask) -> None:
    from datetime import timedelta

    from django.utils import timezone

    later = make(function="f", start_at=timezone.now() + timedelta(hours=1))
    assert (later.status, later.queued) == ("new", False)
    assert make(function="f").queued


def test_people_make_cards_in_their_own_containers(desk: Container, member_actor: Actor, stranger_actor: Actor) -> None:
    from apps.containers.services.types import put_builtin

    put_builtin(desk)
    card, _ = services.create_task(member_actor, {"container": "desk", "title": "Write it down"})
    assert (card.reporter_id, card.key[:3]) == (member_actor.id, "DES")
    with pytest.raises(Invalid):
        services.create_task(stranger_actor, {"container": "desk", "title": "x"})
