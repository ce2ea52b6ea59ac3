"""Keeping leases: their end moves on, progress and checkpoint are stored, and the worker hears what to do."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.body import Body
from apps.core.errors import Conflict, NotFound
from apps.tasks import access, leases
from apps.tasks.rendering import when

from . import fast, ordinary, workers
from .bodies import Item, Kept, read_items, read_number
from .results import Result, attempt, done

LARGEST_CHECKPOINT = 64 * 1024
LONGEST_MESSAGE = 500
USUAL_SECONDS = 60


def heartbeat(actor: Actor, body: object) -> list[Result]:
    """api.md: POST /queue/heartbeat. A lease that is past its end but not decided about is kept as well."""
    items = read_items(body, "leases")
    results = {item.index: attempt(item, _read) for item in items}
    readable = [item for item in items if results[item.index]["ok"]]
    kept = _keep_quickly(actor, readable)
    workers.note_heartbeats(actor, kept.values())
    for item in readable:
        results[item.index] = attempt(item, lambda item: _answer(actor, item, kept))
    return [results[item.index] for item in items]


def _read(item: Item) -> Result:
    body = item.body
    seconds = body.whole("extend_seconds", least=1, most=3600, default=USUAL_SECONDS)
    progress, checkpoint = body.inner("progress"), body.inner("checkpoint")
    item.said |= {"seconds": seconds, "progress": None, "checkpoint": None}
    if progress:
        item.said["progress"] = _read_progress(progress)
    if checkpoint:
        item.said["checkpoint"] = checkpoint.value
        if len(orjson.dumps(checkpoint.value)) > LARGEST_CHECKPOINT:
            body.wrong("checkpoint", _("Must have at most %s bytes.") % LARGEST_CHECKPOINT, code="too_large")
    item.finish()
    return done(item)


def _read_progress(body: Body) -> dict[str, Any]:
    progress = {
        "percent": read_number(body, "percent", least=0, most=100),
        "message": body.text("message", most=LONGEST_MESSAGE, blank=True),
    }
    body.refuse_unknown()
    return progress


def _keep_quickly(actor: Actor, items: Sequence[Item]) -> dict[fast.Lease, Kept]:
    """One statement for the batch where that is possible. A lease that is named twice is kept by its last mention."""
    if not items or not fast.is_possible():
        return {}
    by_lease = {(item.task, item.token_hash): item for item in items if item.task}
    return fast.heartbeat(actor, list(by_lease.values()))


def _answer(actor: Actor, item: Item, quickly: Mapping[fast.Lease, Kept]) -> Result:
    kept = quickly.get((item.task, item.token_hash)) if item.task else None
    if kept is None:
        kept = ordinary.heartbeat(actor, item)
        if kept is None:
            raise refusal(actor, item)
        workers.note_heartbeats(actor, [kept])
    directive = "cancel" if kept.cancel else "abort" if kept.late else "continue"
    return done(item, expires_at=when(kept.end), directive=directive)


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
    """Why a lease is not kept: the task is not there for this application, or it is somebody else's by now."""
    try:
        mine = access.get_task(actor, str(item.task)).application_id == actor.id
    except NotFound:
        mine = False
    if not mine:
        return NotFound(_("There is no such task."))
    return Conflict(_("The lease has been superseded: the task is no longer yours."), code="lease_superseded")
