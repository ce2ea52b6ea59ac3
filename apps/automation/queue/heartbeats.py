"""Extending leases: their end moves on, progress and checkpoint are stored, the answer tells the worker what to do."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.codes import Code
from apps.core.errors import Conflict, NotFound
from apps.core.shapes import FreeObject, Number, Object, Text, Whole
from apps.core.timestamps import format_timestamp
from apps.tasks import access, leases

from . import portable, postgresql, workers
from .requests import ExtendedLease, Item, Result, attempt, batch, done

LARGEST_CHECKPOINT = 64 * 1024
LONGEST_MESSAGE = 500
USUAL_SECONDS = 60
HEARTBEATS = batch(
    "leases",
    "Heartbeats",
    extend_seconds=Whole(1, 3600, description=f"{USUAL_SECONDS} if left out."),
    progress=Object(
        {"percent": Number(0, 100), "message": Text(LONGEST_MESSAGE, blank=True)}, name="ProgressBody",
        about="How far the work is.", drops_null=True,
    ),
    checkpoint=FreeObject(description="At most 64 KB; a later delivery gets it."),
)  # fmt: skip


def heartbeat(actor: Actor, body: object) -> list[Result]:
    """api.md: POST /queue/heartbeat. A lease that is past its end but not decided about yet is extended too."""
    items = HEARTBEATS.read(body)
    results = {item.index: attempt(item, _read) for item in items}
    readable = [item for item in items if results[item.index]["ok"]]
    extended = _extend_batch(actor, readable)
    workers.note_heartbeats(actor, extended.values())
    for item in readable:
        results[item.index] = attempt(item, lambda item: _answer(actor, item, extended))
    return [results[item.index] for item in items]


def _read(item: Item) -> Result:
    body = item.body
    progress, checkpoint = body.get("progress"), body.get("checkpoint")
    if checkpoint and len(orjson.dumps(checkpoint)) > LARGEST_CHECKPOINT:
        body.wrong("checkpoint", _("Must have at most %s bytes.") % LARGEST_CHECKPOINT, code="too_large")
    item.finish()
    item.values = {
        "seconds": body.get("extend_seconds", USUAL_SECONDS),
        "progress": None if progress is None else {"percent": None, "message": None, **progress},
        "checkpoint": checkpoint,
    }
    return done(item)


def _extend_batch(actor: Actor, items: Sequence[Item]) -> dict[postgresql.Lease, ExtendedLease]:
    """One statement for the batch where that is possible. A lease that is named twice is extended by its last entry."""
    if not items or not postgresql.is_possible():
        return {}
    by_lease = {(item.task, item.token_hash): item for item in items if item.task}
    return postgresql.heartbeat(actor, list(by_lease.values()))


def _answer(actor: Actor, item: Item, extended: Mapping[postgresql.Lease, ExtendedLease]) -> Result:
    lease = extended.get((item.task, item.token_hash)) if item.task else None
    if lease is None:
        lease = portable.heartbeat(actor, item)
        if lease is None:
            raise refusal(actor, item)
        workers.note_heartbeats(actor, [lease])
    directive = "cancel" if lease.cancel else "abort" if lease.late else "continue"
    return done(item, expires_at=format_timestamp(lease.end), directive=directive)


@transaction.atomic
def accept(actor: Actor, task: UUID, token: str, *, lease_seconds: int) -> bool:
    """Who was called goes on with the task by itself: the lease lasts until the time limit, or for `lease_seconds`.

    Whether the lease is still current.
    """
    mine = leases.current(actor.id, task, leases.token_hash(token))
    held: Any = mine.annotate(now=Now()).select_for_update().first()
    if held is None:
        return False
    end = held.lease_deadline or held.now + timedelta(seconds=lease_seconds)
    return bool(mine.update(lease_expires_at=end))


def refusal(actor: Actor, item: Item) -> Exception:
    """Why a lease is not extended: the task is not there for this application, or it is somebody else's by now."""
    try:
        mine = access.get_task(actor, str(item.task)).application_id == actor.id
    except NotFound:
        mine = False
    if not mine:
        return NotFound(_("There is no such task."))
    return Conflict(_("The lease has been superseded: the task is no longer yours."), code=Code.LEASE_SUPERSEDED)
