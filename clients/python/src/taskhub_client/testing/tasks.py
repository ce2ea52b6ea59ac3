"""Tasks of the hub in memory: how they are made, changed, retried, failed over and given to people."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from taskhub_client.encoding import timestamp
from taskhub_client.shapes import Json

from . import values
from .state import ENDED, Record, Refusal, State, absent, digest, new_id, now, problem, superseded

CHANGEABLE = (
    "title", "description", "fields", "assignee", "priority", "tags", "start_at", "due_at", "correlation_id",
)  # fmt: skip
DEFAULTS: Json = {
    "description": "", "fields": {}, "data": None, "due_at": None, "tags": [], "correlation_id": None,
    "external_id": None, "privacy": "inherit", "assignee": None,
}  # fmt: skip
BY_HAND = ("complete", "return", "skip", "fail", "cancel")
EFFECTS = {"complete": "complete", "return": "new", "fail": "failed", "cancel": "canceled", "skip": "canceled"}
SUBMIT: Json = {"name": "submit", "label": "Submit", "effect": "return", "needs_comment": False}


def create(state: State, body: Mapping[str, Any]) -> Record:
    """POST /tasks."""
    container, kind = body.get("container", "app"), body.get("type", "task")
    declared = state.types.get((container, kind))
    if declared is None and (container, kind) != ("app", "task"):
        raise Refusal(
            400, "invalid", "The type does not exist.", [problem("/type", "invalid", "There is no such type.")]
        )
    earlier = _same(state, container, body.get("external_id"))
    if earlier:
        return earlier
    declared = declared or {}
    fields = values.written(declared.get("schema", {}), {}, body.get("fields") or {})
    function = body.get("function", declared.get("function"))
    task_id, at = new_id(), now()
    given = {name: body[name] for name in DEFAULTS if name in body}
    task = {**DEFAULTS, **given, "id": task_id, "key": f"MEM-{secrets.token_hex(3).upper()}", "container": container}
    task |= {"type": kind, "type_version": 1, "title": body.get("title") or kind, "status": "new", "stage": "todo"}
    task |= {"fields": fields, "access": {}, "function": function, "start_at": body.get("start_at") or at}
    task |= {"priority": body.get("priority") or state.functions.get(function or "", {}).get("default_priority", 0)}
    task |= {"status_changed_at": at, "created_at": at, "cancel_requested": False, "progress": None, "error": None}
    task |= {"result": None, "origin_id": task_id, "newest_id": task_id, "retry_for_task_ids": []}
    task |= {"retried_by_task_id": None, "reporter": "application:memory", "created_by_application": "memory"}
    return state.add({**task, "created_by_user": None, "run": None, "step": None})


def _same(state: State, container: str, external_id: str | None) -> Record | None:
    for record in state.records.values():
        task = record.task
        if external_id and task["external_id"] == external_id and task["container"] == container:
            return record
    return None


def change(state: State, record: Record, body: Mapping[str, Any], if_match: str | None) -> None:
    """PATCH /tasks/{id}."""
    if if_match and if_match.strip('"') != record.task["version"]:
        raise Refusal(412, "version_mismatch", "The task has changed.")
    unknown = [problem(f"/{name}", "unknown_field", "Unknown.") for name in body if name not in CHANGEABLE]
    if unknown:
        raise Refusal(400, "unknown_field", "The body has fields that do not exist.", unknown)
    changes = dict(body)
    if "fields" in changes:
        changes["fields"] = values.written(schema_of(state, record), record.task["fields"], changes["fields"])
    record.change(**changes)


def schema_of(state: State, record: Record) -> Json:
    """The schema of the task's fields."""
    schema: Json = state.type_of(record.task).get("schema", {})
    return schema


def require_live(record: Record) -> None:
    """Raises Refusal if the task has ended."""
    if record.task["status"] in ENDED:
        raise Refusal(409, "already_ended", f"The task has ended ({record.task['status']}).")


def require_unleased(record: Record) -> None:
    """Raises Refusal if a worker has it, or it has ended."""
    require_live(record)
    if record.lease:
        raise Refusal(409, "conflict", "A worker executes the task.")


def complete(state: State, record: Record, body: Mapping[str, Any]) -> None:
    """Done; `fields` are written, a note is left."""
    fields = values.written(schema_of(state, record), record.task["fields"], body.get("fields") or {})
    note(record, body.get("note"))
    record.move("complete", fields=fields, result=body.get("result"), error=None)


