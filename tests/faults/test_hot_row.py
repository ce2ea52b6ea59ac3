"""Somebody keeps a row locked: who wants it hears 503 soon, and everybody else is served meanwhile."""

import threading
import time
from pathlib import Path

import psycopg
import pytest

from tests.servers import grown

from .client import Client, Journal
from .infrastructure import Postgres

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]
CALLERS = 10


def test_held_row_keeps_nobody_else(tmp_path: Path, postgres: Postgres) -> None:
    database = postgres.make_database("taskhub")
    with grown(tmp_path, database=database) as hub:
        port, key = hub.ports["web0"], hub.manage("create_application", "busy")
        journal = Journal(str(tmp_path / "history.jsonl"), "caller")

        def client() -> Client:
            return Client([port], key, journal)

        mine = client()
        hot, other = (mine.call("POST", "/tasks", {"title": title})["id"] for title in ("Hot", "Other"))
        answers: list[tuple[int, object]] = []

        def want() -> None:
            status, answer = client().send("PATCH", f"/tasks/{hot}", {"title": "Hotter"})
            answers.append((status, answer.get("code")))

        with psycopg.connect(database) as holder:
            holder.execute("SELECT 1 FROM tasks_task WHERE id = %s FOR UPDATE", [hot])
            callers = [threading.Thread(target=want) for _ in range(CALLERS)]
            for caller in callers:
                caller.start()
            served = [client().send("PATCH", f"/tasks/{other}", {"title": f"Other {n}"})[0] for n in range(20)]
            end = time.monotonic() + 20  # sooner than a statement may take
            for caller in callers:
                caller.join(max(0.0, end - time.monotonic()))
            holder.rollback()
        assert answers == [(503, "unavailable")] * CALLERS
        assert served == [200] * 20
        assert mine.send("PATCH", f"/tasks/{hot}", {"title": "Cooler"})[0] == 200
