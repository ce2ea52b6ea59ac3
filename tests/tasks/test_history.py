"""The history of a task: what is hidden of it takes no room from what is shown, and is not counted."""

from apps.actors.actor import Actor
from apps.tasks import services, timeline
from apps.tasks.access import TaskPermissions, get_task

from .conftest import MakeTask


def test_hidden_events_take_no_room(make: MakeTask, member_actor: Actor, application_actor: Actor) -> None:
    task = make()
    services.edit_task(application_actor, task.key, {"fields": {"rows": 1}})
    for lag in range(5):
        services.edit_task(application_actor, task.key, {"fields": {"lag": lag}})
    for latest in (1, 2, 3):
        told = timeline.task_events(TaskPermissions(member_actor, get_task(member_actor, task.key)), latest=latest)
        assert len(told) == min(latest, 2)
        assert told[-1]["data"]["changes"].keys() == {"fields.rows"}


def test_all_is_told_oldest_first(make: MakeTask, application_actor: Actor) -> None:
    task = make()
    for rows in (1, 2, 3):
        services.edit_task(application_actor, task.key, {"fields": {"rows": rows}})
    told = timeline.task_events(TaskPermissions(application_actor, get_task(application_actor, task.key)))
    assert [event["type"] for event in told] == ["task.created", *["task.updated"] * 3]