def fail(
    state: State, record: Record, error: Mapping[str, Any], *, text: str | None = None, may_retry: bool = True
) -> str:
    """What a failure does: cancel, retry, fail over, or end as failed. Answers the decision."""
    task, function = record.task, state.function_of(record.task)
    whole = {"name": "error", "type": None, "message": "", "recoverable": True, "details": None, **error}
    note(record, text)
    failover = state.type_of(task).get("failover") or function.get("failover")
    if task["cancel_requested"]:
        record.move("canceled", error=whole)
        return "canceled"
    if may_retry and _may_retry(function.get("retry_policy") or {}, whole, record.retries):
        _retry(state, record, whole, _delay(function["retry_policy"], record.retries, whole))
        return "retried"
    if failover:
        record.previous_errors = [*record.previous_errors, whole][-3:]
        asked = {"to": failover["to"], "message": failover.get("message", ""), "fields": failover.get("fields", [])}
        open_handover(state, record, {**asked, "actions": failover.get("actions") or list(BY_HAND)}, "failed_over")
        record.change(error=whole)
        return "handed_over"
    record.move("failed", error=whole)
    return "failed"


def _may_retry(policy: Mapping[str, Any], error: Mapping[str, Any], retries: int) -> bool:
    named = policy.get("errors_to_retry") or [error["name"]]
    left = retries < policy.get("max_retries", 3)
    return bool(policy.get("enabled") and error["recoverable"] and error["name"] in named and left)


def _delay(policy: Mapping[str, Any], retries: int, error: Mapping[str, Any]) -> float:
    asked = float(error.get("retry_after_seconds") or 0)
    usual = _usual_delay(policy, retries)
    return max(asked, usual)


def _usual_delay(policy: Mapping[str, Any], retries: int) -> float:
    if backoff := policy.get("backoff"):
        delay = min(backoff["initial"] * backoff.get("factor", 2) ** retries, backoff.get("max", 600))
        return float(delay * random.uniform(0.5, 1.0) if backoff.get("jitter") else delay)  # noqa: S311
    delays = policy.get("delays", [2, 5, 10])
    return float(delays[min(retries, len(delays) - 1)])


def _retry(state: State, record: Record, error: Json | None, delay: float) -> None:
    """A new task takes over: key, fields, answers, checkpoint and notes go to it."""
    task = record.task
    new = {**task, "id": new_id(), "status": "new", "error": None, "result": None, "progress": None}
    new |= {"retry_for_task_ids": [*task["retry_for_task_ids"], task["id"]], "newest_id": new["id"]}
    new |= {"start_at": timestamp(datetime.now(UTC) + timedelta(seconds=delay)), "status_changed_at": now()}
    record.move("retried", error=error or task["error"], retried_by_task_id=new["id"], key=None, external_id=None)
    newest = state.add(new)
    newest.answers, newest.checkpoint, newest.notes = record.answers, record.checkpoint, record.notes
    newest.attachments = record.attachments
    newest.retries = record.retries + 1
    newest.previous_errors = [*record.previous_errors, *([error] if error else [])][-3:]
    for other in state.records.values():
        if other.task["origin_id"] == task["origin_id"]:
            other.task["newest_id"] = new["id"]


def cancel(record: Record, text: str | None) -> None:
    """Cancels; a worker that has it is asked to stop."""
    require_live(record)
    note(record, text)
    if record.lease:
        record.lease.cancel_requested = True
        record.change(cancel_requested=True)
        return
    _end_handover(record, "withdrawn")
    record.move("canceled")


def retry(state: State, record: Record) -> Record:
    """Retries a failed task by hand."""
    if record.task["status"] != "failed":
        raise Refusal(409, "conflict", "Only a failed task is retried by hand.")
    _retry(state, record, None, 0)
    newest = state.newest(record.task["id"])
    newest.retries = 0
    return newest


def reopen(record: Record) -> None:
    """Begins again, with nothing left of the last time but the fields."""
    if record.task["status"] not in ENDED:
        raise Refusal(409, "conflict", "The task has not ended.")
    record.answers = record.checkpoint = None
    record.move("new", result=None, error=None, start_at=now())


def note(record: Record, text: str | None, kind: str = "work_note", author: str = "application:memory") -> Json | None:
    """Leaves a note, if there is a text."""
    if not text:
        return None
    made = {"id": new_id(), "kind": kind, "text": text, "author": author, "created_at": now()}
    record.notes.append(made)
    return made


# --- Handovers ----------------------------------------------------------------------------------------


def hand_over(state: State, record: Record, body: Mapping[str, Any]) -> Json:
    """POST /tasks/{id}/hand-over: the same key and body is the same handover."""
    token, key = body.get("lease_token"), body.get("key")
    asked = {name: value for name, value in body.items() if name != "lease_token"}
    is_holder = record.lease is not None and record.lease.token == token
    for earlier in record.handovers if key else ():
        if earlier["key"] == key:
            return _repeated(record, earlier, asked)
    require_live(record)
    if (token or record.lease) and not is_holder:
        raise superseded()
    if record.open_handover:
        raise Refusal(409, "conflict", "A handover of the task is open.")
    return open_handover(state, record, asked, "asked")


