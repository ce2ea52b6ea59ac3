"""The sweep: what became due without anybody saying so. Safe on many nodes, and again after a crash.

Every step is compare-and-set: a row that another node holds is left to it, one that changed meanwhile is left alone.
"""

from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from apps.actors.actor import SYSTEM
from apps.automation import failure_decision
from apps.automation.functions import breaker, pausing
from apps.automation.models import Claim, Function
from apps.automation.push import hints
from apps.automation.schedules import ticks
from apps.core import due, wakeups
from apps.events.unit_of_work import unit_of_work
from apps.tasks import leases
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Task, TaskQuerySet
from apps.tasks.services.handovers import timeouts
from apps.tasks.services.scheduled_updates import run as scheduled_updates_run

from . import failure, postgresql, sql
from .requests import REPEATABLE

BATCH = 500
CLAIMS_KEPT = 2 * REPEATABLE


def sweep() -> int:
    """Do all that is due: ends of pauses, ticks, starts, lost leases, breakers, unclaimed tasks, unanswered handovers,
    plans, old claims."""
    return (
        pausing.resume_due()
        + ticks.tick_due()
        + promote()
        + end_lost_leases()
        + breaker.break_due()
        + hand_over_unclaimed()
        + timeouts.remind_due()
        + timeouts.expire_due()
        + scheduled_updates_run.update_due()
        + forget_claims()
    )


def promote(limit: int = BATCH) -> int:
    """Let tasks into the queue whose `start_at` has come."""
    if not postgresql.is_possible() and not leases.late().exists():  # the statement would wait for whoever writes
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql.PROMOTE[connection.vendor], [limit])
        rows = cursor.fetchall()
    for application, function in set(rows):
        wakeups.wake(wakeups.topic("queue", _uuid(application), function))
        hints.when_queued(_uuid(application), function)
    return len(rows)


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def end_lost_leases(limit: int = BATCH) -> int:
    """Decide about leases past their end as about any error (`zombieTaskCleaned`)."""
    lost = leases.expired().order_by("lease_expires_at").values_list("pk", "lease_token")
    return due.work_off(lost[:limit], _end_lost)


@unit_of_work()
def _end_lost(pk: UUID, token: bytes) -> bool:
    """Whether the lease is still that one, still past its end, and is now decided about."""
    task = _lock(leases.expired().filter(pk=pk, lease_token=bytes(token)))
    if task is None:
        return False
    now, deadline = task.now, task.lease_deadline  # type: ignore[attr-defined]
    error = failure_decision.zombie(limit_passed=deadline is not None and deadline <= now)
    failure.end(TaskPermissions(SYSTEM, task), error, stored=lambda decision: {})
    return True


def hand_over_unclaimed(limit: int = BATCH) -> int:
    """Give tasks to people that have been claimable for `failover.after` seconds."""
    return due.work_off(_unclaimed().order_by("failover_at").values_list("pk")[:limit], _hand_over)


def _unclaimed() -> TaskQuerySet:
    """Without those of paused functions, whose clocks stand still."""
    paused = Function.objects.filter(
        application=OuterRef("application"), name=OuterRef("function"), paused_at__isnull=False
    )
    return leases.unclaimed().exclude(Exists(paused))


@unit_of_work()
def _hand_over(pk: UUID) -> bool:
    task = _lock(_unclaimed().filter(pk=pk))
    return task is not None and failure.hand_over_unclaimed(task)


def _lock(rows: TaskQuerySet) -> Task | None:
    return due.lock(rows.annotate(now=Now()).select_related(*Task.RELATED))


def forget_claims(limit: int = BATCH) -> int:
    """Claims that can no longer be repeated. Nothing is written while there are none."""
    old = list(Claim.objects.filter(created_at__lt=Now() - CLAIMS_KEPT).values_list("pk", flat=True)[:limit])
    return Claim.objects.filter(pk__in=old).delete()[0] if old else 0
