"""How much one worker does at once of a kind of work, over all of its threads and processes.

A slot is a lock on one byte of a file without a name: it is free again when its process is killed.
"""

import fcntl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO


class Slots:
    """The slots of one worker for one kind of work: of this process, and of those that it forks after `bound`."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.count = 1
        self.file: IO[bytes] | None = None
        self.mine: set[int] = set()
        self.lock = threading.Lock()

    def bound(self, count: int) -> None:
        """So many at once from now on."""
        with self.lock:
            self.count = count
            self._opened()

    def _opened(self) -> IO[bytes]:
        self.file = self.file or tempfile.TemporaryFile(prefix=f"taskhub-{self.kind}-")  # noqa: SIM115 - stays open
        return self.file

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Whether there is a slot for what is done inside; it is free again afterwards."""
        slot = self._take()
        try:
            yield slot is not None
        finally:
            if slot is not None:
                self._give_back(slot)

    def _take(self) -> int | None:
        with self.lock:
            return next((slot for slot in range(self.count) if slot not in self.mine and self._hold(slot)), None)

    def _hold(self, slot: int) -> bool:
        """Whether no other process holds it; threads of this one are distinguished by `mine`."""
        try:
            fcntl.lockf(self._opened(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, slot)
        except OSError:
            return False
        self.mine.add(slot)
        return True

    def _give_back(self, slot: int) -> None:
        with self.lock:
            self.mine.discard(slot)
            fcntl.lockf(self._opened(), fcntl.LOCK_UN, 1, slot)
