"""A type's own transitions: who may press them, what they do, and those that happen by themselves."""

from collections.abc import Iterable
from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.automation.transitions import pressable, run_transition
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, SchemaViolation
from apps.events.models import Event
from apps.tasks import services
from apps.tasks.access import TaskPermissions, get_task
from apps.tasks.models import Note, Task
from tests.api.world import Caller

SHAPE: dict[str, Any] = {
    "schema": {
        "type": "object",
        "properties": {
            "source": {"type": "string"},
            "target": {"type": "string"},
            "rows": {"type": "integer"},
            "labels": {"type": "array", "items": {"type": "string"}},
        },
    },
    "stages": [
        {"name": "asked", "status": "new"},
        {"name": "checked"},
        {"name": "running", "status": "in_progress"},
        {"name": "over", "status": "complete"},
    ],
}
INPUT = {"type": "object", "required": ["rows"], "properties": {"rows": {"type": "integer", "minimum": 1}}}
APPROVE = {"name": "approve", "from": ["asked"], "to": "running", "who": ["manager"]}


class World:
    """A container with one type whose transitions the test says."""

    def __init__(self, container: Container, actor: Actor) -> None:
        self.container, self.actor = container, actor

    def task(self, *transitions: dict[str, Any], stages: Iterable[Any] = (), **body: Any) -> Task:
        shape = {**SHAPE, "stages": [*SHAPE["stages"], *stages], "transitions": list(transitions)}
        put_type(self.actor, self.container.slug, "move", shape)
        fields = {"source": "a", "target": "b", **body.pop("fields", {})}
        given = {"container": self.container.slug, "type": "move", "title": "Move", "fields": fields, **body}
        return services.create_task(self.actor, given)[0]


@pytest.fixture
def world(container: Container, application_actor: Actor) -> World:
    return World(container, application_actor)


def events(task: Task, type: str) -> list[Event]:
    return list(Event.objects.filter(task_id=task.pk, type=type).order_by("sequence"))


def test_manager_presses(world: World, owner_actor: Actor) -> None:
    task = world.task({**APPROVE, "when": "fields.source != fields.target"})
    moved = run_transition(owner_actor, task.key, "approve", note="Go")
    assert (moved.stage, moved.status) == ("running", "in_progress")
    assert [event.actor for event in events(task, "task.status_changed")] == ["user:owner"]
    assert moved.notes.get().text == "Go"


REFUSED: list[Any] = [
    ("approve", {}, {}, "member_actor", Forbidden),
    ("approve", {}, {}, "application_actor", Forbidden),
    ("approve", {}, {}, "stranger_actor", NotFound),
    ("nothing", {}, {}, "owner_actor", NotFound),
    ("approve", {"from": ["checked"]}, {}, "owner_actor", Conflict),
    ("approve", {"when": "fields.rows > 5"}, {}, "owner_actor", Conflict),
    ("approve", {"when": "fields.source == fields.target"}, {}, "owner_actor", Conflict),
    ("approve", {"input": INPUT}, {}, "owner_actor", SchemaViolation),
    ("approve", {"input": INPUT}, {"rows": 0}, "owner_actor", SchemaViolation),
    ("approve", {"input": INPUT}, {"rows": 1, "more": 1}, "owner_actor", Invalid),
    ("approve", {}, {"rows": 1}, "owner_actor", Invalid),
    ("approve", {"input": INPUT, "when": "input.rows > 5"}, {"rows": 5}, "owner_actor", Conflict),
    ("approve", {"who": None, "kind": "automatic", "when": "false"}, {}, "owner_actor", Conflict),
    (
        "approve",
        {"to": "over", "actions": [{"do": "assign", "to": {"cel": "'user:no-one'"}}]},
        {},
        "owner_actor",
        Conflict,
    ),
]


