"""Claiming: at once, again under the same `claim_id`, or waiting until there is something."""

import hmac
import time
from uuid import uuid4

from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.automation.access import require_application
from apps.automation.models import Claim
from apps.core import shutdown, wakeups
from apps.core.errors import IdempotencyMismatch
from apps.tasks import leases
from apps.tasks.models import Task

from . import portable, postgresql, sweeper, workers
from .claim_response import render
from .requests import REPEATABLE, ClaimRequest, read_claim

LOOK_AGAIN = 0.25
"""Seconds between two looks of a waiting call that heard nothing."""
PROMOTE_AGAIN = 1.0
TRY_LATER = 1.0


def claim(actor: Actor, body: object) -> dict[str, object]:
    """api.md: POST /queue/claim. Raises Forbidden, Invalid, IdempotencyMismatch.

    A worker that is draining gets nothing: it only says so.
    """
    require_application(actor)
    request = read_claim(body)
    workers.note_claim(actor, request)
    if request.draining:
        return {"tasks": [], "retry_after": TRY_LATER}
    tasks = attempt(actor, request)
    waited = False
    if tasks is None and request.wait:
        with wakeups.seat(actor) as seated:
            if seated:
                tasks, waited = _wait(actor, request), True
    rendered = render(actor, request, tasks or [])
    return {"tasks": rendered, "retry_after": 0 if rendered or waited else TRY_LATER}


def claim_to_call(actor: Actor, function: str, *, worker: str, lease_seconds: int) -> dict[str, object] | None:
    """The next task of a push function, under a lease, as a claim answers it; None if there is none."""
    request = ClaimRequest(
        claim=uuid4(),
        repeatable=False,
        worker=worker,
        version=None,
        draining=False,
        functions=[function],
        most=1,
        lease_seconds=lease_seconds,
        wait=0,
        digest=b"",
        mode="push",
    )
    rendered = render(actor, request, attempt(actor, request) or [])
    return rendered[0] if rendered else None


def attempt(actor: Actor, request: ClaimRequest) -> list[Task] | None:
    """The tasks claimed by this call or by the one that it repeats; None if there is nothing to claim yet."""
    tasks = _claim(actor, request)
    if not tasks and request.repeatable:
        repeated = _repeated(actor, request)
        if repeated is not None:
            return repeated
    if not tasks and sweeper.promote():
        tasks = _claim(actor, request)
    return tasks or None


def _claim(actor: Actor, request: ClaimRequest) -> list[Task]:
    tasks = postgresql.claim(actor, request) if postgresql.is_possible() else None
    return portable.claim(actor, request) if tasks is None else tasks


def _repeated(actor: Actor, request: ClaimRequest) -> list[Task] | None:
    """What is left of the claim made before under this `claim_id`. Raises IdempotencyMismatch for another body."""
    fresh = Claim.objects.filter(created_at__gte=Now() - REPEATABLE)
    known = fresh.filter(application=actor.id, claim_id=request.claim).first()
    if known is None:
        return None
    if not hmac.compare_digest(bytes(known.digest), request.digest):
        raise IdempotencyMismatch(_("This claim_id was used with another body."))
    return list(leases.of_claim(actor.id, request.claim))


def _wait(actor: Actor, request: ClaimRequest) -> list[Task] | None:
    """Look again whenever something was queued, without holding a connection meanwhile."""
    topics = [topic(actor, name) for name in request.functions]
    end = time.monotonic() + request.wait
    promoted = time.monotonic()
    while (left := end - time.monotonic()) > 0 and not shutdown.stopping.is_set():
        heard = wakeups.count_of(topics)
        if time.monotonic() - promoted > PROMOTE_AGAIN:
            promoted = time.monotonic()
            sweeper.promote()
        if portable.is_ready(actor, request):
            tasks = attempt(actor, request)
            if tasks is not None:
                return tasks
        if not connection.in_atomic_block:
            connection.close()
        wakeups.wait(topics, heard, min(left, LOOK_AGAIN))
    return None


def topic(actor: Actor, function: str) -> str:
    """What is rung when a task of the function is queued (`services/writing.py`)."""
    return wakeups.topic("queue", actor.id, function)
