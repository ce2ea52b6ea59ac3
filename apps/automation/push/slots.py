"""How many calls one worker makes at once, over all of its threads and processes.

A slot is a lock on a file, so that it is free again when its process is killed.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Slots:
    """The slots of one worker: of this process, and of those that it forks after `bound`."""

    def __init__(self) -> None:
        self.calls = 1
        self.directory: Path | None = None

    def bound(self, calls: int) -> None:
        """So many at once from now on."""
        self.calls = calls
        self._place()

    def _place(self) -> Path:
        if self.directory is None or not self.directory.is_dir():
            self.directory = Path(tempfile.mkdtemp(prefix="taskhub-push-"))
            atexit.register(_remove, self.directory, os.getpid())
        return self.directory

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Whether there is a slot for what is done inside; it is free again afterwards."""
        for number in range(self.calls):
            with (self._place() / str(number)).open("wb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield True
                return
        yield False


def _remove(directory: Path, maker: int) -> None:
    """Forked processes leave it to the one that made it."""
    if os.getpid() == maker:
        shutil.rmtree(directory, ignore_errors=True)


slots = Slots()
