"""What a handover tells of fields: nothing of hidden ones, and no draft of another question."""

import pytest

from apps.actors.actor import Actor
from apps.containers.services import put_type
from apps.core.errors import NotFound
from apps.tasks import access, queries, rendering, services
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Handover, Task
from apps.tasks.services.handovers import opening

from .conftest import SHAPE, MakeTask

pytestmark = pytest.mark.django_db


def shown(actor: Actor, handover: Handover) -> dict:
    task = access.get_task(actor, str(handover.task_id))
    return rendering.render_handover(TaskPermissions(actor, task), handover)


def test_default_answer_tells_nothing_of_hidden_fields(
    make: MakeTask, application_actor: Actor, requester_actor: Actor
) -> None:
    task = make(reporter="user:ana")
    timeout = {"do": "submit", "action": "submit", "fields": {"lag": 7, "rows": 1}}
    handover = services.hand_over(
        application_actor, task.key, {"to": "reporter", "on_timeout": timeout, "due_at": "2099-01-01T00:00:00Z"}
    )
    assert shown(application_actor, handover)["on_timeout"]["fields"] == {"lag": 7, "rows": 1}
    assert shown(requester_actor, handover)["on_timeout"]["fields"] == {"rows": 1}


def test_draft_of_an_ended_handover_is_not_the_next_ones(
    make: MakeTask, application_actor: Actor, requester_actor: Actor, member_actor: Actor
) -> None:
    task = make(requester_actor)
    first = services.hand_over(application_actor, task.key, {"to": "user:ana", "fields": ["rows"]})
    services.save_draft(requester_actor, str(first.pk), fields={"rows": 5})
    services.withdraw_handover(application_actor, str(first.pk))
    task = Task.objects.get(pk=task.pk)
    second = services.hand_over(application_actor, str(task.pk), {"to": "user:member", "fields": ["rows"]})
    earlier, now = queries.handover_history(task)
    assert (earlier.pk, now.pk) == (first.pk, second.pk)
    assert shown(member_actor, earlier)["draft"] is None


def test_ended_handover_is_for_who_answered_it_or_sees_the_task(
    make: MakeTask, application_actor: Actor, member_actor: Actor, stranger_actor: Actor
) -> None:
    task = make(privacy="restricted")
    handover = services.hand_over(application_actor, task.key, {"to": "user:stranger", "fields": ["rows"]})
    assert queries.read_handover(stranger_actor, handover.pk).pk == handover.pk
    services.withdraw_handover(application_actor, str(handover.pk))
    for actor in (stranger_actor, member_actor):
        with pytest.raises(NotFound):
            queries.read_handover(actor, handover.pk)
    assert queries.read_handover(application_actor, handover.pk).state == "withdrawn"


def test_failover_that_would_be_wider_than_the_type_is_none(make: MakeTask, application_actor: Actor) -> None:
    put_type(application_actor, "migrations", "migration", {**SHAPE, "min_privacy": "restricted", "failover": None})
    task = make(privacy="restricted")
    target = {"to": "team:dba", "privacy": "inherit"}
    assert opening.fail_over(task, target, error={"name": "x"}, reason="failed") is None
    assert Task.objects.get(pk=task.pk).status == "new"
