"""Actions that look ahead: `schedule_update` changes the task later, `schedule_task` runs a function then."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation.rules import services as rules_services
from apps.automation.transitions import run_transition
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.core.errors import Conflict, Invalid
from apps.events.dispatch import dispatch
from apps.events.models import Event
from apps.tasks import services
from apps.tasks.models import ScheduledUpdate, Task
from apps.tasks.services.scheduled_updates import run as scheduled_updates_run

from .test_transitions import SHAPE, World, world

__all__ = ["world"]
GO = {"name": "go", "from": ["asked"], "to": "checked", "who": ["manager"]}


def come() -> int:
    ScheduledUpdate.objects.update(at=timezone.now() - timedelta(seconds=1))
    return scheduled_updates_run.update_due()


def test_a_transition_plans_a_change_as_the_application(world: World, owner_actor: Actor) -> None:
    said = {"fields": {"rows": {"cel": "1 + 1"}}, "title": {"cel": "'Late ' + task.title"}}
    task = world.task({**GO, "actions": [{"do": "schedule_update", "after": 3600, "set": said}]})
    run_transition(owner_actor, task.key, "go")
    update = ScheduledUpdate.objects.get()
    assert (update.created_by, update.set) == ("application:migrator", {"fields": {"rows": 2}, "title": "Late Move"})
    assert timedelta(minutes=59) < update.at - timezone.now() <= timedelta(hours=1)
    assert come() == 1
    task = Task.objects.get(pk=task.pk)
    assert (task.title, task.fields["rows"]) == ("Late Move", 2)


def test_a_transition_plans_a_transition_at_a_computed_time(world: World, owner_actor: Actor) -> None:
    plan = {"do": "schedule_update", "at": {"cel": "task.due_at"}, "transition": "run"}
    run = {"name": "run", "from": ["checked"], "to": "running", "who": ["application"]}
    task = world.task({**GO, "actions": [plan]}, run, due_at=timezone.now() + timedelta(days=1))
    run_transition(owner_actor, task.key, "go")
    assert come() == 1
    assert Task.objects.get(pk=task.pk).stage == "running"


def test_a_rule_of_people_plans_as_the_system(desk: Container, owner_actor: Actor, member_actor: Actor) -> None:
    put_type(owner_actor, desk.slug, "card", {})
    plan = {"do": "schedule_update", "after": 60, "set": {"priority": 9}}
    rules_services.put_rule(owner_actor, desk.slug, "later", {"on": "task.created", "actions": [plan]})
    task, _new = services.create_task(member_actor, {"container": desk.slug, "type": "card", "title": "Card"})
    dispatch()
    assert ScheduledUpdate.objects.get().created_by == "system"
    come()
    assert Task.objects.get(pk=task.pk).priority == 9


def test_what_the_system_planned_does_not_touch_a_task_that_became_narrow(
    desk: Container, owner_actor: Actor, member_actor: Actor
) -> None:
    put_type(owner_actor, desk.slug, "card", {})
    plan = {"do": "schedule_update", "after": 60, "set": {"priority": 9}}
    rules_services.put_rule(owner_actor, desk.slug, "later", {"on": "task.created", "actions": [plan]})
    task, _new = services.create_task(member_actor, {"container": desk.slug, "type": "card", "title": "Card"})
    dispatch()
    services.edit_task(member_actor, task.key, {"privacy": "restricted"})
    come()
    assert Task.objects.get(pk=task.pk).priority == 0
    assert ScheduledUpdate.objects.get().state == "refused"


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"set": {"priority": 1}}, "/at"),
        ({"at": "2031-01-01T00:00:00Z", "after": 5, "set": {"priority": 1}}, "/at"),
        ({"at": "soon", "set": {"priority": 1}}, "/at"),
        ({"after": 5}, "/set"),
        ({"after": 5, "set": {}}, "/set/fields"),
        ({"after": 5, "set": {"fields": {"nothing": 1}}}, "/set/fields/nothing"),
        ({"after": 5, "set": {"priority": 1, "status": "complete"}}, "/set/status"),
        ({"after": 5, "set": {"title": {"cel": "task.nothing"}}}, "/set/title/cel"),
        ({"after": 5, "set": {"priority": "high"}}, "/set/priority"),
    ],
)
def test_a_wrong_plan_is_refused_when_it_is_pushed(
    container: Container, application_actor: Actor, said: dict[str, Any], pointer: str
) -> None:
    way = {**GO, "actions": [{"do": "schedule_update", **said}]}
    with pytest.raises(Invalid) as refused:
        put_type(application_actor, container.slug, "move", {**SHAPE, "transitions": [way]})
    assert [problem.pointer for problem in refused.value.errors] == [f"/transitions/0/actions/0{pointer}"]


def test_what_cannot_be_planned_undoes_the_press(world: World, owner_actor: Actor) -> None:
    task = world.task({**GO, "actions": [{"do": "schedule_update", "after": 5, "transition": "fly"}]})
    with pytest.raises(Conflict):
        run_transition(owner_actor, task.key, "go")
    assert Task.objects.get(pk=task.pk).stage == "asked"


def test_schedule_task_runs_a_function_at_its_time(world: World, owner_actor: Actor) -> None:
    action = {"do": "schedule_task", "function": "check", "after": 3600, "priority": {"cel": "fields.rows"}}
    task = world.task({**GO, "actions": [action]}, fields={"rows": 7})
    run_transition(owner_actor, task.key, "go")
    made = Task.objects.get(function="check")
    assert (made.container.slug, made.priority, made.queued) == ("app-migrator", 7, False)
    assert made.start_at > timezone.now() + timedelta(minutes=59)
    assert made.data["task"] == str(task.pk)
    assert Event.objects.filter(task_id=made.pk, type="task.created").exists()
