"""Applies what a failure does (`failures.py`) to a locked task: the one path of workers' errors and lost leases."""

import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.automation import failures
from apps.automation.models import Function
from apps.containers.spec import spec_of
from apps.events.units import unit
from apps.tasks import access
from apps.tasks.access import Standing
from apps.tasks.lifecycle import Status
from apps.tasks.models import Handover, Task
from apps.tasks.services import attempts, handovers, notes, outcome, writing

DECISIONS: tuple[failures.Outcome, ...] = ("retried", "handed_over", "failed", "canceled")
Columns = Mapping[str, Any]


def end(standing: Standing, error: dict[str, Any], *, stored: Callable[[str], Columns], may_retry: bool = True) -> str:
    """Decide and do it; answers the decision. `stored` gives the columns that are stored with each decision."""
    task = standing.task
    rows = Function.objects.filter(application=task.application_id, name=task.function).annotate(now=Now())
    function: Any = rows.first()
    failover = standing.spec.failover or (function.failover if function else None)
    decision = failures.decide(
        error,
        policy=function.retry_policy if function and may_retry else None,
        retries=handovers.retries_used(task),
        has_failover=bool(failover),
        cancel_requested=task.cancel_requested,
        random=random.random,
    )
    if decision.outcome == "canceled":
        writing.move(task, "confirm_cancel", actor=standing.actor, error=error, **stored("canceled"))
    elif decision.outcome == "retried":
        start_at = function.now + timedelta(seconds=decision.delay)
        attempts.replace(task, actor=standing.actor, error=error, start_at=start_at, **stored("retried"))
    elif decision.outcome == "failed" or not _hand_over(standing, failover or {}, error, stored("handed_over")):
        return _fail(standing, error, stored("failed"))
    return decision.outcome


@unit()
def fail_task(
    actor: Actor, name: object, *, error: Mapping[str, Any], note: str | None = None, if_match: str | None = None
) -> Task:
    """An application's failure of a task that it executes without a lease; the same path decides.

    A task that was not started is not retried: it goes to its fail-over target, or fails. Raises NotFound, Forbidden,
    Conflict, Invalid.
    """
    standing = writing.lock(actor, name, if_match=if_match)
    access.require_asker(standing, _("fail this task"))
    outcome.require_unleased(standing.task)
    writing.require_live(standing.task)
    if note:
        notes.write(standing, text=note, kind="work_note")
    whole = outcome.check_error(error)
    started = standing.task.status == Status.IN_PROGRESS
    end(standing, whole, stored=lambda decision: {}, may_retry=started)
    return standing.task


def _hand_over(standing: Standing, failover: Columns, error: dict[str, Any], columns: Columns) -> bool:
    """Whether there was somebody to give it to."""
    task, actor = standing.task, standing.actor
    if handovers.fail_over(task, failover, error=error, reason=Handover.Reason.FAILED, actor=actor) is None:
        return False
    writing.update(task, quiet=True, **columns)
    return True


def _fail(standing: Standing, error: dict[str, Any], columns: Columns) -> str:
    outcome.end_with_error(standing, error, **columns)
    return "failed"


def hand_over_unclaimed(task: Task) -> bool:
    """Give a locked task that nobody claimed in time to its fail-over target; without one it just waits on."""
    function = Function.objects.filter(application=task.application_id, name=task.function).first()
    failover = spec_of(task.type_version).failover or (function.failover if function else None)
    if failover and handovers.fail_over(task, failover, error=None, reason=Handover.Reason.UNCLAIMED):
        return True
    writing.update(task, quiet=True, failover_at=None)
    return False
