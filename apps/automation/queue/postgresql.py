"""The queue on PostgreSQL: one statement for a claim, a batch of completions, a batch of heartbeats."""

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import NamedTuple
from uuid import UUID

import orjson

from apps.actors.actor import Actor
from apps.automation.models import Function
from apps.core import background
from apps.core.ids import uuid7
from apps.core.sql import statements
from apps.core.sql.prepared import made_of
from apps.core.sql.statements import Statement
from apps.events.unit_of_work import unit_of_work
from apps.tasks import leases
from apps.tasks.models import Task

from . import portable, sql
from .requests import REPEATABLE_FOR, ClaimRequest, ExtendedLease, Item, in_queue_order

Lease = tuple[UUID, bytes]
"""A task, and the hash of the token of a lease of it."""
BLOCK = hashlib.sha256().block_size
FIELDS = Task._meta.concrete_fields
COLUMNS = [str(field.column) for field in FIELDS]
NAMES = [field.attname for field in FIELDS]


def is_possible() -> bool:
    """Whether statements may stand for services: on PostgreSQL.

    Rows whose changes must be heard inside the transaction (`sql.HEARD`) are left to the services in any case.
    """
    return statements.are_prepared()


def _hint_dispatch(moved: Collection[object]) -> None:
    """The statements append their events by themselves: the dispatch hears of them as by `log.record_all`."""
    if moved:
        background.enqueue("events.dispatch")


# --- Claim ------------------------------------------------------------------------------------------------


class Claimed(NamedTuple):
    """What the statement of a claim answered."""

    needs_unit: bool
    """Nothing was claimed: functions limit their concurrency, or services must move some of the rows."""
    foreign_mode: bool
    """Nothing was claimed: some of the functions are not of the claim's mode."""
    for_services: list[UUID]
    """Locked tasks of this claim that are still to be moved by services."""
    tasks: list[Task]


def claim(actor: Actor, request: ClaimRequest) -> list[Task] | None:
    """The tasks that this call claimed, in the order of the queue; empty too if the claim was made before.

    One statement, and no transaction around it, unless functions limit their concurrency or some of the tasks must be
    heard of inside the transaction. None: nothing was claimed, because some functions are not of the claim's mode.
    """
    claimed = _claim(actor, request, dict.fromkeys(request.functions, request.most), in_unit=False)
    if claimed.foreign_mode:
        return None
    return _claim_in_unit(actor, request) if claimed.needs_unit else claimed.tasks


@unit_of_work()
def _claim_in_unit(actor: Actor, request: ClaimRequest) -> list[Task] | None:
    """The same where functions have a `max_concurrency`, whose rows are locked while their leases are counted; and
    where services must move some of the tasks."""
    named = Function.objects.filter(application=actor.id, name__in=request.functions, max_concurrency__isnull=False)
    limits = dict(named.order_by("name").select_for_update(no_key=True).values_list("name", "max_concurrency"))
    held = leases.held(actor.id, limits) if limits else {}
    mosts = dict.fromkeys(request.functions, request.most)
    for name, limit in limits.items():
        mosts[name] = max(0, min(request.most, (limit or 0) - held.get(name, 0)))
    claimed = _claim(actor, request, mosts, in_unit=True)
    if claimed.foreign_mode:
        return None
    return in_queue_order([*claimed.tasks, *portable.lease(actor, request, claimed.for_services)])


def _claim(actor: Actor, request: ClaimRequest, mosts: Mapping[str, int], *, in_unit: bool) -> Claimed:
    key = leases.claim_key(actor.id, request.claim).ljust(BLOCK, b"\0")
    parameters = {
        "application": actor.id,
        "actor": str(actor),
        "functions": list(mosts),
        "mosts": list(mosts.values()),
        "in_unit": in_unit,
        "claim": request.claim,
        "stored_claim": request.claim if request.repeatable else None,
        "digest": request.digest,
        "repeatable_for": REPEATABLE_FOR,
        "worker": request.worker,
        "mode": request.mode,
        "lease_seconds": request.lease_seconds,
        "call_lock": int.from_bytes(hashlib.sha256(key).digest()[:8], signed=True),
        "inner": bytes(byte ^ 0x36 for byte in key),
        "outer": bytes(byte ^ 0x5C for byte in key),
        "steps": steps(request.most),
        "events": [uuid7() for _ in range(request.most)],
    }
    rows = _claim_statement(request.most, request.repeatable).run(parameters)
    needs_unit, foreign_mode, for_services, first_id, *_ = rows[0]
    moved = [] if first_id is None else [made_of(Task, NAMES, row[3:]) for row in rows]
    _hint_dispatch(moved)
    return Claimed(needs_unit, foreign_mode, for_services or [], moved)


@cache
def _claim_statement(most: int, repeatable: bool) -> Statement:
    return Statement(sql.claim_statement(COLUMNS, most=most, repeatable=repeatable))


@cache
def _complete_statement() -> Statement:
    return Statement(sql.complete_statement())


# --- Complete and heartbeat -------------------------------------------------------------------------------


def complete(actor: Actor, items: Sequence[Item], digests: Mapping[int, bytes]) -> set[UUID]:
    """Complete tasks without values or notes; answers the ids of those that it completed."""
    items = sorted(items, key=lambda item: str(item.task))  # equal orders of locks: no two calls wait for each other
    results = [item.values.get("result") for item in items]
    parameters = {
        "application": actor.id,
        "actor": str(actor),
        "tasks": [item.task for item in items],
        "tokens": [item.token_hash for item in items],
        "results": [None if result is None else orjson.dumps(result).decode() for result in results],
        "digests": [digests[item.index] for item in items],
        "steps": steps(len(items)),
        "events": [uuid7() for _ in items],
    }
    ended = {id for (id,) in _complete_statement().run(parameters)}
    _hint_dispatch(ended)
    return ended


_HEARTBEAT = Statement(sql.HEARTBEAT)


def heartbeat(actor: Actor, items: Sequence[Item]) -> dict[Lease, ExtendedLease]:
    """Extend leases; answers those that are current."""
    items = sorted(items, key=lambda item: str(item.task))
    parameters = {
        "application": actor.id,
        "tasks": [item.task for item in items],
        "tokens": [item.token_hash for item in items],
        "seconds": [item.values["seconds"] for item in items],
        "progress": [_document(item.values["progress"]) for item in items],
        "checkpoints": [_document(item.values["checkpoint"]) for item in items],
    }
    rows = _HEARTBEAT.run(parameters)
    return {(id, bytes(token)): ExtendedLease(*lease) for id, token, *lease in rows}


def _document(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def steps(count: int) -> list[int]:
    """By how much each revision rises: steps that tell nothing."""
    return [1 + secrets.randbelow(16) for _ in range(count)]
