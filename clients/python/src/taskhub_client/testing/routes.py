"""The calls that the hub in memory answers: method, path, and what each does to its state."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from taskhub_client.calls.spelling import SEPARATED
from taskhub_client.shapes import Json

from . import queue, tasks
from .state import Refusal, State, absent, new_id, now, snapshot, superseded

BATCHES: dict[str, tuple[str, queue.Act]] = {
    "heartbeat": ("leases", queue.heartbeat),
    "complete": ("results", queue.complete),
    "fail": ("failures", queue.fail),
    "release": ("leases", queue.release),
    "confirm-cancel": ("leases", queue.confirm_cancel),
}


@dataclass(frozen=True)
class Request:
    """One call, with its actor and its body."""

    actor: str
    body: Any
    params: Mapping[str, str]
    headers: Mapping[str, str]


Route = Callable[..., Any]
ROUTES: list[tuple[str, re.Pattern[str], int, Route]] = []


def route(method: str, path: str, status: int = 200) -> Callable[[Route], Route]:
    """Registers what answers a call; `{name}` in the path becomes an argument."""

    def register(function: Route) -> Route:
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
        ROUTES.append((method, pattern, status, function))
        return function

    return register


def answer(state: State, method: str, path: str, request: Request) -> tuple[int, Any]:
    """The status and the document. Raises Refusal; NotImplementedError for what the hub in memory does not know."""
    for known, pattern, status, function in ROUTES:
        match = pattern.fullmatch(path)
        if known == method and match:
            document = function(state, request, **match.groupdict())
            return status, snapshot(document)
    raise NotImplementedError(f"The TaskHub in memory does not know {method} {path}.")


def _page(rows: list[Any], request: Request) -> Json:
    start, limit = int(request.params.get("cursor", 0)), int(request.params.get("limit", 50))
    more = start + limit < len(rows)
    return {"results": rows[start : start + limit], "next": str(start + limit) if more else None}


@route("GET", "/me")
def me(state: State, request: Request) -> Json:
    kind, _, name = request.actor.partition(":")
    return {"actor": request.actor, "kind": kind, "name": name, "id": new_id(), "teams": [], "administrator": False}


# --- What an application declares ---------------------------------------------------------------------


@route("PUT", "/functions/{name}")
def put_function(state: State, request: Request, name: str) -> Json:
    earlier, state.functions[name] = state.functions.get(name), dict(request.body)
    return {"name": name, **request.body, "changed": earlier != request.body}


@route("GET", "/functions/{name}")
def get_function(state: State, request: Request, name: str) -> Json:
    if name not in state.functions:
        raise absent()
    return {"name": name, **state.functions[name]}


@route("PUT", "/containers/{slug}")
def put_container(state: State, request: Request, slug: str) -> Json:
    earlier, state.containers[slug] = state.containers.get(slug), dict(request.body)
    return {"slug": slug, **request.body, "changed": earlier != request.body}


@route("PUT", "/containers/{slug}/types/{name}")
def put_type(state: State, request: Request, slug: str, name: str) -> Json:
    if slug not in state.containers:
        raise absent()
    earlier, state.types[slug, name] = state.types.get((slug, name)), dict(request.body)
    return {"name": name, **request.body, "changed": earlier != request.body}


@route("PUT", "/containers/{slug}/members/{who}")
def put_member(state: State, request: Request, slug: str, who: str) -> Json:
    return {"who": who, **request.body}


# --- Tasks --------------------------------------------------------------------------------------------


@route("POST", "/tasks", 201)
def create_task(state: State, request: Request) -> Json:
    return tasks.create(state, request.body).task


@route("GET", "/tasks")
def list_tasks(state: State, request: Request) -> Json:
    queue.sweep(state)
    wanted = {
        name.removesuffix("__in"): text.split(",") if name.endswith("__in") or name in SEPARATED else [text]
        for name, text in request.params.items()
        if name not in ("limit", "cursor", "order")
    }
    rows = [
        record.task
        for record in reversed(list(state.records.values()))
        if record.task["key"] and all(str(record.task.get(name)) in texts for name, texts in wanted.items())
    ]
    return _page(rows, request)


@route("GET", "/tasks/{name}")
def get_task(state: State, request: Request, name: str) -> Json:
    queue.sweep(state)
    return state.find(name).task


@route("PATCH", "/tasks/{name}")
def update_task(state: State, request: Request, name: str) -> Json:
    record = state.newest(name)
    tasks.change(state, record, request.body, request.headers.get("if-match"))
    return record.task


@route("POST", "/tasks/{name}/start")
def start(state: State, request: Request, name: str) -> Json:
    record = state.newest(name)
    tasks.require_unleased(record)
    record.move("in_progress")
    return record.task


@route("POST", "/tasks/{name}/complete")
def complete(state: State, request: Request, name: str) -> Json:
    record = state.newest(name)
    tasks.require_unleased(record)
    tasks.complete(state, record, request.body)
    return record.task


@route("POST", "/tasks/{name}/fail")
def fail(state: State, request: Request, name: str) -> Json:
    record = state.newest(name)
    tasks.require_unleased(record)
    started = record.task["status"] == "in_progress"
    tasks.fail(state, record, request.body["error"], text=request.body.get("note"), may_retry=started)
    return record.task


@route("POST", "/tasks/{name}/cancel")
def cancel(state: State, request: Request, name: str) -> Json:
    record = state.newest(name)
    tasks.cancel(record, request.body.get("note"))
    return record.task


@route("POST", "/tasks/{name}/retry")
def retry(state: State, request: Request, name: str) -> Json:
    return tasks.retry(state, state.newest(name)).task


@route("POST", "/tasks/{name}/reopen")
def reopen(state: State, request: Request, name: str) -> Json:
    record = state.newest(name)
    tasks.reopen(record)
    return record.task


@route("GET", "/tasks/{name}/attempts")
def attempts(state: State, request: Request, name: str) -> Json:
    origin = state.find(name).task["origin_id"]
    return _page([item.task for item in state.records.values() if item.task["origin_id"] == origin], request)


@route("GET", "/tasks/{name}/notes")
def list_notes(state: State, request: Request, name: str) -> Json:
    return _page(state.find(name).notes, request)


@route("POST", "/tasks/{name}/notes", 201)
def add_note(state: State, request: Request, name: str) -> Json | None:
    record, token = state.newest(name), request.body.get("lease_token")
    if token and (record.lease is None or record.lease.token != token):
        raise superseded()
    return tasks.note(record, request.body["text"], request.body.get("kind", "comment"), request.actor)


@route("POST", "/tasks/{name}/links", 201)
def add_link(state: State, request: Request, name: str) -> Json:
    task, target = state.newest(name).task, state.newest(request.body["task"]).task
    return {"id": new_id(), "kind": request.body["kind"], "task": task["id"], "target": target["id"]}


@route("POST", "/tasks/{name}/attachments", 201)
def attach(state: State, request: Request, name: str) -> Json:
    record, words = state.newest(name), request.params
    made = {"id": new_id(), "task": record.task["id"], "kind": words.get("kind", "comment"), "name": words["name"]}
    made |= {"size": len(request.body) // 2, "field": words.get("field"), "author": request.actor, "created_at": now()}
    record.attachments.append(made)
    return made


@route("GET", "/tasks/{name}/attachments")
def attachments(state: State, request: Request, name: str) -> Json:
    return _page(state.find(name).attachments, request)


# --- Handovers ----------------------------------------------------------------------------------------


@route("POST", "/tasks/{name}/hand-over", 201)
def hand_over(state: State, request: Request, name: str) -> Json:
    return tasks.hand_over(state, state.newest(name), request.body)


@route("POST", "/tasks/{name}/take-over", 201)
def take_over(state: State, request: Request, name: str) -> Json:
    _require_person(request)
    record = state.newest(name)
    tasks.require_live(record)
    fields = list(tasks.schema_of(state, record).get("properties", {}))
    asked = {"to": request.actor, "fields": fields, "actions": list(tasks.BY_HAND)}
    return tasks.open_handover(state, record, asked, "taken_over")


@route("GET", "/handovers")
def list_handovers(state: State, request: Request) -> Json:
    wanted = request.params.get("task")
    records = [state.find(wanted)] if wanted else list(state.records.values())
    rows = [handover for record in records for handover in reversed(record.handovers)]
    return _page(rows, request)


@route("GET", "/inbox")
def inbox(state: State, request: Request) -> Json:
    rows = [record.open_handover for record in state.records.values()]
    mine = [row for row in rows if row and (row["to"] == request.actor or row["to"].startswith("team:"))]
    return _page(mine, request)


@route("GET", "/handovers/{name}")
def get_handover(state: State, request: Request, name: str) -> Json:
    return tasks.find_handover(state, name)[1]


@route("POST", "/handovers/{name}/claim")
def claim_handover(state: State, request: Request, name: str) -> Json:
    _require_person(request)
    handover = tasks.find_handover(state, name)[1]
    tasks.require_open(handover)
    handover |= {"state": "claimed", "claimed_by": request.actor}
    return handover


@route("POST", "/handovers/{name}/submit")
def submit(state: State, request: Request, name: str) -> Json:
    _require_person(request)
    record, handover = tasks.find_handover(state, name)
    tasks.submit(state, record, handover, request.body, request.actor)
    return handover


@route("POST", "/handovers/{name}/decline")
def decline(state: State, request: Request, name: str) -> Json:
    _require_person(request)
    record, handover = tasks.find_handover(state, name)
    tasks.end_handover(record, handover, "declined")
    return handover


@route("POST", "/handovers/{name}/withdraw")
def withdraw(state: State, request: Request, name: str) -> Json:
    record, handover = tasks.find_handover(state, name)
    tasks.end_handover(record, handover, "withdrawn")
    return handover


def _require_person(request: Request) -> None:
    if not request.actor.startswith("user:"):
        raise Refusal(403, "forbidden", "Only a person can do this.")


# --- The queue ----------------------------------------------------------------------------------------


@route("POST", "/queue/claim")
def claim(state: State, request: Request) -> Json:
    return queue.claim(state, request.body)


@route("POST", "/queue/{action}")
def report(state: State, request: Request, action: str) -> Json:
    if action not in BATCHES:
        raise absent()
    name, act = BATCHES[action]
    queue.sweep(state)
    return queue.batch(state, request.body[name], act)


@route("GET", "/queue/stats")
def stats(state: State, request: Request) -> Json:
    return {"counted_to": 1000, "at": now(), **queue.stats(state)}


@route("POST", "/functions/{name}/execute")
def execute(state: State, request: Request, name: str) -> Json:
    return queue.execute(state, name, request.body)
