"""Several beats at once: each tick makes one task; and the race shows when its guard is taken out."""

import contextlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation.functions import services
from apps.automation.models import Schedule
from apps.automation.schedules import ticks
from apps.events.models import Event
from apps.tasks.models import ScheduledUpdate, Task
from apps.tasks.services import schedule_update
from tests.automation.conftest import MakeTask

from .processes import Program, raced, until
from .test_races import at_once

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

PROCESSES, THREADS, MISSED = 3, 4, 60


@pytest.fixture
def since(application_actor: Actor) -> datetime:
    """A schedule of every minute that stood still for an hour."""
    schedule = {"every": 60, "catch_up": "all"}
    function = services.put_function(application_actor, "copy", {"schedule": schedule})[0]
    moment = timezone.now() - timedelta(minutes=MISSED, seconds=-30)
    Schedule.objects.filter(pk=function.pk).update(next_at=moment)
    return moment


def made() -> list[datetime]:
    return list(Task.objects.order_by("start_at").values_list("start_at", flat=True))


def every_minute(since: datetime) -> list[datetime]:
    return [since + timedelta(minutes=number) for number in range(MISSED)]


def test_many_beats_make_each_tick_once(since: datetime) -> None:
    for _round in range(MISSED // ticks.recurrence.AT_ONCE):
        with raced(PROCESSES, "migrator", "tick", THREADS) as programs:
            said = [program.hear() for program in programs]
        assert {why for each in said for why in each["refused"]} <= {"1"}
    assert made()[: len(every_minute(since))] == every_minute(since)
    assert Event.objects.filter(type="function.tick").count() == Task.objects.count()


def test_beats_that_are_killed_lose_no_tick_and_make_none_twice(since: datetime) -> None:
    for _round in range(4):
        with Program("tick") as one, Program("tick") as other:
            one.hear()
            other.hear()
            one.kill()
    with Program("tick") as last:
        last.hear()
        until(lambda: Task.objects.count() >= MISSED, 60)
    assert made()[:MISSED] == every_minute(since)
    assert len(set(made())) == len(made())


def test_threads_that_saw_the_same_tick_make_it_once(since: datetime) -> None:
    pk, seen = Schedule.objects.values_list("pk", "next_at").get()
    assert sorted(at_once(*[lambda: ticks.tick(pk, seen)] * 4)) == [False, False, False, True]
    assert made() == every_minute(since)[: ticks.recurrence.AT_ONCE]


def test_without_its_guards_a_tick_would_be_made_twice(since: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive control: a beat that trusts what it saw, and tasks without the id of their tick."""
    pk, seen = Schedule.objects.values_list("pk", "next_at").get()
    assert ticks.tick(pk, seen)
    assert not ticks.tick(pk, seen)
    create = ticks.create_task

    def unnamed(actor: Actor, body: dict[str, Any]) -> Any:
        return create(actor, {**body, "external_id": None})

    monkeypatch.setattr(ticks, "create_task", unnamed)
    Schedule.objects.update(next_at=seen)
    with contextlib.suppress(Exception):
        ticks.tick(pk, seen)
    assert len(made()) == 2 * ticks.recurrence.AT_ONCE


def test_many_sweepers_do_a_planned_change_once(make_task: MakeTask, application_actor: Actor) -> None:
    tasks = [make_task() for _ in range(10)]
    for task in tasks:
        schedule_update(application_actor, task.pk, at=timezone.now() + timedelta(hours=1), set={"title": "Later"})
    ScheduledUpdate.objects.update(at=timezone.now() - timedelta(seconds=1))
    with raced(PROCESSES, "migrator", "update", THREADS) as programs:
        said = [program.hear() for program in programs]
    assert {why for each in said for why in each["refused"]} <= {"1"}
    assert Event.objects.filter(type="task.updated").count() == len(tasks)
    assert set(ScheduledUpdate.objects.values_list("state", flat=True)) == {"done"}
