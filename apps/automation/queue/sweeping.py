"""The sweep: what became due without anybody saying so. Safe on many nodes, and again after a crash.

Every step is compare-and-set: a row that another node holds is left to it, one that changed meanwhile is left alone.
"""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models.functions import Now

from apps.actors.actor import SYSTEM
from apps.automation import failures, ticking
from apps.automation.models import Claim
from apps.automation.push import hints
from apps.core import listen
from apps.core.errors import Conflict
from apps.events.units import unit
from apps.tasks import access, leases
from apps.tasks.access import Standing
from apps.tasks.models import Task, TaskQuerySet
from apps.tasks.services import planned, timeouts

from . import failing, fast, sql

logger = logging.getLogger(__name__)

BATCH = 500
CLAIMS_KEPT = timedelta(seconds=2 * fast.REPEATABLE_FOR)


def sweep() -> int:
    """Do all that is due: ticks, starts, lost leases, unclaimed tasks, unanswered handovers, plans, old claims."""
    return (
        ticking.tick_due()
        + promote()
        + end_lost_leases()
        + hand_over_unclaimed()
        + timeouts.remind_due()
        + timeouts.expire_due()
        + planned.update_due()
        + forget_claims()
    )


def promote(limit: int = BATCH) -> int:
    """Let tasks into the queue whose `start_at` has come."""
    if not fast.is_possible() and not leases.late().exists():  # the statement would wait for whoever writes
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql.PROMOTE[connection.vendor], [limit])
        rows = cursor.fetchall()
    for application, function in set(rows):
        listen.ring(listen.topic("queue", _uuid(application), function))
        hints.when_queued(_uuid(application), function)
    return len(rows)


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def end_lost_leases(limit: int = BATCH) -> int:
    """Decide about leases past their end as about any error (`zombieTaskCleaned`)."""
    lost = list(leases.expired().values_list("pk", "lease_token")[:limit])
    return sum(_attempt(_end_lost, pk, bytes(token or b"")) for pk, token in lost)


@unit()
def _end_lost(pk: UUID, token: bytes) -> bool:
    """Whether the lease is still that one, still past its end, and is now decided about."""
    task = _held(leases.expired().filter(pk=pk, lease_token=token))
    if task is None:
        return False
    now, deadline = task.now, task.lease_deadline  # type: ignore[attr-defined]
    error = failures.zombie(limit_passed=deadline is not None and deadline <= now)
    failing.end(Standing(SYSTEM, task), error, stored=lambda decision: {})
    return True


def hand_over_unclaimed(limit: int = BATCH) -> int:
    """Give tasks to people that have been claimable for `failover.after` seconds."""
    late = list(leases.unclaimed().values_list("pk", flat=True)[:limit])
    return sum(_attempt(_hand_over, pk) for pk in late)


@unit()
def _hand_over(pk: UUID) -> bool:
    task = _held(leases.unclaimed().filter(pk=pk))
    return task is not None and failing.hand_over_unclaimed(task)


def _held(rows: TaskQuerySet) -> Task | None:
    """The row, held until the end of the transaction; None if it is not so any more, or another node holds it."""
    rows = rows.annotate(now=Now()).select_related(*access.RELATED)
    return rows.select_for_update(skip_locked=True, of=("self",)).first()


def _attempt(act: Any, *arguments: Any) -> int:
    """One row that cannot be decided about does not keep the others from it."""
    try:
        return int(act(*arguments))
    except Conflict:
        return 0
    except Exception:
        logger.exception("A task could not be swept; it stays due")
        return 0


def forget_claims(limit: int = BATCH) -> int:
    """Claims that can no longer be repeated. Nothing is written while there are none."""
    old = list(Claim.objects.filter(created_at__lt=Now() - CLAIMS_KEPT).values_list("pk", flat=True)[:limit])
    return Claim.objects.filter(pk__in=old).delete()[0] if old else 0
