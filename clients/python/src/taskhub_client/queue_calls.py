"""The worker protocol, call by call. A claim is repeatable by its `claim_id`, the rest by the lease's token."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from .errors import LeaseLost, refusal
from .protocol import Call, Reply
from .shapes import Claim, ItemResult, Json, JsonObject

GONE = frozenset({"lease_superseded", "already_ended", "not_found"})
"""The codes after which this worker must not write to the task any more."""


def claim(
    functions: Sequence[str],
    *,
    worker: str | None = None,
    max: int = 1,
    lease_seconds: int | None = None,
    wait: float = 0,
    claim_id: str | None = None,
    version: str | None = None,
) -> Call[Claim]:
    """The next tasks of these functions, each under a lease; `wait` holds the call until there is one."""
    body: Json = {"claim_id": claim_id or str(uuid.uuid4()), "functions": list(functions), "max": max, "wait": wait}
    more = {"worker": worker, "version": version, "lease_seconds": lease_seconds}
    body |= {name: value for name, value in more.items() if value is not None}
    return Call("POST", "/queue/claim", _claim, body=body, holds=wait)


def drain(functions: Sequence[str], *, worker: str) -> Call[Claim]:
    """Announce that a worker takes no more tasks."""
    body = {"functions": list(functions), "worker": worker, "draining": True}
    return Call("POST", "/queue/claim", _claim, body=body)


def heartbeat(leases: Sequence[JsonObject], *, within: float | None = None) -> Call[list[ItemResult]]:
    """Renew leases: `{task, token, extend_seconds, progress, checkpoint}`; one result for each, in order."""
    return replace(_batch("heartbeat", "leases", leases), within=within)


def complete(results: Sequence[JsonObject]) -> Call[list[ItemResult]]:
    """Complete tasks: `{task, token, fields, result, note}`."""
    return _batch("complete", "results", results)


def fail(failures: Sequence[JsonObject]) -> Call[list[ItemResult]]:
    """Report errors: `{task, token, error, note}`; each result has the `decision`."""
    return _batch("fail", "failures", failures)


def release(leases: Sequence[JsonObject]) -> Call[list[ItemResult]]:
    """Give tasks back: `{task, token, start_at}`."""
    return _batch("release", "leases", leases)


def confirm_cancel(leases: Sequence[JsonObject]) -> Call[list[ItemResult]]:
    """Confirm that work was stopped: `{task, token, note}`."""
    return _batch("confirm-cancel", "leases", leases)


def single(call: Call[list[ItemResult]]) -> Call[ItemResult]:
    """The same call for its one item: raises LeaseLost or Refused if the item was refused."""
    return Call(call.method, call.path, lambda reply: accepted(call.read(reply)[0], reply.request_id), call.body)


def accepted(result: ItemResult, request_id: str | None = None) -> ItemResult:
    """The result of an item that went well. Raises LeaseLost, Refused."""
    if result["ok"]:
        return result
    if result["code"] in GONE:
        raise LeaseLost(result, request_id=request_id)
    raise refusal(result, status=int(result["status"]), request_id=request_id)


def _batch(action: str, name: str, items: Sequence[JsonObject]) -> Call[list[ItemResult]]:
    return Call("POST", f"/queue/{action}", _results, body={name: list(items)})


def _results(reply: Reply) -> list[ItemResult]:
    return list(reply.document()["results"])


def _claim(reply: Reply) -> Claim:
    """The claim; each lease has the seconds for which it holds from now, by the clock of TaskHub."""
    claim = cast(Claim, reply.document())
    for task in claim["tasks"]:
        lease = task["lease"]
        end = datetime.fromisoformat(lease["expires_at"])
        lease["seconds"] = max(1, round((end - reply.time).total_seconds()))
    return claim
