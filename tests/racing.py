"""Threads that start together, each with a connection of its own: for tests whose database is not one transaction."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def at_once(work: Callable[[int], Any], workers: int = 2) -> list[Any]:
    """Run `work` in as many threads, all starting together; what each returned or raised."""
    barrier = Barrier(workers)

    def run(number: int) -> Any:
        try:
            barrier.wait(timeout=30)
            return work(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, range(workers)))
