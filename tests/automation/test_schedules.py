"""Schedules: each tick makes exactly one task; what cannot be made is told and stops nothing else."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.actors.models import Application
from apps.automation import queue
from apps.automation.functions import queries, services
from apps.automation.models import Function, Schedule
from apps.automation.schedules import ticks
from apps.containers.models import Container, TaskType, TypeVersion
from apps.containers.services import put_type
from apps.core.errors import Invalid
from apps.events.models import Event
from apps.tasks.models import Task

HOURLY = {"cron": "0 * * * *", "zone": "Europe/Zurich"}


def put(actor: Actor, name: str = "copy", **said: Any) -> Function:
    return services.put_function(actor, name, {"schedule": {**HOURLY, **said}})[0]


def turn(function: Function, **back: float) -> datetime:
    """Let the clock stand so long ago."""
    moment = (timezone.now() - timedelta(**back)).replace(minute=0, second=0, microsecond=0)
    Schedule.objects.filter(pk=function.pk).update(next_at=moment)
    return moment


def told() -> list[dict[str, Any]]:
    return list(Event.objects.filter(type="function.tick").order_by("id").values_list("data", flat=True))


def test_a_tick_makes_one_task_in_the_application_s_own_container(application_actor: Actor) -> None:
    function = put(application_actor, catch_up="one", task={"data": {"deep": True}})
    turn(function, hours=2)
    assert [ticks.tick_due(), ticks.tick_due()] == [1, 0]
    task = Task.objects.get()
    assert (task.container.slug, task.type_version.type.name, task.title) == ("app-migrator", "task", "copy")
    assert (task.function, task.data, task.queued) == ("copy", {"deep": True}, True)
    assert [each["task"] for each in told()] == [str(task.pk)]
    (claimed,) = queue.claim(application_actor, {"functions": ["copy"]})["tasks"]
    assert claimed["id"] == str(task.pk)


def test_the_sweep_ticks_and_the_clock_goes_on(application_actor: Actor) -> None:
    function = put(application_actor, catch_up="all")
    first = turn(function, hours=3)
    queue.sweep()
    assert list(Task.objects.order_by("start_at").values_list("start_at", flat=True)) == [
        first + timedelta(hours=n) for n in range(4)
    ]
    shown = queries.render_function(queries.get_function(application_actor, "copy"))
    assert shown["schedule"]["next_at"] == (first + timedelta(hours=4)).isoformat().replace("+00:00", "Z")


def test_missed_ticks_that_are_skipped_are_told(application_actor: Actor) -> None:
    function = put(application_actor)
    first = timezone.now() - timedelta(hours=2, minutes=30)
    Schedule.objects.filter(pk=function.pk).update(next_at=first)
    services.put_function(application_actor, "copy", {"schedule": {"every": 3600}})
    Schedule.objects.filter(pk=function.pk).update(next_at=first)
    ticks.tick_due()
    assert not Task.objects.exists()
    (event,) = told()
    assert event["task"] is None
    assert event["skipped_from"] == first.isoformat().replace("+00:00", "Z")
    assert Schedule.objects.get().next_at == first + timedelta(hours=3)


def test_a_clock_set_back_makes_no_task_twice(application_actor: Actor) -> None:
    function = put(application_actor, catch_up="one")
    for _ in range(2):
        turn(function, hours=0)
        ticks.tick_due()
    assert Task.objects.count() == 1


def test_what_cannot_be_made_is_told_and_keeps_nothing_from_it(
    application_actor: Actor, container: Container, kind: TypeVersion
) -> None:
    typed = {"container": container.slug, "type": "copy", "fields": {"rows": 1}}
    for name, task in (("typed", typed), ("plain", {})):
        turn(put(application_actor, name, catch_up="one", task=task), hours=1 if name == "plain" else 2)
    TaskType.objects.filter(pk=kind.type_id).update(retired_at=timezone.now())
    assert [ticks.tick_due(), ticks.tick_due()] == [2, 0]
    assert [task.function for task in Task.objects.all()] == ["plain"]
    refused = next(each for each in told() if each["function"] == "typed")
    assert refused["task"] is None
    assert refused["error"]["errors"][0]["pointer"] == "/type"


def test_a_failure_that_nobody_thought_of_does_not_spin(
    application_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn(put(application_actor, catch_up="one"), hours=1)

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ticks, "create_task", broken)
    assert [ticks.tick_due(), ticks.tick_due()] == [1, 0]
    assert told()[0]["error"] == {"code": "error", "detail": "ZeroDivisionError"}


def test_schedules_of_an_application_that_is_off_stand_still(application_actor: Actor) -> None:
    turn(put(application_actor), hours=1)
    Application.objects.update(active=False)
    assert ticks.tick_due() == 0
    assert not Task.objects.exists()


def test_pushing_the_same_times_again_leaves_the_clock(application_actor: Actor) -> None:
    stood = turn(put(application_actor), hours=1)
    put(application_actor, task={"title": "Nightly"})
    assert Schedule.objects.get().next_at == stood
    put(application_actor, zone="UTC")
    assert Schedule.objects.get().next_at > timezone.now()
    services.put_function(application_actor, "copy", {})
    assert not Schedule.objects.exists()


def test_what_was_read_can_be_pushed_and_changes_nothing(application_actor: Actor) -> None:
    shown = queries.render_function(put(application_actor, task={"tags": ["night"]}))
    _function, created, changed = services.put_function(application_actor, "copy", shown)
    assert (created, changed) == (False, False)


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"cron": "99 * * * *"}, "/schedule/cron"),
        ({"zone": "Mars/Olympus"}, "/schedule/zone"),
        ({"task": {"container": "nowhere"}}, "/schedule/task/container"),
        ({"task": {"container": "migrations", "type": "nothing"}}, "/schedule/task/type"),
        ({"task": {"container": "migrations", "type": "copy", "fields": {"rows": "x"}}}, "/schedule/task/fields/rows"),
        ({"task": {"container": "migrations", "type": "copy", "fields": {"row": 1}}}, "/schedule/task/fields/row"),
        ({"task": {"assignee": "user:nobody"}}, "/schedule/task/assignee"),
        ({"task": {"title": ""}}, "/schedule/task/title"),
        ({"task": {"external_id": "x"}}, "/schedule/task/external_id"),
        ({"task": {"tags": ["a", 1]}}, "/schedule/task/tags/1"),
        ({"task": 5}, "/schedule/task"),
        ({"often": True}, "/schedule/often"),
    ],
)
def test_what_could_not_tick_is_refused_where_it_is_wrong(
    application_actor: Actor, kind: TypeVersion, said: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        put(application_actor, **said)
    assert [problem.pointer for problem in refused.value.errors] == [pointer]
    assert not Function.objects.filter(name="copy").exists()


def test_spell_of_failing_ticks_begins_with_one_event_and_shows_in_the_stats(
    application_actor: Actor, container: Container
) -> None:
    put_type(application_actor, container.slug, "night", {"schema": {"type": "object", "properties": {}}})
    task = {"container": container.slug, "type": "night", "title": "Night"}
    function = services.put_function(application_actor, "copy", {"schedule": {"every": 60, "task": task}})[0]
    TaskType.objects.filter(name="night").update(retired_at=timezone.now())

    def failing_since() -> str | None:
        (row,) = queue.stats(application_actor)["results"]
        return row["schedule_failing_since"]

    assert failing_since() is None
    for seconds in (20, 10):
        Schedule.objects.filter(pk=function.pk).update(next_at=timezone.now() - timedelta(seconds=seconds))
        ticks.tick_due()
    (event,) = Event.objects.filter(type="schedule.failed")
    assert event.data["function"] == "copy"
    assert failing_since() is not None
    TaskType.objects.filter(name="night").update(retired_at=None)
    Schedule.objects.filter(pk=function.pk).update(next_at=timezone.now() - timedelta(seconds=1))
    ticks.tick_due()
    assert failing_since() is None
