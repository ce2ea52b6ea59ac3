"""What this process remembers between requests. Every such cache is a `Cache`, so that one call empties all of them.

`functools.cache` is for values that depend on code alone, which no test and no policy changes.
"""

import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_caches: "weakref.WeakSet[Cache[Hashable, object]]" = weakref.WeakSet()


class Cache(Generic[Key, Value]):
    """At most `size` values, the ones used least recently dropped first; each for at most `seconds` if that is given.

    Threads share it: every step holds a lock, and no lock is held while a value is made.
    """

    def __init__(self, size: int, *, seconds: float | None = None) -> None:
        self.size, self.seconds = size, seconds
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, tuple[Value, float]] = OrderedDict()
        _caches.add(self)  # type: ignore[arg-type]

    def get(self, key: Key) -> Value | None:
        """The value, or None if it is not there (any more)."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if self.seconds is not None and time.monotonic() - entry[1] >= self.seconds:
                del self._entries[key]
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def set(self, key: Key, value: Value) -> None:
        """Store a value."""
        with self._lock:
            self._store(key, value)

    def _store(self, key: Key, value: Value) -> None:
        self._entries[key] = value, time.monotonic()
        self._entries.move_to_end(key)
        while len(self._entries) > self.size:
            self._entries.popitem(last=False)

    def get_or_make(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value; made and stored if it is not there. Two threads may make the same one at the same time."""
        value = self.get(key)
        if value is None:
            value = make()
            self.set(key, value)
        return value

    def add(self, key: Key, value: Value) -> bool:
        """Store a value unless there is one; whether it was stored."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and (self.seconds is None or time.monotonic() - entry[1] < self.seconds):
                return False
            self._store(key, value)
            return True

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()


def clear_all() -> None:
    """Forget everything that this process remembers."""
    for cache in list(_caches):
        cache.clear()
