"""`/queue`: the worker protocol. Plain views: claims and outcomes are the hot paths of TaskHub."""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase

from apps.automation import queue

from .components import (
    ANY,
    FLAG,
    FREE,
    ID,
    NUMBER,
    TEXT,
    TIME,
    WHOLE,
    Schema,
    answer,
    body,
    listed,
    one_of,
    optional,
    ref,
)  # fmt: skip
from .plain import Call, Operation, PlainView, api_view

MORE = "Each answer of a batch has a status of its own; one bad item never spoils the others."
LEASE = {"task": ID, "token": TEXT}
RESULT = {"task": optional(TEXT), "ok": FLAG, "status": WHOLE, "code": optional(TEXT), "detail": optional(TEXT)}
ERROR = body(
    "name",
    name=TEXT,
    type=optional(TEXT),
    message=TEXT,
    recoverable=FLAG,
    details=ANY,
    retry_after_seconds={"type": ["number", "null"]},
)
CLAIM = body(
    "functions",
    claim_id={**optional(ID), "description": "Makes the call repeatable for five minutes, with the same answer."},
    worker=optional(TEXT),
    version={**optional(TEXT), "maxLength": 100, "description": "Of the worker's code, for the list of workers."},
    draining={**FLAG, "description": "The worker takes no more: it gets nothing, and is listed as draining."},
    functions={"type": "array", "items": TEXT, "minItems": 1, "maxItems": 100},
    max={"type": ["integer", "null"], "minimum": 1, "maximum": 100, "default": 1},
    lease_seconds={"type": ["integer", "null"], "minimum": 10, "maximum": 3600},
    wait={"type": ["number", "null"], "minimum": 0, "maximum": 30, "default": 0},
)
CLAIMED = {
    "allOf": [
        ref("Task"),
        answer(
            lease=answer(token=TEXT, expires_at=TIME, delivery=WHOLE),
            answers=ANY,
            checkpoint=ANY,
            previous_errors=listed(FREE),
        ),
    ]
}


def _batch(
    summary: str, key: str, description: str = "", /, *, extra: Schema, required: tuple[str, ...] = ()
) -> Callable[[PlainView], Callable[..., HttpResponseBase]]:
    """A call that takes leases in a list and answers one entry for each."""
    entry = body("task", "token", *required, **LEASE, **extra)
    items = {"type": "array", "items": entry, "maxItems": 1000}
    said = f"{description} {MORE}".strip()
    answers = answer(results=listed(_result()))
    return api_view(POST=Operation(summary, said, body=body(key, **{key: items}), answer=answers))


def _result() -> Schema:
    more = {
        "expires_at": TIME,
        "directive": one_of("continue", "cancel", "abort"),
        "decision": one_of("retried", "handed_over", "failed", "canceled", "aborted"),
        "retried_by_task_id": optional(ID),
        "result": ANY,
        "errors": {"type": "array"},
    }
    return answer(tuple(more), **RESULT, **more)


@api_view(
    POST=Operation(
        "Claim tasks",
        "The next tasks of these functions, each under a lease. `wait` holds the call until there is one.",
        body=CLAIM,
        answer=answer(tasks=listed(CLAIMED), retry_after={"type": "number"}),
    )
)
def claim(call: Call) -> dict[str, Any]:
    """POST /queue/claim."""
    return queue.claim(call.actor, call.body)


@_batch(
    "Keep leases",
    "leases",
    extra={
        "extend_seconds": {"type": ["integer", "null"], "minimum": 1, "maximum": 3600, "default": 60},
        "progress": body(percent={"type": ["number", "null"]}, message=optional(TEXT)),
        "checkpoint": {**FREE, "description": "At most 64 KB; a later delivery gets it."},
    },
)
def heartbeat(call: Call) -> dict[str, Any]:
    """POST /queue/heartbeat."""
    return queue.heartbeat(call.actor, call.body)


@_batch("Complete tasks", "results", extra={"fields": FREE, "result": ANY, "note": optional(TEXT)})
def complete(call: Call) -> dict[str, Any]:
    """POST /queue/complete."""
    return queue.complete(call.actor, call.body)


@_batch(
    "Report failures",
    "failures",
    "Retry policy and fail-over decide what follows.",
    extra={"error": ERROR, "note": optional(TEXT)},
    required=("error",),
)
def fail(call: Call) -> dict[str, Any]:
    """POST /queue/fail."""
    return queue.fail(call.actor, call.body)


@_batch("Give tasks back", "leases", extra={"start_at": optional(TIME)})
def release(call: Call) -> dict[str, Any]:
    """POST /queue/release."""
    return queue.release(call.actor, call.body)


RATES = answer(last_5_minutes=NUMBER, last_60_minutes=NUMBER)
STATS = answer(
    function=TEXT, ready=WHOLE, scheduled=WHOLE, leased=WHOLE, oldest_ready_age=optional(NUMBER),
    priorities=listed(answer(priority=WHOLE, oldest_ready_age=NUMBER)), throughput=RATES, retries=RATES,
    failures=RATES, workers_last_seen=optional(TIME), unattended_since=optional(TIME),
)  # fmt: skip
WORKER = answer(
    name=optional(TEXT), version=optional(TEXT), functions=listed(TEXT), in_flight=WHOLE, last_seen=TIME, draining=FLAG
)


@api_view(
    GET=Operation(
        "How the queue stands",
        "Of each function of the calling application: what waits (counted up to `counted_to`), the age in seconds of "
        "the oldest ready task, also by priority from the lowest on, and what was completed, retried and failed a "
        "minute. And the workers that were seen in the last day.",
        answer=answer(counted_to=WHOLE, results=listed(STATS), workers=listed(WORKER)),
    )
)
def stats(call: Call) -> dict[str, Any]:
    """GET /queue/stats."""
    return queue.stats(call.actor)


@_batch("Confirm that work was stopped", "leases", extra={"note": optional(TEXT)})
def confirm_cancel(call: Call) -> dict[str, Any]:
    """POST /queue/confirm-cancel."""
    return queue.confirm_cancel(call.actor, call.body)
