"""Every call of the API, spelled once: `api.py` gives them to both clients.

Each may be sent again when its answer is lost. GET, PUT, PATCH and DELETE are so by nature; every POST here gets
an `Idempotency-Key` that stays the same over its retries (or the one that the caller gives).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

from .protocol import Call, Reply
from .shapes import Handover, Json, JsonObject, Me, Page, Task

PAGE = 200


def request(method: str, path: str, body: Any = None, *, params: Mapping[str, str] | None = None) -> Call[Any]:
    """Any call: for what has no method here. A POST gets an `Idempotency-Key`."""
    if method.upper() == "POST":
        return _post(path, body or {})
    return Call(method.upper(), path, _whole, body=body, params=params or {})


# --- Who, and what an application is ------------------------------------------------------------------


def me() -> Call[Me]:
    """Who the key belongs to."""
    return Call("GET", "/me", _me)


def put(path: str, body: JsonObject, *, if_match: str | None = None) -> Call[Json]:
    """Create or replace what has a name, say `/functions/NAME`; `changed` says whether that changed anything."""
    return Call("PUT", path, _object, body=body, headers=_condition(if_match))


def apply(manifest: JsonObject, *, dry_run: bool = False) -> Call[Json]:
    """Push a whole application in one transaction; the answer is the list of `changes`."""
    return Call("PUT", "/manifest", _object, body=manifest, params={"dry_run": str(dry_run).lower()}, holds=60)


def functions() -> Call[Page]:
    """The application's functions."""
    return _list("/functions", {})


def function(name: str) -> Call[Json]:
    """One function."""
    return Call("GET", _path("functions", name), _object)


def execute(name: str, *, timeout: float = 30.0, **body: Any) -> Call[Task]:
    """Create a task of a function (`data`, `container`, `type`, `fields`) and wait for its end up to `timeout` seconds.

    The task is not `complete` yet if the time was over.
    """
    return _post(_path("functions", name, "execute"), {**_said(body), "timeout": timeout}, _task, holds=timeout)


def queue_stats() -> Call[Json]:
    """Per function: what waits, what runs, who works."""
    return Call("GET", "/queue/stats", _object)


# --- Tasks --------------------------------------------------------------------------------------------


def create_task(body: JsonObject, *, idempotency_key: str | None = None) -> Call[Task]:
    """Make a task; with the `external_id` of one that is there, and an equal body, it answers that one."""
    return _post("/tasks", body, _task, key=idempotency_key)


def create_tasks(tasks: Sequence[JsonObject], *, atomic: bool = False) -> Call[list[Json]]:
    """Make up to 1,000 tasks; one result for each, in order."""
    return _post("/tasks/bulk", {"tasks": list(tasks), "atomic": atomic}, _results)


def task(name: str) -> Call[Task]:
    """One task by its id or key; the key of a retried task leads to its newest attempt."""
    return Call("GET", _path("tasks", name), _task)


def tasks(**filters: Any) -> Call[Page]:
    """The tasks that match, page after page; a filter may be a list."""
    return _list("/tasks", filters)


def update_task(name: str, *, if_match: str | None = None, **changes: Any) -> Call[Task]:
    """Change properties of a task (`title`, `fields`, `priority`, `stage`, …)."""
    return Call("PATCH", _path("tasks", name), _task, body=changes, headers=_condition(if_match))


def start_task(name: str, *, if_match: str | None = None) -> Call[Task]:
    """Start a task without a lease."""
    return _act(name, "start", if_match)


def complete_task(
    name: str, *, fields: JsonObject | None = None, result: Any = None, note: str | None = None
) -> Call[Task]:
    """Complete a task without a lease."""
    return _act(name, "complete", fields=fields, result=result, note=note)


def fail_task(name: str, error: JsonObject, *, note: str | None = None) -> Call[Task]:
    """Fail a task without a lease."""
    return _act(name, "fail", error=error, note=note)


def cancel_task(name: str, *, note: str | None = None, if_match: str | None = None) -> Call[Task]:
    """Cancel a task; one that is being executed is asked to stop (`cancel_requested`)."""
    return _act(name, "cancel", if_match, note=note)


def retry_task(name: str, *, if_match: str | None = None) -> Call[Task]:
    """Retry a failed task: a new one takes over."""
    return _act(name, "retry", if_match)


