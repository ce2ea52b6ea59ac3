"""Caches of a process are bounded, forget in time, can be emptied together, and bear threads."""

import threading

import pytest

from apps.core import caches
from apps.core.caches import Cache


def test_entry_used_least_recently_goes_first() -> None:
    cache: Cache[str, int] = Cache(2)
    cache.set("a", 1)
    cache.set("b", 2)
    assert cache.get("a") == 1
    cache.set("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_value_is_made_once() -> None:
    cache: Cache[str, list[int]] = Cache(2)
    first = cache.get_or_make("a", list)
    assert cache.get_or_make("a", list) is first


def test_entry_ends_after_its_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("apps.core.caches.time.monotonic", lambda: now[0])
    cache: Cache[str, bool] = Cache(2, seconds=5)
    assert cache.add("a", True)
    assert not cache.add("a", True)
    now[0] = 105.0
    assert cache.get("a") is None
    assert cache.add("a", True)


def test_all_caches_are_emptied_together() -> None:
    one: Cache[str, int] = Cache(2)
    other: Cache[str, int] = Cache(2)
    one.set("a", 1)
    other.set("a", 1)
    caches.clear_all()
    assert one.get("a") is None
    assert other.get("a") is None


def test_threads_share_a_cache_that_drops_entries() -> None:
    cache: Cache[int, int] = Cache(3)
    errors: list[BaseException] = []

    def work(start: int) -> None:
        try:
            for number in range(start, start + 3000):
                assert cache.get_or_make(number % 7, lambda number=number: number % 7) == number % 7
                if number % 50 == 0:
                    cache.clear()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=[start]) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
