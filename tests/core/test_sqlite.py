"""SQLite's writers take turns: a transaction has it from its begin to its end, a single write while it runs."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.db.backends.sqlite3 import base
from django.db.transaction import Atomic

from apps.core.sqlite3.base import DatabaseWrapper
from taskhub import env

LOCKED = "database is locked"
"""What SQLite says by itself; who has no turn hears more."""
INSERT = "INSERT INTO things VALUES (1)"
WRITERS, SECONDS = 16, 1.0
PASSED = 4 * WRITERS


class Place:
    """Connections to one file, each as a thread of its own would have it."""

    backend: type[base.DatabaseWrapper] = DatabaseWrapper

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = {**settings, "TIME_ZONE": None, "AUTOCOMMIT": True}
        self.settings |= {"CONN_HEALTH_CHECKS": False, "ATOMIC_REQUESTS": False}
        self.connections: dict[str, base.DatabaseWrapper] = {}

    def connect(self, alias: str, **settings: object) -> base.DatabaseWrapper:
        self.connections[alias] = self.backend({**self.settings, **settings}, alias)
        return self.connections[alias]

    def connect_elsewhere(self, alias: str) -> base.DatabaseWrapper:
        """Turns go by the name of the file: under another name it is as in another process."""
        path = Path(self.settings["NAME"])
        other = path.with_name("same.sqlite3")
        if not other.exists():
            other.symlink_to(path)
        return self.connect(alias, NAME=str(other))

    @property
    def is_free(self) -> bool:
        """Whether a new connection gets the turn; if it then waits at the file, it had the turn."""
        probe = self.connect("probe")
        try:
            with begin(probe):
                return True
        except OperationalError as error:
            return str(error) == LOCKED
        finally:
            probe.close()


def begin(one: base.DatabaseWrapper) -> Atomic:
    return transaction.atomic(using=one.alias)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any) -> Iterator[Place]:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'db.sqlite3'}?timeout=0.05")
    place = Place(env.database(tmp_path))
    monkeypatch.setattr(transaction, "get_connection", lambda using=None: place.connections[using])
    with django_db_blocker.unblock():
        with place.connect("maker").cursor() as cursor:
            cursor.execute("CREATE TABLE things (id)")
        yield place
        for one in place.connections.values():
            one.close()


def write(one: base.DatabaseWrapper) -> None:
    with one.cursor() as cursor:
        cursor.execute(INSERT)


def test_transaction_has_the_turn_until_it_ends(place: Place) -> None:
    mine, other = place.connect("mine"), place.connect("other")
    with begin(mine):
        write(mine)
        with begin(mine):
            write(mine)
        with pytest.raises(OperationalError, match=f"{LOCKED}: "):
            begin(other).__enter__()
        with pytest.raises(OperationalError, match=f"{LOCKED}: "):
            write(other)
        with other.cursor() as cursor:
            assert cursor.execute("SELECT count(*) FROM things").fetchone() == (0,)
    assert place.is_free
    write(other)
    assert place.is_free


def test_failed_transaction_gives_it_back(place: Place) -> None:
    mine = place.connect("mine")
    with pytest.raises(ZeroDivisionError), begin(mine):
        write(mine)
        raise ZeroDivisionError
    assert place.is_free


def test_connection_closed_in_a_transaction_gives_it_back(place: Place) -> None:
    mine = place.connect("mine")
    with begin(mine):
        mine.close()
        assert place.is_free
    write(place.connect("other"))


def test_another_process_is_waited_for_at_the_file(place: Place) -> None:
    """Its transaction is not of these turns: SQLite's own lock keeps it apart, and the turn is given back."""
    elsewhere, other = place.connect_elsewhere("elsewhere"), place.connect("other")
    with begin(elsewhere):
        with pytest.raises(OperationalError, match=f"^{LOCKED}$"):
            begin(other).__enter__()
        assert place.is_free
    write(other)


def test_forked_process_has_turns_of_its_own(place: Place) -> None:
    with begin(place.connect("mine")):
        pid = os.fork()
        if not pid:
            os._exit(0 if place.is_free else 1)
        assert os.waitpid(pid, 0)[1] == 0
        assert not place.is_free


def most_passed_by(place: Place) -> int:
    """How many transactions ended while the one waited to begin that had to wait longest; many writers at once."""
    place.settings["OPTIONS"]["timeout"] = 60
    ended, passed = [0], []
    end = time.monotonic() + SECONDS

    def keep_writing(one: base.DatabaseWrapper) -> None:
        one.ensure_connection()
        while time.monotonic() < end:
            before = ended[0]
            with begin(one):
                passed.append(ended[0] - before)
                write(one)
                ended[0] += 1  # nobody else writes now
        one.close()

    connections = [place.connect(str(number)) for number in range(WRITERS)]
    for one in connections:
        one.inc_thread_sharing()
    threads = [threading.Thread(target=keep_writing, args=[one]) for one in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(passed)


def test_nobody_is_passed_by_again_and_again(place: Place) -> None:
    assert most_passed_by(place) <= PASSED


def test_without_turns_somebody_is_passed_by_again_and_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "backend", base.DatabaseWrapper)
    assert most_passed_by(place) > PASSED