def _repeated(record: Record, earlier: Json, asked: Json) -> Json:
    if record.questions[earlier["id"]] != digest(asked):
        raise Refusal(409, "conflict", "This key was used for another handover of the task.")
    if earlier["state"] == "submitted":
        errors = [problem("/key", "already_answered", json.dumps(earlier["answer"]))]
        raise Refusal(409, "already_answered", "This question was answered.", errors)
    return earlier


def open_handover(state: State, record: Record, asked: Mapping[str, Any], reason: str) -> Json:
    """Gives the task to a person."""
    declared = schema_of(state, record).get("properties", {})
    fields = [_field(item) for item in asked.get("fields") or []]
    missing = [problem("/fields", "unknown_field", item["name"]) for item in fields if item["name"] not in declared]
    if missing:
        raise Refusal(400, "unknown_field", "Fields that do not exist are asked for.", missing)
    to = record.task["reporter"] if asked["to"] == "reporter" else asked["to"]
    effect = "return" if record.task["function"] else "complete"
    actions = [_action(item) for item in asked.get("actions") or []] or [{**SUBMIT, "effect": effect}]
    handover = {"id": new_id(), "task": record.task["id"], "key": asked.get("key"), "state": "open", "reason": reason}
    handover |= {"title": asked.get("title") or record.task["title"], "message": asked.get("message") or "", "to": to}
    handover |= {"fields": fields, "actions": actions, "due_at": asked.get("due_at"), "created_at": now()}
    handover |= {"claimed_by": None, "ended_at": None, "answer": None}
    record.handovers.append(handover)
    record.questions[handover["id"]] = digest(dict(asked))
    record.move("handed_over")
    return handover


def _field(item: Any) -> Json:
    return {"required": False, "proposed": None, "label": None, **({"name": item} if isinstance(item, str) else item)}


def _action(item: Any) -> Json:
    named = {"name": item, "effect": item} if isinstance(item, str) else item
    if named.get("effect") not in EFFECTS:
        detail = "Effects are complete, return, fail, cancel, skip."
        raise Refusal(400, "invalid", detail, [problem("/actions", "invalid", detail)])
    return {"label": named["name"].capitalize(), "needs_comment": False, **named}


def find_handover(state: State, name: str) -> tuple[Record, Json]:
    """A handover and its task. Raises Refusal."""
    for record in state.records.values():
        for handover in record.handovers:
            if handover["id"] == name:
                return record, handover
    raise absent()


def submit(state: State, record: Record, handover: Json, body: Mapping[str, Any], by: str) -> None:
    """A person's answer: fields are written, the effect of the action takes place."""
    require_open(handover)
    action = next((item for item in handover["actions"] if item["name"] == body.get("action")), None)
    if action is None:
        names = ", ".join(item["name"] for item in handover["actions"])
        raise Refusal(400, "invalid", names, [problem("/action", "invalid", f"The actions are: {names}.")])
    given = body.get("fields") or {}
    _require_asked(handover, given, action)
    fields = values.written(schema_of(state, record), record.task["fields"], given)
    answers = {"handover": handover["id"], "key": handover["key"], "reason": handover["reason"], "by": by, "at": now()}
    answers |= {"action": action["name"], "effect": action["effect"], "fields": given}
    answers |= {"comment": body.get("comment") or "", "channel": "api", "receipt": None}
    handover |= {"state": "submitted", "answer": answers, "ended_at": now()}
    record.answers, record.retries = answers, 0
    person = {"name": "failed_by_person", "type": "person", "message": answers["comment"], "recoverable": False}
    back = "new" if record.task["function"] else "in_progress"
    status = back if action["effect"] == "return" else EFFECTS[action["effect"]]
    record.move(status, fields=fields, error=person if status == "failed" else None)


def _require_asked(handover: Json, given: Mapping[str, Any], action: Json) -> None:
    asked = {item["name"]: item["required"] for item in handover["fields"]}
    stray = [problem(f"/fields/{name}", "locked", "It is not asked for.") for name in given if name not in asked]
    if stray:
        raise Refusal(403, "forbidden", "Fields are locked.", stray)
    needed = action["effect"] in ("return", "complete")
    empty = [name for name, required in asked.items() if needed and required and given.get(name) is None]
    if empty:
        errors = [problem(f"/fields/{name}", "schema_violation", "This is required.") for name in empty]
        raise Refusal(422, "schema_violation", "Values are missing.", errors)


def end_handover(record: Record, handover: Json, end: str) -> None:
    """Declined or withdrawn: the task goes back."""
    require_open(handover)
    _end_handover(record, end)
    record.move("new" if record.task["function"] else "in_progress")


def require_open(handover: Json) -> None:
    """Raises Refusal if it has ended."""
    if handover["state"] not in ("open", "claimed"):
        raise Refusal(409, "conflict", f"It is no longer open: {handover['state']}.")


def _end_handover(record: Record, end: str) -> None:
    if handover := record.open_handover:
        handover |= {"state": end, "ended_at": now()}