@pytest.mark.parametrize(("name", "more", "given", "who", "error"), REFUSED)
def test_refused(world: World, request: Any, name: str, more: Any, given: Any, who: str, error: Any) -> None:
    task = world.task({**APPROVE, **more})
    before = Event.objects.count()
    with pytest.raises(error):
        run_transition(request.getfixturevalue(who), task.key, name, input=given)
    assert Event.objects.count() == before
    assert Task.objects.get(pk=task.pk).stage == "asked"


def test_input_and_actions(world: World, owner_actor: Actor, application_actor: Actor) -> None:
    actions = [
        {"do": "set", "fields": {"rows": {"cel": "input.rows * 2"}}, "priority": 7},
        {"do": "add_items", "fields": {"labels": ["x", "y"]}, "tags": ["t"]},
        {"do": "remove_items", "fields": {"labels": ["y"]}},
        {"do": "unset", "fields": ["target"]},
        {"do": "assign", "to": "actor"},
        {"do": "add_note", "text": {"cel": "'By ' + actor.name"}, "kind": "comment"},
        {"do": "emit", "name": "approved", "data": {"rows": {"cel": "input.rows"}, "where": "here"}},
    ]
    task = world.task({**APPROVE, "to": "over", "input": INPUT, "actions": actions})
    moved = run_transition(owner_actor, task.key, "approve", input={"rows": 2})
    assert moved.fields == {"source": "a", "rows": 4, "labels": ["x"]}
    assert (moved.priority, moved.tags, moved.status) == (7, ["t"], "complete")
    assert moved.assignee is not None
    assert moved.assignee.username == "owner"
    assert moved.notes.get().text == "By owner"
    [told] = events(task, "rule.emitted")
    assert told.data == {"name": "approved", "data": {"rows": 2, "where": "here"}}
    assert told.actor == str(application_actor)


def test_tasks_that_follow(world: World, owner_actor: Actor) -> None:
    actions = [
        {"do": "schedule_task", "function": "check", "after": 3600},
        {
            "do": "create_task",
            "type": "move",
            "title": "Child",
            "fields": {"source": {"cel": "fields.target"}},
            "child": True,
        },
    ]
    task = world.task({**APPROVE, "actions": actions})
    run_transition(owner_actor, task.key, "approve")
    call = Task.objects.get(function="check")
    assert (call.container.slug, call.queued, call.data["task"]) == ("app-migrator", False, str(task.pk))
    child = Task.objects.get(title="Child")
    assert (child.parent_id, child.fields) == (task.pk, {"source": "b"})


def test_handed_over(world: World, owner_actor: Actor, team: Any) -> None:
    action = {"do": "hand_over", "to": "team:dba", "message": {"cel": "task.title"}, "fields": ["rows"], "due_in": 60}
    task = world.task({**APPROVE, "to": "checked", "actions": [action]})
    moved = run_transition(owner_actor, task.key, "approve")
    assert (moved.stage, moved.status) == ("checked", "handed_over")
    assert moved.handovers.get().message == "Move"


def test_handed_over_with_all_that_the_call_says(world: World, owner_actor: Actor, owner: Any, team: Any) -> None:
    ends = {"do": "escalate", "to": "user:owner", "due_in": 60, "on_timeout": {"do": "submit", "action": "submit"}}
    action = {"do": "hand_over", "to": "team:dba", "due_in": 600, "on_timeout": ends, "reminders": [60]}
    task = world.task({**APPROVE, "to": "checked", "actions": [{**action, "exclude": ["user:owner", "previous"]}]})
    handover = run_transition(owner_actor, task.key, "approve").handovers.get()
    assert (handover.on_timeout["do"], handover.on_timeout["on_timeout"]["action"]) == ("escalate", "submit")
    assert (handover.reminders, handover.exclude, handover.excluded) == (
        [60],
        ["user:owner", "previous"],
        str(owner.pk),
    )


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"due_in": 5, "on_timeout": {"do": "submit", "action": "nod"}}, "on_timeout/action"),
        ({"due_in": 5, "on_timeout": {"do": "escalate", "to": "team:none"}}, "on_timeout/to"),
        ({"reminders": [60]}, "reminders/0"),
        ({"exclude": ["user:nobody"]}, "exclude/0"),
    ],
)
def test_a_question_that_could_not_be_asked(world: World, team: Any, said: dict[str, Any], at: str) -> None:
    with pytest.raises(Invalid) as refused:
        world.task({**APPROVE, "actions": [{"do": "hand_over", "to": "team:dba", **said}]})
    assert [problem.pointer for problem in refused.value.errors] == [f"/transitions/0/actions/0/{at}"]


