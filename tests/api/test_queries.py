"""Lists cost the same number of queries, however many rows they show."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from .world import TASK, Caller


def fill(app: Caller, contributor: Caller, count: int) -> None:
    """Tasks that were asked for, retried, noted and linked, in containers of their own."""
    for number in range(count):
        task = app.made("/tasks", {**TASK, "reporter": "user:member", "assignee": "user:owner", "tags": [str(number)]})
        other = app.made("/tasks", {**TASK, "hand_over": {"to": "team:dba" if number % 2 else "user:member"}})
        app.post(f"/tasks/{task['id']}/notes", {"text": "A note"})
        app.post(f"/tasks/{task['id']}/links", {"kind": "blocks", "task": other["id"]})
        app.put(f"/containers/c{number}", {"everyone": "viewer"})
        app.put(f"/containers/c{number}/types/t")
        app.put(f"/containers/migrations/types/t{number}", {"title": str(number)})
        contributor.post(f"/handovers/{other['handover']}/claim")


def cost(caller: Caller, path: str) -> int:
    caller.get(path)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = caller.get(path)
    assert answer.status_code == 200
    return len(queries)


CEILINGS = {  # three of each that is no usual list bound its time on PostgreSQL
    "/tasks": 8, "/tasks?status=handed_over&order=-priority&count=true": 12, "/tasks?fields.source=a": 12,
    "/handovers": 8,
    "/inbox": 8, "/containers": 7, "/containers/migrations/types": 9, "/containers/migrations/members": 7,
    "/notifications": 8,
    "/search?q=orders": 13,
}  # fmt: skip


@pytest.mark.parametrize("path", CEILINGS)
@pytest.mark.parametrize("who", ["app", "contributor"])
def test_no_query_for_each_row(app: Caller, contributor: Caller, path: str, who: str) -> None:
    caller = {"app": app, "contributor": contributor}[who]
    fill(app, contributor, 2)
    few = cost(caller, path)
    fill(app, contributor, 6)
    assert cost(caller, path) == few <= CEILINGS[path]


def test_one_task_costs_little(app: Caller, contributor: Caller) -> None:
    task = app.made("/tasks", TASK)
    assert cost(app, f"/tasks/{task['id']}") <= 3
    assert cost(contributor, f"/tasks/{task['id']}") <= 6


@pytest.mark.parametrize("part", ["notes", "events", "attempts", "links", "custody"])
def test_parts_of_a_task(app: Caller, contributor: Caller, part: str) -> None:
    task = app.made("/tasks", TASK)
    path = f"/tasks/{task['id']}"
    few = cost(app, f"{path}/{part}")
    for number in range(4):
        app.post(f"{path}/notes", {"text": str(number)})
        app.post(f"{path}/links", {"kind": "blocks", "task": app.made("/tasks", TASK)["id"]})
    assert cost(app, f"{path}/{part}") <= few + 2 <= 8
