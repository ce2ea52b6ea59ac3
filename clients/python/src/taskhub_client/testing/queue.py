"""The worker protocol of the hub in memory: claims, leases and outcomes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from taskhub_client.shapes import Json

from . import tasks
from .state import ENDED, Lease, Record, Refusal, State, absent, digest, now, superseded

LOOK_AGAIN = 0.05
ZOMBIE: Json = {
    "name": "zombieTaskCleaned",
    "message": "The lease ended without an outcome.",
    "recoverable": True,
}


def claim(state: State, body: Mapping[str, Any]) -> Json:
    """POST /queue/claim: waits up to `wait` seconds for a task. The lock of the state is held by the caller."""
    worker = body.get("worker") or "worker"
    draining = bool(body.get("draining"))
    state.workers[worker] = {"name": worker, "draining": draining, "functions": body["functions"], "last_seen": now()}
    if draining:
        return {"tasks": [], "retry_after": 1.0}
    end = time.monotonic() + (body.get("wait") or 0)
    while True:
        sweep(state)
        records = _repeated(state, body) or _claim(state, body, worker)
        if records or time.monotonic() >= end:
            return {"tasks": [_claimed(record) for record in records], "retry_after": 0}
        state.changed.wait(LOOK_AGAIN)


def _repeated(state: State, body: Mapping[str, Any]) -> list[Record]:
    name, words = str(body.get("claim_id")), digest(dict(body))
    if state.claims.setdefault(name, words) != words:
        raise Refusal(422, "idempotency_mismatch", "This claim_id was used with another body.")
    return [record for record in state.records.values() if record.lease and record.lease.claim == name]


def _claim(state: State, body: Mapping[str, Any], worker: str) -> list[Record]:
    ready = [record for record in state.records.values() if record.is_claimable]
    ready = [record for record in ready if record.task["function"] in body["functions"]]
    ready.sort(key=lambda record: (-record.task["priority"], record.task["start_at"], record.number))
    chosen = ready[: body.get("max") or 1]
    for record in chosen:
        seconds = body.get("lease_seconds") or state.function_of(record.task).get("lease_seconds") or 60
        record.delivery += 1
        record.move("in_progress")
        record.lease = Lease(secrets.token_hex(16), str(body.get("claim_id")), worker, seconds)
        record.lease.last(seconds)
        record.change()
    return chosen


def _claimed(record: Record) -> Json:
    lease = record.lease
    assert lease is not None  # noqa: S101  (it was claimed a moment ago)
    return {
        **record.task,
        "lease": {"token": lease.token, "expires_at": lease.until, "delivery": record.delivery},
        "answers": record.answers,
        "checkpoint": record.checkpoint,
        "previous_errors": record.previous_errors,
    }


def sweep(state: State) -> None:
    """Decides about leases that ended without an outcome."""
    for record in list(state.records.values()):
        if record.lease and record.lease.ends_at <= time.monotonic():
            tasks.fail(state, record, ZOMBIE)


# --- Items --------------------------------------------------------------------------------------------

Act = Callable[[State, Record, Json], Json]


def batch(state: State, items: list[Json], act: Act) -> Json:
    """One result for each item; an item that is refused spoils no other."""
    return {"results": [_result(state, item, act) for item in items]}


def _result(state: State, item: Json, act: Act) -> Json:
    result = {"task": item["task"], "ok": True, "status": 200, "code": None, "detail": None}
    try:
        record = state.records.get(item["task"])
        if record is None:
            raise absent()
        return {**result, **act(state, record, item)}
    except Refusal as refusal:
        return {**result, "ok": False, **refusal.document()}


def _require_lease(record: Record, token: str) -> Lease:
    if record.lease is None or record.lease.token != token:
        raise superseded()
    return record.lease


def heartbeat(state: State, record: Record, item: Json) -> Json:
    """The lease lasts on; progress and checkpoint are stored."""
    lease = _require_lease(record, item["token"])
    seconds = item.get("extend_seconds") or 60
    lease.last(seconds)
    if item.get("checkpoint") is not None:
        record.checkpoint = item["checkpoint"]
    record.change(progress=item.get("progress") or record.task["progress"])
    return {"expires_at": lease.until, "directive": "cancel" if lease.cancel_requested else "continue"}


def _once(act: Act) -> Act:
    """The first outcome of a lease counts; the same one again is answered as it was, another one is refused."""

    def guarded(state: State, record: Record, item: Json) -> Json:
        words = digest([act.__name__, item])
        known = record.outcomes.get(item["token"])
        if known and known[0] == words:
            return known[1]
        _require_lease(record, item["token"])
        result = act(state, record, item)
        record.outcomes[item["token"]] = (words, result)
        return result

    return guarded


@_once
def complete(state: State, record: Record, item: Json) -> Json:
    """Done."""
    tasks.complete(state, record, item)
    return {"result": item.get("result")}


@_once
def fail(state: State, record: Record, item: Json) -> Json:
    """An error: retry policy and fail-over decide."""
    decision = tasks.fail(state, record, item["error"], text=item.get("note"))
    return {"decision": decision, "retried_by_task_id": record.task["retried_by_task_id"]}


@_once
def release(state: State, record: Record, item: Json) -> Json:
    """Given back; a requested cancel takes effect then."""
    canceled = record.task["cancel_requested"]
    changes = {"start_at": item["start_at"]} if item.get("start_at") else {}
    record.move("canceled" if canceled else "new", **changes)
    return {}


@_once
def confirm_cancel(state: State, record: Record, item: Json) -> Json:
    """The work has stopped as asked."""
    if not record.task["cancel_requested"]:
        raise Refusal(409, "conflict", "Nobody asked to cancel the task.")
    tasks.note(record, item.get("note"))
    record.move("canceled")
    return {}


def execute(state: State, name: str, body: Mapping[str, Any]) -> Json:
    """POST /functions/{name}/execute: makes a task and waits for its end."""
    if name not in state.functions:
        raise absent()
    given = {key: value for key, value in body.items() if key != "timeout"}
    record = tasks.create(state, {"title": name, **given, "function": name})
    state.changed.notify_all()
    end = time.monotonic() + (body.get("timeout") or 30)
    while state.newest(record.task["id"]).task["status"] not in ENDED and time.monotonic() < end:
        state.changed.wait(LOOK_AGAIN)
        sweep(state)
    return state.newest(record.task["id"]).task


def stats(state: State) -> Json:
    """GET /queue/stats: what waits, and who works."""
    sweep(state)
    rows = []
    for name in state.functions:
        own = [record for record in state.records.values() if record.task["function"] == name]
        ready, leased = [record for record in own if record.is_claimable], [record for record in own if record.lease]
        rows.append({"function": name, "ready": len(ready), "leased": len(leased)})
    return {"results": rows, "workers": list(state.workers.values())}
