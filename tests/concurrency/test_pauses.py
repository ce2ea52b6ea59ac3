"""A claim that begins after a pause gets nothing, and each pause ends once, whoever ends it."""

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation import queue
from apps.automation.functions import breaker, pausing, services
from apps.automation.models import FailedExecution, Function
from apps.core import due
from apps.events.models import Event
from apps.tasks.models import Task
from tests.automation.conftest import MakeTask
from tests.racing import at_once

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
CLAIMERS, TASKS = 3, 60


def events(type: str) -> int:
    return Event.objects.filter(type=type).count()


@pytest.mark.parametrize("limit", [None, 1000])
def test_no_claim_after_the_pause_gets_a_task(make_task: MakeTask, application_actor: Actor, limit: int | None) -> None:
    services.put_function(application_actor, "copy", {"max_concurrency": limit})
    for _ in range(TASKS):
        make_task()
    paused, begun = threading.Event(), threading.Event()

    def work(number: int) -> tuple[int, int]:
        """What this thread claimed before it knew of the pause, and after."""
        if number == CLAIMERS:
            begun.wait(timeout=30)
            pausing.pause_function(application_actor, "copy", reason="Broken")
            paused.set()
            return 0, 0
        before = after = looks = 0
        while looks < 5:
            knows = paused.is_set()
            got = len(queue.claim(application_actor, {"functions": ["copy"]})["tasks"])  # type: ignore[arg-type]
            before, after, looks = before + (got if not knows else 0), after + (got if knows else 0), looks + knows
            begun.set()
        return before, after

    counts = at_once(work, CLAIMERS + 1)
    assert [after for _before, after in counts] == [0] * (CLAIMERS + 1)
    claimed = sum(before for before, _after in counts)
    assert 0 < claimed < TASKS  # the pause came in between
    assert Task.objects.filter(status="in_progress").count() == claimed


def test_a_pause_ends_once(function: Function, application_actor: Actor) -> None:
    for number in range(1, 11):
        pausing.pause_function(application_actor, "copy", reason="Broken", until=timezone.now() + timedelta(hours=1))
        Function.objects.update(paused_until=timezone.now() - timedelta(seconds=1))
        acts: list[Callable[[], Any]] = [
            pausing.resume_due,
            lambda: pausing.resume_function(application_actor, "copy").paused_at,
            pausing.resume_due,
        ]
        results = at_once(lambda number, acts=acts: acts[number](), len(acts))
        assert not [each for each in results if isinstance(each, Exception)]
        assert events("function.resumed") == number


def test_tick_leaves_a_newer_pause_alone(
    function: Function, application_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its two looks somebody pauses the function for longer."""
    pausing.pause_function(application_actor, "copy", reason="Broken", until=timezone.now() + timedelta(hours=1))
    Function.objects.update(paused_until=timezone.now() - timedelta(seconds=1))
    work_off = due.work_off

    def work_off_late(rows: Iterable[Any], attempt: Callable[..., object]) -> int:
        seen = list(rows)
        assert len(seen) == 1
        pausing.pause_function(application_actor, "copy", reason="Still broken")
        return work_off(seen, attempt)

    monkeypatch.setattr(due, "work_off", work_off_late)
    assert pausing.resume_due() == 0
    assert Function.objects.get().pause_reason == "Still broken"
    assert events("function.resumed") == 0


def test_without_the_second_look_the_newer_pause_would_end(
    function: Function, application_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control."""
    pausing.pause_function(application_actor, "copy", reason="Still broken")
    monkeypatch.setattr(pausing, "over", Function.objects.all)
    assert pausing.resume_due() == 1


def test_breaker_of_many_nodes_pauses_once(function: Function, application_actor: Actor) -> None:
    services.put_function(application_actor, "copy", {"breaker": {"failures": 2, "minutes": 5}})
    for _ in range(3):
        FailedExecution.objects.create(function=function, at=timezone.now())
    at_once(lambda _number: breaker.break_due(), 4)
    assert events("function.paused") == 1
