"""Waiting calls: half of the threads, and no application takes all of them."""

from contextlib import ExitStack
from typing import Any

from apps.core import wakeups


def test_one_application_leaves_seats_to_others(settings: Any) -> None:
    settings.WEB_THREADS = 16
    with ExitStack() as stack:
        mine = [stack.enter_context(wakeups.seat("application:a")) for _call in range(8)]
        assert mine == [True] * 4 + [False] * 4
        assert stack.enter_context(wakeups.seat("application:b"))


def test_one_seat_is_for_whoever_comes_first(settings: Any) -> None:
    settings.WEB_THREADS = 1
    with wakeups.seat("application:a") as first, wakeups.seat("application:b") as second:
        assert (first, second) == (True, False)


def test_seat_is_free_again(settings: Any) -> None:
    settings.WEB_THREADS = 4
    for _call in range(3):
        with wakeups.seat("application:a") as seated:
            assert seated