def reopen_task(name: str, *, if_match: str | None = None) -> Call[Task]:
    """Let a task that has ended begin again."""
    return _act(name, "reopen", if_match)


def run_transition(
    name: str, transition: str, *, input: JsonObject | None = None, note: str | None = None
) -> Call[Task]:
    """Run a transition of the task's type."""
    return _post(_path("tasks", name, "transitions", transition), _said({"input": input, "note": note}), _task)


def hand_over(name: str, to: str, **body: Any) -> Call[Handover]:
    """Ask `user:NAME`, `team:SLUG` or `reporter` (`title`, `message`, `fields`, `actions`, `key`, `lease_token`, …)."""
    return _post(_path("tasks", name, "hand-over"), {"to": to, **_said(body)}, _handover)


def custody(name: str) -> Call[Json]:
    """Who may write what now, and why not."""
    return Call("GET", _path("tasks", name, "custody"), _object)


def attempts(name: str) -> Call[Page]:
    """The attempts of a task, page after page."""
    return _list(_path("tasks", name, "attempts"), {})


def events(name: str) -> Call[Page]:
    """What happened to a task, page after page."""
    return _list(_path("tasks", name, "events"), {})


def notes(name: str) -> Call[Page]:
    """The notes of a task, page after page."""
    return _list(_path("tasks", name, "notes"), {})


def add_note(
    name: str,
    text: str,
    *,
    kind: str = "comment",
    lease_token: str | None = None,
    idempotency_key: str | None = None,
) -> Call[Json]:
    """Write a `comment` (all who see the task) or a `work_note` (those who work on it)."""
    body = _said({"text": text, "kind": kind, "lease_token": lease_token})
    return _post(_path("tasks", name, "notes"), body, _object, key=idempotency_key)


# --- Handovers ----------------------------------------------------------------------------------------


def handovers(**filters: Any) -> Call[Page]:
    """The handovers that match, newest first, page after page."""
    return _list("/handovers", filters)


def handover(id: str) -> Call[Handover]:
    """One handover."""
    return Call("GET", _path("handovers", id), _handover)


def withdraw_handover(id: str) -> Call[Handover]:
    """Take a question back."""
    return _post(_path("handovers", id, "withdraw"), {}, _handover)


# --- How calls are spelled ----------------------------------------------------------------------------


def next_page(call: Call[Page], page: Page) -> Call[Page] | None:
    """The call for what follows a page; None after the last."""
    if page["next"] is None:
        return None
    return Call("GET", call.path, call.read, params={**call.params, "cursor": page["next"]})


def _path(*parts: str) -> str:
    return "".join(f"/{quote(part, safe=':')}" for part in parts)


def _post(
    path: str, body: Any, read: Callable[[Reply], Any] | None = None, *, key: str | None = None, holds: float = 0.0
) -> Call[Any]:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return Call("POST", path, read or _whole, body=body, headers=headers, holds=holds)


def _act(name: str, action: str, if_match: str | None = None, **body: Any) -> Call[Task]:
    call = _post(_path("tasks", name, action), _said(body), _task)
    return Call(call.method, call.path, call.read, call.body, headers={**call.headers, **_condition(if_match)})


def _list(path: str, filters: Mapping[str, Any]) -> Call[Page]:
    given = {name: _text(value) for name, value in filters.items() if value is not None}
    return Call("GET", path, _page, params={"limit": str(PAGE), **given})


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list | tuple | set) else str(value)


def _said(body: Mapping[str, Any]) -> Json:
    return {name: value for name, value in body.items() if value is not None}


def _condition(if_match: str | None) -> dict[str, str]:
    return {} if if_match is None else {"If-Match": if_match if if_match.startswith('"') else f'"{if_match}"'}


def _whole(reply: Reply) -> Any:
    return reply.document()


def _object(reply: Reply) -> Json:
    return dict(reply.document() or {})


def _results(reply: Reply) -> list[Json]:
    return list(reply.document()["results"])


def _page(reply: Reply) -> Page:
    return cast(Page, {"next": None, **reply.document()})


def _me(reply: Reply) -> Me:
    return cast(Me, reply.document())


def _task(reply: Reply) -> Task:
    return cast(Task, reply.document())


def _handover(reply: Reply) -> Handover:
    return cast(Handover, reply.document())
