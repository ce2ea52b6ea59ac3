"""A task says that it waits because its function is paused: to all who see it, for one query whatever their number."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.actors.models import User
from apps.containers.models import Container

from .world import Caller

pytestmark = pytest.mark.django_db
REASON = "The mail server is down"


@pytest.fixture
def migrator(worker: str, container: Container) -> Caller:
    caller = Caller(key=worker)
    caller.put("/containers/migrations/types/copy", {})
    for name in ("copy", "other"):
        caller.put(f"/functions/{name}", {})
    return caller


def made(caller: Caller, function: str | None = "copy", **more: Any) -> str:
    body = {"container": "migrations", "type": "copy", "title": "Copy", "function": function, **more}
    return str(caller.made("/tasks", body)["id"])


def waiting_for(caller: Caller, task: str) -> Any:
    return caller.get(f"/tasks/{task}").json()["waiting_for"]


def test_task_of_a_paused_function_says_so(migrator: Caller, member: User) -> None:
    task = made(migrator)
    assert waiting_for(migrator, task) is None
    migrator.made("/functions/copy/pause", {"reason": REASON, "until": "2099-01-01T00:00:00Z"})
    since = migrator.get("/functions/copy").json()["paused"]["since"]
    expected = {"kind": "paused", "who": "application:migrator", "reason": REASON, "since": since}
    for caller in (migrator, Caller(user=member)):
        assert waiting_for(caller, task) == {**expected, "until": "2099-01-01T00:00:00Z"}
    migrator.made("/functions/copy/resume", {})
    assert waiting_for(migrator, task) is None


def test_others_wait_for_nothing(migrator: Caller) -> None:
    other, none, canceled, running = made(migrator, "other"), made(migrator, None), made(migrator), made(migrator)
    migrator.made(f"/tasks/{canceled}/cancel", {})
    migrator.made(f"/tasks/{running}/start", {})
    migrator.made("/functions/copy/pause", {"reason": REASON})
    assert [waiting_for(migrator, task) for task in (other, none, canceled, running)] == [None] * 4


def test_a_list_looks_once(migrator: Caller) -> None:
    migrator.made("/functions/copy/pause", {"reason": REASON})
    counts = []
    for _ in range(2):
        for _ in range(3):
            made(migrator)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            rows = migrator.get("/tasks").json()["results"]
        assert all(row["waiting_for"]["reason"] == REASON for row in rows)
        counts.append(len(queries))
    assert counts[0] == counts[1]
