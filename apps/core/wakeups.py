"""Waking those who wait: at once in this process, over LISTEN/NOTIFY in the others on PostgreSQL.

A wake is a hint that something may be there now. Waiting calls look by themselves a few times a second anyway, so a
lost wake costs a fraction of a second and never a result. No waiting call holds a database connection.
"""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psycopg
from django.conf import settings
from django.db import connection, transaction

from .budgets import SEATS_OF_SEATS, SEATS_OF_THREADS

logger = logging.getLogger(__name__)

CHANNEL = "taskhub"
RECONNECT = 2.0
MOST_TOPICS = 10_000

_changed = threading.Condition()
_wakes: dict[str, int] = {}
_seated: dict[object, str] = {}


# --- Topics ----------------------------------------------------------------------------------------


def topic(kind: str, *parts: object) -> str:
    """The name of what may be waited for."""
    return ":".join([kind, *map(str, parts)])


NEAR = 20
"""How many calls that wait for the commit are looked at for an equal one."""


def wake_after_commit(name: str) -> None:
    """Wake who waits for the topic, here and elsewhere, when the transaction has committed."""
    waiting = transaction.get_connection().run_on_commit
    if not any(entry[1] == _Wake(name) for entry in waiting[-NEAR:]):  # a bulk says the same a thousand times
        transaction.on_commit(_Wake(name))


@dataclass(frozen=True)
class _Wake:
    """Wakes a topic; equal to another one for it."""

    name: str

    def __call__(self) -> None:
        wake(self.name)


def wake(name: str) -> None:
    """Wake who waits for the topic, here and in other processes. Never raises, never waits."""
    _wake_here(name)
    if _reaches_others():
        _senders.start(_send)
        _to_send.put(name)


def _wake_here(name: str) -> None:
    with _changed:
        if len(_wakes) > MOST_TOPICS:
            _wakes.clear()
        _wakes[name] = _wakes.get(name, 0) + 1
        _changed.notify_all()


def count_of(topics: Iterable[str]) -> int:
    """How often somebody has woken these topics. Give it to `wait`, so that a wake in between is not missed."""
    if _reaches_others():
        _listeners.start(_listen)
    with _changed:
        return sum(_wakes.get(name, 0) for name in topics)


def wait(topics: Iterable[str], since: int, timeout: float) -> bool:
    """Return when somebody woke one of the topics since then, or after `timeout` seconds; whether one did."""
    topics = list(topics)
    with _changed:
        return _changed.wait_for(lambda: sum(_wakes.get(name, 0) for name in topics) != since, timeout)


# --- Seats -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def seat(who: object) -> Iterator[bool]:
    """Whether one more call may wait: at most half of the threads of this process do, half of them for one actor."""
    mine = object()
    seats = max(1, settings.WEB_THREADS // SEATS_OF_THREADS)
    with _changed:
        taken = sum(1 for other in _seated.values() if other == str(who))
        seated = len(_seated) < seats and taken < max(1, seats // SEATS_OF_SEATS)
        if seated:
            _seated[mine] = str(who)
    try:
        yield seated
    finally:
        with _changed:
            _seated.pop(mine, None)


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
    known = {"dbname", "user", "password", "host", "port", "sslmode", "sslrootcert", "service", "connect_timeout"}
    parameters = {name: value for name, value in parameters.items() if name in known}
    return psycopg.connect(**parameters, autocommit=True, application_name="taskhub-listen")


def _send() -> None:
    """Wake other processes, apart from anybody's transaction: a commit with a NOTIFY waits for all others."""
    while True:
        try:
            with _connect() as conn:
                while True:
                    for name in _waiting():
                        conn.execute("SELECT pg_notify(%s, %s)", [CHANNEL, name])
        except psycopg.Error as error:
            logger.info("Other processes are not woken: %s", type(error).__name__)
            time.sleep(RECONNECT)


def _waiting() -> set[str]:
    """The topics to send: waits for one, and takes those along that came meanwhile."""
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
                    _wake_here(notice.payload)
        except psycopg.Error as error:
            logger.info("Wakes of other processes are not received: %s", type(error).__name__)
            time.sleep(RECONNECT)
