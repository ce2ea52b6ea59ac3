"""A lock among the threads of one process: first come, first served."""

import threading
from collections import deque
from collections.abc import Callable


class FairLock:
    """One holder at a time. A holder that releases the lock hands it to the one that has waited longest.

    A holder is any object: it may be another thread that releases the lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: object | None = None
        self._waiting: deque[tuple[object, threading.Lock]] = deque()

    def acquire(self, who: object, patience: float) -> bool:
        """Wait for the lock, at most so many seconds; whether it was acquired."""
        with self._lock:
            if self._holder is None:
                self._holder = who
                return True
            called = threading.Lock()
            called.acquire()
            place = who, called
            self._waiting.append(place)
        if called.acquire(timeout=patience):
            return True
        with self._lock:
            if place in self._waiting:
                self._waiting.remove(place)
                return False
        return True  # it was handed over just now

    def release(self, who: object) -> None:
        """Hand the lock on. Nothing happens if `who` does not hold it."""
        with self._lock:
            if self._holder is not who:
                return
            self._holder = None
            if self._waiting:
                self._holder, called = self._waiting.popleft()
                called.release()

    @property
    def waiting(self) -> int:
        """How many wait for it now."""
        return len(self._waiting)


class Coalesced:
    """Work that is done by one thread at a time. A thread that wants it meanwhile goes on, and it is done once more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = self._running = False

    def run(self, work: Callable[[], object]) -> None:
        """Do it, unless a thread is at it: that one does it again. Raises what `work` raises."""
        with self._lock:
            self._wanted = True
            if self._running:
                return
            self._running = True
        try:
            while self._is_wanted():
                work()
        except BaseException:
            with self._lock:
                self._running = False
            raise

    def _is_wanted(self) -> bool:
        with self._lock:
            self._running, self._wanted = self._wanted, False
            return self._running
