"""Calls about tasks, and what hangs on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taskhub_client.protocol import Call
from taskhub_client.shapes import BulkResult, CustodyOfFields, Event, FoundTask, JsonObject, Note, Page, Task

from . import spelling


def create_task(body: JsonObject, *, idempotency_key: str | None = None) -> Call[Task]:
    """Make a task. If there is one with its `external_id` and an equal body, that one is answered."""
    return spelling.post("/tasks", body, key=idempotency_key)


def create_tasks(tasks: Sequence[JsonObject], *, atomic: bool = False) -> Call[list[BulkResult]]:
    """Make up to 1,000 tasks; one result for each, in order."""
    call = spelling.post("/tasks/bulk", {"tasks": list(tasks), "atomic": atomic})
    return Call(call.method, call.path, spelling.results, call.body, headers=call.headers)


def task(name: str) -> Call[Task]:
    """One task by its id or key; the key leads to the newest attempt of a retried task."""
    return spelling.get("tasks", name)


def tasks(**filters: Any) -> Call[Page[Task]]:
    """The tasks that match, page after page; a filter may be a list of values."""
    return spelling.listing("/tasks", filters)


def search(q: str) -> Call[Page[FoundTask]]:
    """The tasks in which these words are found, with the part of the text that matched, page after page."""
    return spelling.listing("/search", {"q": q})


def update_task(name: str, *, if_match: str | None = None, **changes: Any) -> Call[Task]:
    """Change properties of a task (`title`, `fields`, `priority`, `stage`, …)."""
    path = spelling.path_of("tasks", name)
    return Call("PATCH", path, spelling.document, body=changes, headers=spelling.condition(if_match))


def start_task(name: str, *, if_match: str | None = None) -> Call[Task]:
    """Start a task without a lease."""
    return _act(name, "start", if_match)


def complete_task(
    name: str, *, fields: JsonObject | None = None, result: Any = None, note: str | None = None
) -> Call[Task]:
    """Complete a task without a lease."""
    return _act(name, "complete", fields=fields, result=result, note=note)


def fail_task(name: str, error: JsonObject, *, note: str | None = None) -> Call[Task]:
    """Fail a task without a lease: the error takes the same path as a worker's."""
    return _act(name, "fail", error=error, note=note)


def cancel_task(name: str, *, note: str | None = None, if_match: str | None = None) -> Call[Task]:
    """Cancel a task; the worker of one that is being executed is asked to stop (`cancel_requested`)."""
    return _act(name, "cancel", if_match, note=note)


def skip_task(name: str, *, note: str | None = None, if_match: str | None = None) -> Call[Task]:
    """End a task that need not be done: it counts as no failure."""
    return _act(name, "skip", if_match, note=note)


def retry_task(
    name: str, *, fields: JsonObject | None = None, data: Any = None, if_match: str | None = None
) -> Call[Task]:
    """Retry a failed task: a new one takes over, perhaps with other `fields` or `data`. One that waits starts now."""
    return _act(name, "retry", if_match, fields=fields, data=data)


def reopen_task(name: str, *, if_match: str | None = None) -> Call[Task]:
    """Let a task that has ended begin again."""
    return _act(name, "reopen", if_match)


def run_transition(
    name: str, transition: str, *, input: JsonObject | None = None, note: str | None = None
) -> Call[Task]:
    """Run a transition of the task's type."""
    body = spelling.given({"input": input, "note": note})
    return spelling.post(spelling.path_of("tasks", name, "transitions", transition), body)


def custody(name: str) -> Call[CustodyOfFields]:
    """Who may write the task and each field now, and why not."""
    return spelling.get("tasks", name, "custody")


def attempts(name: str) -> Call[Page[Task]]:
    """The attempts of a task, page after page."""
    return spelling.listing(spelling.path_of("tasks", name, "attempts"))


def events(name: str) -> Call[Page[Event]]:
    """What happened to a task, page after page."""
    return spelling.listing(spelling.path_of("tasks", name, "events"))


def notes(name: str) -> Call[Page[Note]]:
    """The notes of a task, page after page."""
    return spelling.listing(spelling.path_of("tasks", name, "notes"))


def add_note(
    name: str,
    text: str,
    *,
    kind: str = "comment",
    lease_token: str | None = None,
    idempotency_key: str | None = None,
) -> Call[Note]:
    """Write a `comment` (for all who see the task) or a `work_note` (for those who work on it)."""
    body = spelling.given({"text": text, "kind": kind, "lease_token": lease_token})
    return spelling.post(spelling.path_of("tasks", name, "notes"), body, key=idempotency_key)


def _act(name: str, action: str, if_match: str | None = None, **body: Any) -> Call[Task]:
    return spelling.post(spelling.path_of("tasks", name, action), spelling.given(body), if_match=if_match)
