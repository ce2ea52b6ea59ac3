"""Turns: first come, first served, and nobody waits for ever; and work that one thread does at a time."""

import threading
import time
from collections.abc import Callable

import pytest

from apps.core.fair_lock import Coalesced, FairLock

SOON = 10.0


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)


def queue_up(turns: FairLock, names: list[str], came: list[str]) -> list[threading.Thread]:
    """One thread each, in this order: it waits for its turn, says so, and gives it back."""

    def wait(name: str) -> None:
        assert turns.acquire(name, SOON)
        came.append(name)
        turns.release(name)

    threads = [threading.Thread(target=wait, args=[name]) for name in names]
    for number, thread in enumerate(threads, 1):
        thread.start()
        until(lambda number=number: turns.waiting == number)
    return threads


def test_who_came_first_is_first() -> None:
    turns, came, names = FairLock(), [], [str(number) for number in range(20)]
    assert turns.acquire("me", SOON)
    threads = queue_up(turns, names, came)
    assert came == []
    turns.release("me")
    for thread in threads:
        thread.join(SOON)
    assert came == names
    assert turns.acquire("me", 0)


def test_who_gives_up_waiting_is_passed_over() -> None:
    turns, came = FairLock(), []
    turns.acquire("me", SOON)
    assert not turns.acquire("impatient", 0.01)
    (thread,) = queue_up(turns, ["patient"], came)
    turns.release("me")
    thread.join(SOON)
    assert came == ["patient"]


def test_only_who_has_the_turn_gives_it() -> None:
    turns = FairLock()
    turns.acquire("me", SOON)
    turns.release("somebody")
    assert not turns.acquire("other", 0)
    turns.release("me")
    turns.release("me")
    assert turns.acquire("other", 0)


def test_work_wanted_meanwhile_is_done_once_more() -> None:
    once, begun, go_on, done = Coalesced(), threading.Event(), threading.Event(), []

    def work() -> None:
        done.append(threading.current_thread().name)
        begun.set()
        assert go_on.wait(SOON)

    worker = threading.Thread(target=once.run, args=[work], name="worker")
    worker.start()
    assert begun.wait(SOON)
    for _ in range(5):
        once.run(work)  # returns at once
    assert done == ["worker"]
    go_on.set()
    worker.join(SOON)
    assert done == ["worker", "worker"]


def test_work_that_fails_is_free_again() -> None:
    once, done = Coalesced(), []

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        once.run(fail)
    once.run(lambda: done.append(1))
    assert done == [1]