def test_a_question_brings_the_task_to_where_people_are_waited_for(
    world: World, owner_actor: Actor, application_actor: Actor, team: Any
) -> None:
    waiting = [
        {"name": "asks", "status": "handed_over"},
        {"name": "signs", "status": "handed_over", "requires": ["rows"]},
    ]
    question = {"do": "hand_over", "to": "team:dba", "fields": ["source"]}
    way = {**APPROVE, "to": "signs", "actions": [question, {"do": "set", "priority": 5}]}
    task = world.task(way, stages=waiting)
    assert [way["name"] for way in pressable(TaskPermissions(owner_actor, task))] == ["approve"]
    with pytest.raises(SchemaViolation):
        run_transition(owner_actor, task.key, "approve")
    services.edit_task(application_actor, task.key, {"fields": {"rows": 1}})
    moved = run_transition(owner_actor, task.key, "approve")
    assert (moved.stage, moved.status, moved.priority) == ("signs", "handed_over", 5)
    assert pressable(TaskPermissions(owner_actor, moved)) == []


# --- By themselves -----------------------------------------------------------------------------------


def automatic(name: str, start: str, to: str, when: str | None, *actions: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "from": [start], "to": to, "kind": "automatic", "when": when, "actions": list(actions)}


def test_they_follow_a_change(world: World, application_actor: Actor) -> None:
    task = world.task(
        automatic("check", "asked", "checked", "fields.rows > 0"), automatic("run", "checked", "running", None)
    )
    assert task.stage == "asked"
    services.edit_task(application_actor, task.key, {"fields": {"rows": 1}})
    moved = get_task(application_actor, task.key)
    assert (moved.stage, moved.status) == ("running", "in_progress")
    first, second = events(task, "task.stage_changed") + events(task, "task.status_changed")
    assert first.causation_id == events(task, "task.updated")[0].pk
    assert second.causation_id == first.pk


def test_at_creation_too(world: World) -> None:
    task = world.task(automatic("check", "asked", "checked", "task.title == 'Move'"))
    assert Task.objects.get(pk=task.pk).stage == "checked"


def test_ring_ends(world: World) -> None:
    task = world.task(automatic("a", "asked", "checked", None), automatic("b", "checked", "asked", None))
    assert len(events(task, "task.stage_changed") + events(task, "task.status_changed")) == 8
    [failed] = events(task, "rule.failed")
    assert failed.data["transition"] in ("a", "b")


def test_what_cannot_be_done_is_told_and_undone(world: World, application_actor: Actor) -> None:
    action = {"do": "assign", "to": {"cel": "'user:' + fields.source"}}
    task = world.task(automatic("check", "asked", "checked", "fields.rows > 0", action))
    services.edit_task(application_actor, task.key, {"fields": {"rows": 1}})
    kept = get_task(application_actor, task.key)
    assert (kept.stage, kept.fields["rows"]) == ("asked", 1)
    assert "user" in events(task, "rule.failed")[0].data["error"]


