"""Many writers on SQLite: each has its turn, and who cannot have it in time hears 503."""

import sqlite3
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Hub, grown

from .client import Client, Journal
from .conftest import ON_POSTGRES

pytestmark = [pytest.mark.processes, pytest.mark.skipif(ON_POSTGRES, reason="of SQLite")]
WRITERS, SECONDS = 16, 2.0
Call = tuple[float, float, int]
"""When a call began and ended, and its status."""


class Writers:
    """Clients of one application."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.key = hub, hub.manage("create_application", "busy")
        self.journal = Journal(str(hub.place / "history.jsonl"), "writer")

    def client(self) -> Client:
        return Client(list(self.hub.ports.values()), self.key, self.journal)


@pytest.fixture(scope="module")
def writers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writers]:
    place = tmp_path_factory.mktemp("writers")
    with grown(place, database=f"sqlite:///{place}/hub.sqlite3?timeout=3", LOG_LEVEL="CRITICAL") as hub:
        yield Writers(hub)


def load(writers: Writers) -> list[Call]:
    """What so many clients heard that never pause, each with a task of its own."""
    clients = [writers.client() for _ in range(WRITERS)]
    ids = [client.call("POST", "/tasks", {"title": "Mine"})["id"] for client in clients]
    calls: list[Call] = []
    end = time.monotonic() + SECONDS

    def write(client: Client, id: str) -> None:
        while (begun := time.monotonic()) < end:
            status, _answer = client.send("PATCH", f"/tasks/{id}", {"title": f"Mine since {begun}"})
            calls.append((begun, time.monotonic(), status))

    threads = [threading.Thread(target=write, args=pair) for pair in zip(clients, ids, strict=True)]
    for thread in threads:
        thread.start()
    assert writers.hub.manage("create_application", "beside")  # a command in another process has its turn too
    for thread in threads:
        thread.join()
    return calls


def most_overtaken(calls: list[Call]) -> int:
    """How many calls that began later were answered before the one that had to wait longest for its turn."""
    begun = sorted(calls)
    starts = [call[0] for call in begun]

    def overtaken(at: int) -> int:
        end = begun[at][1]
        return sum(later[1] < end for later in begun[at + 1 : bisect_left(starts, end)])

    return max(overtaken(at) for at in range(len(begun)))


def told(what: str, calls: list[Call]) -> int:
    waits = sorted(end - begun for begun, end, _ in calls)
    most = most_overtaken(calls)
    print(f"\n{what}: {len(calls)} writes, median {waits[len(waits) // 2]:.3f} s, longest {waits[-1]:.3f} s, {most}")
    return most


def test_every_writer_has_its_turn(writers: Writers) -> None:
    """Between two writes of one, each of the others has about one, and so have jobs of the background."""
    calls = load(writers)
    assert {status for *_, status in calls} <= {200, 503}
    assert told("in turn", calls) <= 3 * WRITERS


@pytest.mark.long
def test_without_turns_somebody_is_passed_over(tmp_path: Path, database: str) -> None:
    with grown(tmp_path, database=database, DJANGO_SETTINGS_MODULE="tests.faults.unfair") as hub:
        calls = load(Writers(hub))
    assert told("as it comes", calls) > 3 * WRITERS


def test_who_gets_no_turn_hears_503(writers: Writers) -> None:
    """Another process keeps the file: readers are served meanwhile, writers are told to come again."""
    mine = writers.client()
    path = "/tasks/" + mine.call("POST", "/tasks", {"title": "Mine"})["id"]
    answers: list[tuple[int, object, str | None]] = []

    def write() -> None:
        client = writers.client()
        status, answer = client.send("PATCH", path, {"title": "Still mine"})
        answers.append((status, answer.get("code"), client.last.get("Retry-After")))

    holder = sqlite3.connect(writers.hub.place / "hub.sqlite3", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert mine.send("GET", path)[0] == 200
    for thread in threads:
        thread.join()
    holder.rollback()
    holder.close()
    assert answers == [(503, "unavailable", "1")] * 3
    assert mine.send("PATCH", path, {"title": "Mine again"})[0] == 200
