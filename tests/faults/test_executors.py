"""kill −9 of Celery processes while they call push functions: each task ends once, by a call that was made for it."""

import os
import random
import signal
import time
from collections import defaultdict
from pathlib import Path

import pytest

from tests.servers import Hub, children, grown, wait_until

from . import checker
from .client import Client, Journal
from .infrastructure import Postgres, Redis
from .receiver import Receiver
from .storm import RETRIES, SEED

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]
LIMIT = 3
"""Seconds: the time limit of the function, and so its longest lease."""
LIVE = "SELECT count(*) FROM tasks_task WHERE status IN ('new', 'in_progress')"


@pytest.mark.parametrize(
    ("tasks", "kills"), [(300, 100), pytest.param(3_000, 1_000, marks=pytest.mark.long, id="long")]
)
def test_killed_executors_lose_nothing(
    tmp_path: Path, postgres: Postgres, redis: Redis, tasks: int, kills: int
) -> None:
    journal = tmp_path / "history.jsonl"
    receiver = Receiver(journal, SEED, work=(0.05, 0.2))
    database = postgres.make_database("taskhub")
    with grown(tmp_path, database=database, broker=redis.url, workers=0, EGRESS_ALLOW="127.0.0.0/8") as hub:
        hub.start_worker("worker", "-Q", "hints,ticks", "--concurrency", "2")
        hub.start_worker("push", "-Q", "push", "--concurrency", "6")
        make_tasks(hub, journal, receiver.url, tasks)
        kill_executors(hub, journal, receiver, tasks, kills)
        wait_until(lambda: checker.rows(database, LIVE)[0][0] == 0, "all tasks to end", seconds=120)
    receiver.shutdown()
    report = checker.check(journal, database)
    add_calls(report, checker.Evidence(journal, database))
    print(f"\nseed {SEED}, {report}")
    assert report.wrong == []
    assert (report.figures["tasks"], report.figures["kills"]) == (tasks, kills)


def make_tasks(hub: Hub, journal: Path, url: str, tasks: int) -> None:
    client = Client(list(hub.ports.values()), hub.manage("create_application", "pushy"), Journal(str(journal), "maker"))
    body = {"mode": "push", "url": url, "time_limit": LIMIT, "retry_policy": RETRIES}
    assert client.call("PUT", "/functions/call", body)["http"] < 300
    for first in range(0, tasks, 100):
        bodies = [{"title": "Call", "function": "call"} for _ in range(first, min(first + 100, tasks))]
        for made in client.call("POST", "/tasks/bulk", {"tasks": bodies}, Idempotency_Key=f"{first}")["results"]:
            client.journal.write(do="made", **{"is": "ok"}, task=made["task"])


def kill_executors(hub: Hub, journal: Path, receiver: Receiver, tasks: int, kills: int) -> None:
    """One pool process falls whenever so many calls were answered; its worker makes another."""
    dice, killer = random.Random(SEED), Journal(str(journal), "killer")
    for number in range(kills):
        wanted, since = 0.9 * tasks * (number + 1) / kills, time.monotonic()
        while receiver.done < wanted and time.monotonic() - since < 10:
            time.sleep(0.01)
        wait_until(lambda: kill_one(hub, dice, killer), "an executor")


def kill_one(hub: Hub, dice: random.Random, killer: Journal) -> bool:
    """Whether one fell: what is listed may be gone by itself a moment later."""
    try:
        victim = dice.choice(executors(hub))
        os.kill(victim, signal.SIGKILL)
    except (ProcessLookupError, FileNotFoundError, IndexError):
        return False
    killer.write(do="kill", **{"is": "ok"}, victim=str(victim))
    return True


def executors(hub: Hub) -> list[int]:
    """The pool processes of the Celery worker that calls."""
    return sorted(children(hub.processes["push"].pid))


def add_calls(report: checker.Report, evidence: checker.Evidence) -> None:
    """What the receiver was asked, against what became of it."""
    answers: dict[str, set[str]] = defaultdict(set)
    for line in evidence.said("called"):
        answers[line["task"].replace("-", "")].add(line["said"])
    ids = [line["id"] for line in evidence.said("called")]
    report.figures |= {"calls": len(ids), "calls made twice for one lease": len(ids) - len(set(ids))}
    for id, row in evidence.tasks.items():
        if row.status == "complete" and row.result not in answers[id]:
            report.wrong.append(f"{id} has a result that no call for it gave")
        if row.status not in ("complete", "retried"):
            report.wrong.append(f"{id} is {row.status}: {row.error}")
    lost = [id for id, row in evidence.tasks.items() if row.error == checker.ZOMBIE]
    moves = [evidence.moves[id] for id in lost]
    noticed = [decided[0] - started[0] - LIMIT for started, *_, decided in moves]
    report.figures["noticed after the lease's end (s)"] = checker.spread(noticed)
