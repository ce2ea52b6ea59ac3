"""Argon2 with OWASP's parameters, at most two hashes at once in a process."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils.translation import gettext as _

from apps.core.errors import Unavailable

AT_ONCE = 2
MOST_WAITING = 16
PATIENCE = 5.0
"""Seconds that a hash waits for its turn."""


class Budget:
    """Hashes that run in this process. Others wait; when too many do, or for too long, they are refused."""

    def __init__(self) -> None:
        self.free, self.waiting = AT_ONCE, 0
        self.changed = threading.Condition()

    @contextmanager
    def share(self, parts: int) -> Iterator[None]:
        """Holds so many parts of the budget. Raises Unavailable."""
        with self.changed:
            self._take(parts)
        try:
            yield
        finally:
            with self.changed:
                self.free += parts
                self.changed.notify_all()

    def _take(self, parts: int) -> None:
        if self.free < parts:
            if self.waiting >= MOST_WAITING:
                raise _busy()
            self._wait(parts)
        self.free -= parts

    def _wait(self, parts: int) -> None:
        end = time.monotonic() + PATIENCE
        self.waiting += 1
        try:
            while self.free < parts:
                if not self.changed.wait(end - time.monotonic()) and self.free < parts:
                    raise _busy()
        finally:
            self.waiting -= 1


def _busy() -> Unavailable:
    return Unavailable(_("Too many people sign in at this moment. Try again in a few seconds."))


budget = Budget()


class BoundedArgon2(Argon2PasswordHasher):
    """19 MiB, two passes. Hashes with other parameters are still verified, and replaced at the next sign-in."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with budget.share(1):
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with budget.share(1 if self._memory_of(encoded) <= self.memory_cost else AT_ONCE):
            return super().verify(password, encoded)

    def _memory_of(self, encoded: str) -> int:
        decoded: dict[str, Any] = self.decode(encoded)
        return int(decoded["params"].memory_cost)
