"""A claim that waits: woken at once, without a connection meanwhile, and only on half of the threads."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from apps.actors.actor import Actor
from apps.automation import queue
from apps.automation.models import Function
from apps.automation.queue import claims
from apps.core import shutdown, wakeups
from tests.automation.conftest import MakeTask

pytestmark = pytest.mark.django_db(transaction=True)


class Waiting:
    """A claim in a thread of its own."""

    def __init__(self, actor: Actor, wait: float) -> None:
        self.actor, self.wait = actor, wait
        self.answer: dict[str, Any] = {}
        self.ended = 0.0
        self.held: bool | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.answer = queue.claim(self.actor, {"functions": ["copy"], "wait": self.wait})
            self.ended = time.monotonic()
        finally:
            connection.close()

    def join(self) -> dict[str, Any]:
        self.thread.join(20)
        assert not self.thread.is_alive()
        return self.answer


class Seats:
    """How many calls wait, by the seats that they take and give back."""

    def __init__(self) -> None:
        self.taken = 0
        self.seat = wakeups.seat

    @contextlib.contextmanager
    def counted(self, who: object) -> Iterator[bool]:
        with self.seat(who) as seated:
            self.taken += seated
            try:
                yield seated
            finally:
                self.taken -= seated

    def are_taken(self, count: int) -> Callable[[], bool]:
        return lambda: self.taken == count


@pytest.fixture
def seats(monkeypatch: pytest.MonkeyPatch) -> Seats:
    seats = Seats()
    monkeypatch.setattr(wakeups, "seat", seats.counted)
    return seats


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_waiting_claim_gets_the_next_task(
    make_task: MakeTask, application_actor: Actor, seats: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its own look four times a second: it is the ring that wakes it."""
    monkeypatch.setattr(claims, "LOOK_AGAIN", 15.0)
    make_task()
    queue.claim(application_actor, {"functions": ["copy"]})
    waiting = Waiting(application_actor, 15)
    until(seats.are_taken(1))
    time.sleep(0.2)
    task, made = make_task(), time.monotonic()
    assert [got["id"] for got in waiting.join()["tasks"]] == [str(task.pk)]
    assert waiting.ended - made < 5
    assert seats.taken == 0


def test_without_a_ring_it_looks_by_itself(
    make_task: MakeTask, application_actor: Actor, seats: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeups, "wake", lambda name: None)
    waiting = Waiting(application_actor, 15)
    until(seats.are_taken(1))
    task = make_task()
    assert [got["id"] for got in waiting.join()["tasks"]] == [str(task.pk)]


def test_time_ends_the_wait(function: Function, application_actor: Actor) -> None:
    start = time.monotonic()
    answer = Waiting(application_actor, 1).join()
    assert answer == {"tasks": [], "retry_after": 0}
    assert 0.9 < time.monotonic() - start < 8


def test_no_connection_is_held(function: Function, application_actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    held = []
    original = wakeups.wait

    def wait(*arguments: Any) -> bool:
        held.append(connection.connection)
        return original(*arguments)

    monkeypatch.setattr(wakeups, "wait", wait)
    Waiting(application_actor, 0.5).join()
    assert held
    assert set(held) == {None}


def test_one_application_waits_on_a_quarter_of_the_threads(
    function: Function, application_actor: Actor, seats: Seats, settings: Any
) -> None:
    settings.WEB_THREADS = 8
    waiting = [Waiting(application_actor, 5) for _ in range(2)]
    until(seats.are_taken(2))
    start = time.monotonic()
    answer = queue.claim(application_actor, {"functions": ["copy"], "wait": 20})
    assert time.monotonic() - start < 5
    assert answer == {"tasks": [], "retry_after": claims.TRY_LATER}
    for each in waiting:
        each.join()


def test_end_of_the_process_ends_the_wait(function: Function, application_actor: Actor, seats: Seats) -> None:
    waiting = Waiting(application_actor, 20)
    until(seats.are_taken(1))
    start = time.monotonic()
    shutdown.stopping.set()
    try:
        assert waiting.join()["tasks"] == []
    finally:
        shutdown.stopping.clear()
    assert time.monotonic() - start < 8
