"""The queue on PostgreSQL: one statement for a claim, a batch of completions, a batch of heartbeats."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from apps.actors.actor import Actor
from apps.automation.models import Function
from apps.core import statements
from apps.core.ids import uuid7
from apps.core.prepared import made_of
from apps.core.statements import Statement
from apps.tasks import leases
from apps.tasks.models import Task

from . import sql
from .bodies import ClaimRequest, Item, Kept

REPEATABLE_FOR = 300
"""Seconds in which a claim may be repeated."""
Lease = tuple[UUID, bytes]
"""A task, and the hash of the token of a lease of it."""
REPEATABLE = timedelta(seconds=REPEATABLE_FOR)
FLAGS = 3
"""Columns that the claim answers before those of the task."""
BLOCK = hashlib.sha256().block_size
FIELDS = Task._meta.concrete_fields
COLUMNS = [str(field.column) for field in FIELDS]
NAMES = [field.attname for field in FIELDS]


def is_possible() -> bool:
    """Whether statements may stand for services: on PostgreSQL.

    Types with automatic transitions are left to the services by each statement: somebody must hear of their events.
    """
    return statements.are_kept()


def claim(actor: Actor, request: ClaimRequest) -> list[Task] | None:
    """The tasks that this call claimed, in the order of the queue; empty too if the claim was made before.

    None: nothing was claimed, because some of them are of types with automatic transitions, or some functions are not
    of the claim's mode.
    """
    limited, tasks = _claim(actor, request, dict.fromkeys(request.functions, request.most), held=False)
    return _claim_limited(actor, request) if limited else tasks


@transaction.atomic
def _claim_limited(actor: Actor, request: ClaimRequest) -> list[Task] | None:
    """The same where functions have a `max_concurrency`: their rows are held while their leases are counted."""
    named = Function.objects.filter(application=actor.id, name__in=request.functions, max_concurrency__isnull=False)
    limits = dict(named.order_by("name").select_for_update(no_key=True).values_list("name", "max_concurrency"))
    held = leases.held(actor.id, limits)
    mosts = dict.fromkeys(request.functions, request.most)
    for name, limit in limits.items():
        mosts[name] = max(0, min(request.most, (limit or 0) - held.get(name, 0)))
    return _claim(actor, request, mosts, held=True)[1]


def _claim(
    actor: Actor, request: ClaimRequest, mosts: Mapping[str, int], *, held: bool
) -> tuple[bool, list[Task] | None]:
    key = leases.claim_key(actor.id, request.claim).ljust(BLOCK, b"\0")
    parameters = {
        "application": actor.id,
        "actor": str(actor),
        "functions": list(mosts),
        "mosts": list(mosts.values()),
        "held": held,
        "claim": request.claim,
        "kept_claim": request.claim if request.repeatable else None,
        "digest": request.digest,
        "repeatable_for": REPEATABLE_FOR,
        "worker": request.worker,
        "mode": request.mode,
        "lease_seconds": request.lease_seconds,
        "turn": int.from_bytes(hashlib.sha256(key).digest()[:8], signed=True),
        "inner": bytes(byte ^ 0x36 for byte in key),
        "outer": bytes(byte ^ 0x5C for byte in key),
        "steps": steps(request.most),
        "events": [uuid7() for _ in range(request.most)],
    }
    rows = _claim_statement(request.most, request.repeatable).run(parameters)
    limited, settling, foreign = rows[0][:FLAGS]
    limited = bool(limited) and not held
    if foreign or (settling and not limited):
        return False, None
    return limited, [made_of(Task, NAMES, row[FLAGS:]) for row in rows if row[FLAGS] is not None]


@cache
def _claim_statement(most: int, repeatable: bool) -> Statement:
    return Statement(sql.claim_statement(COLUMNS, most=most, repeatable=repeatable))


@cache
def _complete_statement() -> Statement:
    return Statement(sql.complete_statement())


_HEARTBEAT = Statement(sql.HEARTBEAT)


def complete(actor: Actor, items: Sequence[Item], digests: Mapping[int, bytes]) -> set[UUID]:
    """Complete tasks without values or notes; answers the ids of those whose leases were current."""
    items = sorted(items, key=lambda item: str(item.task))  # equal orders of locks: no two calls wait for each other
    results = [item.said.get("result") for item in items]
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
    return {id for (id,) in _complete_statement().run(parameters)}


def heartbeat(actor: Actor, items: Sequence[Item]) -> dict[Lease, Kept]:
    """Extend leases; answers those that are current."""
    items = sorted(items, key=lambda item: str(item.task))
    parameters = {
        "application": actor.id,
        "tasks": [item.task for item in items],
        "tokens": [item.token_hash for item in items],
        "seconds": [item.said["seconds"] for item in items],
        "progress": [_document(item.said["progress"]) for item in items],
        "checkpoints": [_document(item.said["checkpoint"]) for item in items],
    }
    rows = _HEARTBEAT.run(parameters)
    return {(id, bytes(token)): Kept(*kept) for id, token, *kept in rows}


def _document(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def steps(count: int) -> list[int]:
    """By how much each revision rises: steps that tell nothing."""
    return [1 + secrets.randbelow(16) for _ in range(count)]
