"""What hidden fields could tell by side doors: errors, typed input, counts of a migration."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.actors.references import actor_of_user
from apps.automation.transitions import run_transition
from apps.containers.models import Container, Membership
from apps.containers.services import put_type
from apps.core.errors import Conflict
from apps.tasks import queries, rendering, services, timeline
from apps.tasks.models import Task
from tests import factories

pytestmark = pytest.mark.django_db

HIDDEN: dict[str, Any] = {
    "type": "integer", "maximum": 4711, "x-taskhub": {"read": ["application"], "write": ["application"]},
}  # fmt: skip
STAGES = [{"name": "todo", "status": "new"}, {"name": "doing"}, {"name": "done"}]


def way(name: str, to: str, value: Any, **more: Any) -> dict[str, Any]:
    do = {"do": "set", "fields": {"lag": value}}
    return {"name": name, "from": ["todo", "doing"], "to": to, "who": ["contributor"], "actions": [do], **more}


@pytest.fixture
def task(container: Container, application_actor: Actor) -> Task:
    """A transition sets a field that contributors do not see: from what they type, or to what it must not be."""
    typed = {"type": "object", "properties": {"number": {"type": "integer"}}}
    ways = [
        way("wrong", "doing", 9999),
        way("typed", "doing", {"cel": "input.number"}, input=typed),
        {
            **way("alone", "done", 9999),
            "from": ["doing"],
            "kind": "automatic",
            "who": None,
            "when": "task.title == 'x'",
        },
    ]
    ways[2].pop("who")
    shape = {"schema": {"type": "object", "properties": {"lag": HIDDEN}}, "stages": STAGES, "transitions": ways}
    put_type(application_actor, "migrations", "m", shape)
    return services.create_task(application_actor, {"container": "migrations", "type": "m", "title": "T"})[0]


def worker(container: Container, name: str) -> Actor:
    user = factories.make_user(name)
    Membership.objects.create(container=container, user=user, role="contributor")
    return actor_of_user(user)


def test_a_refused_action_tells_the_presser_nothing_of_hidden_fields(container: Container, task: Task) -> None:
    with pytest.raises(Conflict) as refused:
        run_transition(worker(container, "cal"), task.key, "wrong")
    assert "4711" not in refused.value.detail
    assert not refused.value.errors


def test_nor_does_the_history_tell_it(container: Container, application_actor: Actor, task: Task) -> None:
    reader = worker(container, "cal")
    services.edit_task(application_actor, task.key, {"title": "x"})
    run_transition(reader, task.key, "typed", input={"number": 5})
    told = [str(timeline.task_events(queries.permissions_of(actor, task.key))) for actor in (reader, application_actor)]
    assert ["rule.failed" in text for text in told] == [True, True]
    assert ["4711" in text for text in told] == [False, True]


def test_typed_input_is_for_who_typed_it(container: Container, application_actor: Actor, task: Task) -> None:
    maker, other = worker(container, "cal"), worker(container, "dan")
    at = timezone.now() + timedelta(hours=1)
    update = services.schedule_update(maker, task.key, at=at, transition="typed", input={"number": 4711})
    said = [
        rendering.render_scheduled_update(queries.permissions_of(actor, task.key), update)["input"]
        for actor in (maker, other, application_actor)
    ]
    assert said == [{"number": 4711}, {}, {"number": 4711}]
