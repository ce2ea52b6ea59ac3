"""`/queue`: the worker protocol. Plain views: claims and outcomes are the hot paths of TaskHub."""

from collections.abc import Callable

from django.http.response import HttpResponseBase

from apps.automation import queue
from apps.automation.queue.requests import Batch
from apps.core.json_types import JsonObject

from .components import ANSWER, DETAIL, ERROR_CODE, TASK_ERROR, TASK_KEYS
from .function_views import Call, Operation, PlainView, api_view
from .schemas import (
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
    component,
    listed,
    maybe,
    one_of,
    optional,
)  # fmt: skip

MORE = "Each answer of a batch has a status of its own; one bad item never spoils the others."
RESULT = {
    "task": optional(TEXT), "ok": FLAG, "status": WHOLE, "code": maybe(ERROR_CODE), "detail": optional(TEXT),
    "errors": listed(DETAIL),
}  # fmt: skip
LEASE = component("Lease", answer(token=TEXT, expires_at=TIME, delivery=WHOLE))
CLAIMED = component(
    "ClaimedTask",
    answer(
        **TASK_KEYS,
        lease=LEASE,
        answers={**maybe(ANSWER), "description": "The last answer of a person; null if nobody ever answered."},
        checkpoint={**optional(FREE), "description": "What the last heartbeat stored."},
        previous_errors=listed(TASK_ERROR),
    ),
)
CLAIM = component(
    "Claim",
    answer(tasks=listed(CLAIMED), retry_after={**NUMBER, "description": "Seconds after which to ask again."}),
)


def _batch(
    name: str, summary: str, batch: Batch, description: str = "", **more: Schema
) -> Callable[[PlainView], Callable[..., HttpResponseBase]]:
    """A call that takes leases in a list and answers one entry for each, with `more` keys of those that were done."""
    noun = batch.name.removesuffix("Body").removesuffix("s")
    result = component(f"{noun}Result", answer(("errors", *more), **RESULT, **more))
    results = component(f"{noun}Results", answer(results=listed(result)))
    return api_view(POST=Operation(name, summary, f"{description} {MORE}".strip(), body=batch.shape, answer=results))


@api_view(
    POST=Operation(
        "claim_tasks",
        "Claim tasks",
        "The next tasks of these functions, each under a lease. `wait` holds the call until there is one.",
        body=queue.CLAIM,
        answer=CLAIM,
    )
)
def claim(call: Call) -> JsonObject:
    """POST /queue/claim."""
    return queue.claim(call.actor, call.body)


@_batch(
    "extend_leases", "Keep leases", queue.HEARTBEATS, expires_at=TIME, directive=one_of("continue", "cancel", "abort")
)
def heartbeat(call: Call) -> JsonObject:
    """POST /queue/heartbeat."""
    return queue.heartbeat(call.actor, call.body)


@_batch("complete_leases", "Complete tasks", queue.COMPLETIONS, result=ANY)
def complete(call: Call) -> JsonObject:
    """POST /queue/complete."""
    return queue.complete(call.actor, call.body)


@_batch(
    "fail_leases",
    "Report failures",
    queue.FAILURES,
    "Retry policy and fail-over decide what follows.",
    decision=one_of("retried", "handed_over", "failed", "canceled", "aborted"),
    retried_by_task_id=optional(ID),
)
def fail(call: Call) -> JsonObject:
    """POST /queue/fail."""
    return queue.fail(call.actor, call.body)


@_batch("release_leases", "Give tasks back", queue.RELEASES)
def release(call: Call) -> JsonObject:
    """POST /queue/release."""
    return queue.release(call.actor, call.body)


@_batch("confirm_cancels", "Confirm that work was stopped", queue.CONFIRMATIONS)
def confirm_cancel(call: Call) -> JsonObject:
    """POST /queue/confirm-cancel."""
    return queue.confirm_cancel(call.actor, call.body)


RATES = component("Rates", answer(last_5_minutes=NUMBER, last_60_minutes=NUMBER))
WAITING = component("WaitingPriority", answer(priority=WHOLE, oldest_ready_age=NUMBER))
STATS = component("FunctionStats", answer(
    function=TEXT, ready=WHOLE, scheduled=WHOLE, leased=WHOLE, oldest_ready_age=optional(NUMBER),
    priorities=listed(WAITING), throughput=RATES, retries=RATES,
    failures=RATES, failovers=RATES, skips=RATES, workers_last_seen=optional(TIME), unattended_since=optional(TIME),
    paused_since=optional(TIME), schedule_failing_since=optional(TIME),
))  # fmt: skip
WORKER = component(
    "Worker",
    answer(
        name=optional(TEXT),
        version=optional(TEXT),
        functions=listed(TEXT),
        in_flight=WHOLE,
        last_seen=TIME,
        draining=FLAG,
    ),
)
QUEUE_STATS = component("QueueStats", answer(counted_to=WHOLE, results=listed(STATS), workers=listed(WORKER)))


@api_view(
    GET=Operation(
        "get_queue_stats",
        "How the queue stands",
        "Of each function of the calling application: what waits (counted up to `counted_to`), the age in seconds of "
        "the oldest ready task, also by priority from the lowest on, and what was completed, retried and failed a "
        "minute. And the workers that were seen in the last day.",
        answer=QUEUE_STATS,
    )
)
def stats(call: Call) -> JsonObject:
    """GET /queue/stats."""
    return queue.stats(call.actor)
