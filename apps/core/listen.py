"""Waking those who wait: at once in this process, over LISTEN/NOTIFY in the others on PostgreSQL.

A ring is a hint that something may be there now. Who waits looks by themselves a few times a second anyway, so a
lost ring costs a moment and never a result. Nobody who waits holds a database connection.
"""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Iterable, Iterator

import psycopg
from django.conf import settings
from django.db import connection, transaction

logger = logging.getLogger(__name__)

CHANNEL = "taskhub"
RECONNECT = 2.0
MOST_TOPICS = 10_000

_changed = threading.Condition()
_rings: dict[str, int] = {}
_seated: set[object] = set()


# --- Topics ----------------------------------------------------------------------------------------


def topic(kind: str, *parts: object) -> str:
    """The name of what may be waited for."""
    return ":".join([kind, *map(str, parts)])


def ring_after_commit(name: str) -> None:
    """Wake who waits for the topic, here and elsewhere, when the transaction has committed."""
    transaction.on_commit(lambda: ring(name))


def ring(name: str) -> None:
    """Wake who waits for the topic, here and in other processes. Never raises, never waits."""
    _ring_here(name)
    if _reaches_others():
        _senders.start(_send)
        _to_send.put(name)


def _ring_here(name: str) -> None:
    with _changed:
        if len(_rings) > MOST_TOPICS:
            _rings.clear()
        _rings[name] = _rings.get(name, 0) + 1
        _changed.notify_all()


def heard(topics: Iterable[str]) -> int:
    """How often these topics rang: to be given to `wait`, so that a ring in between is not missed."""
    if _reaches_others():
        _listeners.start(_listen)
    with _changed:
        return sum(_rings.get(name, 0) for name in topics)


def wait(topics: Iterable[str], since: int, timeout: float) -> bool:
    """Return when one of the topics rang since then, or after `timeout` seconds; whether one did."""
    topics = list(topics)
    with _changed:
        return _changed.wait_for(lambda: sum(_rings.get(name, 0) for name in topics) != since, timeout)


# --- Seats -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def seat() -> Iterator[bool]:
    """Whether one more call of this process may wait: at most half of its threads do."""
    mine = object()
    with _changed:
        seated = len(_seated) < max(1, settings.WEB_THREADS // 2)
        if seated:
            _seated.add(mine)
    try:
        yield seated
    finally:
        with _changed:
            _seated.discard(mine)


# --- Other processes --------------------------------------------------------------------------------


class _Threads:
    """One daemon thread, started when it is first needed (after the process has forked)."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def start(self, run: object) -> None:
        if self.thread is None or not self.thread.is_alive():
            with self.lock:
                if self.thread is None or not self.thread.is_alive():
                    self.thread = threading.Thread(target=run, name="listen", daemon=True)  # type: ignore[arg-type]
                    self.thread.start()


_senders, _listeners = _Threads(), _Threads()
_to_send: "queue.SimpleQueue[str]" = queue.SimpleQueue()


def _reaches_others() -> bool:
    """Commands and tests end sooner than a thread of theirs would help anybody."""
    return connection.vendor == "postgresql" and settings.PROCESS in {"web", "embedded", "worker"}


def _connect() -> "psycopg.Connection[tuple[object, ...]]":
    parameters = connection.get_connection_params()
    kept = {"dbname", "user", "password", "host", "port", "sslmode", "sslrootcert", "service", "connect_timeout"}
    parameters = {name: value for name, value in parameters.items() if name in kept}
    return psycopg.connect(**parameters, autocommit=True, application_name="taskhub-listen")


def _send() -> None:
    """Tell other processes, apart from anybody's transaction: a commit with a NOTIFY waits for all others."""
    while True:
        try:
            with _connect() as conn:
                while True:
                    for name in _waiting():
                        conn.execute("SELECT pg_notify(%s, %s)", [CHANNEL, name])
        except psycopg.Error as error:
            logger.info("Other processes are not told: %s", type(error).__name__)
            time.sleep(RECONNECT)


def _waiting() -> set[str]:
    """The topics to be told of: waits for one, and takes those along that came meanwhile."""
    names = {_to_send.get()}
    with contextlib.suppress(queue.Empty):
        while True:
            names.add(_to_send.get_nowait())
    return names


def _listen() -> None:
    while True:
        try:
            with _connect() as conn:
                conn.execute(f"LISTEN {CHANNEL}")
                for notice in conn.notifies():
                    _ring_here(notice.payload)
        except psycopg.Error as error:
            logger.info("Other processes are not heard: %s", type(error).__name__)
            time.sleep(RECONNECT)