def test_move_menu_follows_the_transitions(desk: Container, owner_actor: Actor, member_actor: Actor) -> None:
    task = World(desk, owner_actor).task(APPROVE, {**APPROVE, "name": "check", "to": "checked", "who": ["contributor"]})
    assert services.reachable_stages(TaskPermissions(owner_actor, task)) == ["running", "checked"]
    assert services.reachable_stages(TaskPermissions(member_actor, task)) == ["checked"]
    assert [way["name"] for way in pressable(TaskPermissions(member_actor, task))] == ["check"]
    with pytest.raises(Conflict):
        services.edit_task(member_actor, task.key, {"stage": "running"})
    services.edit_task(owner_actor, task.key, {"stage": "running"})
    assert Task.objects.get(pk=task.pk).status == "in_progress"


def test_task_that_not_everybody_sees_is_left_to_people(desk: Container, owner_actor: Actor) -> None:
    note = {"do": "add_note", "text": "x"}
    way = automatic("check", "asked", "checked", None, note)
    task = World(desk, owner_actor).task(way, privacy="restricted")
    assert Task.objects.get(pk=task.pk).stage == "asked"


@pytest.mark.parametrize("amount", [142, 142.0, 142.5])
def test_number_of_the_schema_is_a_double_however_it_is_written(world: World, amount: float) -> None:
    schema = {"type": "object", "properties": {"amount": {"type": "number"}}}
    dear = {
        "name": "dear",
        "from": ["asked"],
        "to": "checked",
        "kind": "automatic",
        "when": "fields.amount * 1.2 > 150.0",
    }
    shape = {**SHAPE, "schema": schema, "transitions": [dear]}
    put_type(world.actor, world.container.slug, "bill", shape)
    body = {"container": world.container.slug, "type": "bill", "title": "Bill", "fields": {"amount": amount}}
    task, _new = services.create_task(world.actor, body)
    assert Task.objects.get(pk=task.pk).stage == "checked"


def test_condition_that_errs_is_recorded_once(world: World, application_actor: Actor) -> None:
    wrong = {"name": "wrong", "from": ["asked"], "to": "checked", "kind": "automatic", "when": "fields.source * 2 > 1"}
    task = world.task(wrong)
    services.edit_task(application_actor, str(task.pk), {"title": "Again"})
    (event,) = events(task, "rule.failed")
    assert event.data["transition"] == "wrong"
    assert "cannot be evaluated" in event.data["error"]


def test_condition_on_a_value_that_is_not_there_yet_is_no_error(world: World) -> None:
    early = {"name": "early", "from": ["asked"], "to": "checked", "kind": "automatic", "when": "fields.rows > 1"}
    assert events(world.task(early), "rule.failed") == []


ERRS = {**APPROVE, "when": "fields.source * 2 > 1"}


def test_pressed_condition_that_errs_is_recorded_once(world: World, owner_actor: Actor) -> None:
    task = world.task(ERRS)
    for _ in range(2):
        with pytest.raises(Conflict, match="cannot be evaluated"):
            run_transition(owner_actor, task.key, "approve", note="Now")
    with pytest.raises(Conflict, match="cannot be evaluated"):
        services.edit_task(owner_actor, task.key, {"stage": "running"})
    (event,) = events(task, "rule.failed")
    assert event.data["transition"] == "approve"
    assert "cannot be evaluated" in event.data["error"]
    assert not Note.objects.exists()


def test_pressed_condition_without_its_value_is_no_error(world: World, owner_actor: Actor) -> None:
    task = world.task({**APPROVE, "when": "fields.rows > 1"})
    with pytest.raises(Conflict, match="does not hold"):
        run_transition(owner_actor, task.key, "approve")
    assert events(task, "rule.failed") == []


@pytest.mark.django_db(transaction=True)
def test_call_that_may_be_repeated_leaves_the_trace_too(world: World, owner: User) -> None:
    """Its transaction is around the unit of the transition, and is undone with it."""
    task = world.task(ERRS)
    answer = Caller(user=owner).post(f"/tasks/{task.pk}/transitions/approve", {}, Idempotency_Key="k")
    assert answer.status_code == 409
    assert len(events(task, "rule.failed")) == 1
