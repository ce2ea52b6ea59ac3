"""A stage may require fields: a task is not moved there without them, and whoever moves it is told which."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.containers.models import Container, TaskType
from apps.containers.services import put_type
from apps.core.errors import Invalid, SchemaViolation
from apps.tasks import services
from apps.tasks.models import Task

pytestmark = pytest.mark.django_db
HIDDEN = {"type": "string", "x-taskhub": {"read": ["manager"], "write": ["manager"]}}
TYPE: dict[str, Any] = {
    "schema": {
        "type": "object",
        "properties": {"cost": {"type": "integer"}, "room": {"type": "string"}, "veiled": HIDDEN},
    },
    "stages": [{"name": "open", "status": "new"}, {"name": "agreed", "requires": ["cost", "room"]},
               {"name": "filed", "requires": ["veiled"]}],
}  # fmt: skip


@pytest.fixture
def task(desk: Container, owner_actor: Actor, member_actor: Actor) -> Task:
    put_type(owner_actor, "desk", "trip", TYPE)
    return services.create_task(member_actor, {"container": "desk", "type": "trip", "title": "Trip"})[0]


def test_every_missing_field_is_named(task: Task, member_actor: Actor) -> None:
    with pytest.raises(SchemaViolation) as refused:
        services.edit_task(member_actor, task.pk, {"stage": "agreed"})
    problems = {(problem.pointer, problem.code) for problem in refused.value.errors}
    assert problems == {("/fields/cost", "required"), ("/fields/room", "required")}
    assert Task.objects.get(pk=task.pk).stage == "open"


def test_they_may_come_in_the_same_call(task: Task, member_actor: Actor) -> None:
    services.edit_task(member_actor, task.pk, {"stage": "agreed", "fields": {"cost": 5, "room": "12"}})
    assert Task.objects.get(pk=task.pk).stage == "agreed"


def test_a_hidden_one_is_not_named(task: Task, member_actor: Actor, owner_actor: Actor) -> None:
    for actor, pointer in ((member_actor, "/stage"), (owner_actor, "/fields/veiled")):
        with pytest.raises(SchemaViolation) as refused:
            services.edit_task(actor, task.pk, {"stage": "filed"})
        assert [problem.pointer for problem in refused.value.errors] == [pointer]
    kind = TaskType.objects.get(name="trip").current
    assert kind.spec["stages"][2]["requires"] == ["veiled"]


def test_automatic_transitions_wait_for_them(desk: Container, owner_actor: Actor, member_actor: Actor) -> None:
    way = {"name": "agree", "from": ["open"], "to": "agreed", "kind": "automatic", "when": "has(fields.cost)"}
    put_type(owner_actor, "desk", "trip", {**TYPE, "transitions": [way]})
    task = services.create_task(member_actor, {"container": "desk", "type": "trip", "title": "Trip"})[0]
    services.edit_task(member_actor, task.pk, {"fields": {"cost": 5}})
    assert Task.objects.get(pk=task.pk).stage == "open"
    services.edit_task(member_actor, task.pk, {"fields": {"room": "12"}})
    assert Task.objects.get(pk=task.pk).stage == "agreed"


@pytest.mark.parametrize("names", [["nothing"], ["cost", "cost"], "cost", [1]])
def test_only_fields_of_the_type_are_required(desk: Container, owner_actor: Actor, names: Any) -> None:
    with pytest.raises(Invalid) as refused:
        put_type(owner_actor, "desk", "trip", {**TYPE, "stages": [{"name": "open", "requires": names}]})
    assert refused.value.errors[0].pointer.startswith("/stages/0/requires")
