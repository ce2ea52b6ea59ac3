"""Applies the decision about a failure (`failure_decision.py`) to a locked task: errors of workers and lost leases."""

import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.automation import failure_decision
from apps.automation.functions import breaker
from apps.automation.models import Function
from apps.containers.type_document.spec import spec_of
from apps.core.errors import Conflict
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access
from apps.tasks.access import TaskPermissions
from apps.tasks.documents import ErrorDocument
from apps.tasks.lifecycle import Status
from apps.tasks.models import Handover, Task
from apps.tasks.services import attempts, notes, outcome, writing
from apps.tasks.services.handovers import opening

DECISIONS: tuple[failure_decision.Outcome, ...] = ("retried", "handed_over", "failed", "canceled")
Columns = Mapping[str, Any]


def end(
    permissions: TaskPermissions, error: ErrorDocument, *, stored: Callable[[str], Columns], may_retry: bool = True
) -> str:
    """Decide and do it; answers the decision. `stored` gives the columns that are stored with each decision."""
    task = permissions.task
    rows = Function.objects.filter(application=task.application_id, name=task.function).annotate(now=Now())
    function: Any = rows.first()
    failover = permissions.spec.failover or (function.failover if function else None)
    decision = failure_decision.decide(
        error,
        policy=function.retry_policy if function and may_retry else None,
        retries=opening.retries_used(task),
        has_failover=bool(failover),
        cancel_requested=task.cancel_requested,
        random=random.random,
    )
    if function is not None and decision.outcome != "canceled":
        breaker.note_failure(function)
    if decision.outcome == "canceled":
        writing.move(task, "confirm_cancel", actor=permissions.actor, error=error, **stored("canceled"))
    elif decision.outcome == "retried":
        start_at = function.now + timedelta(seconds=decision.delay)
        attempts.replace(task, actor=permissions.actor, error=error, start_at=start_at, **stored("retried"))
    elif decision.outcome == "failed" or not _hand_over(permissions, failover or {}, error, stored("handed_over")):
        return _fail(permissions, error, stored("failed"))
    return decision.outcome


@unit_of_work()
def fail_task(
    actor: Actor, name: object, *, error: Mapping[str, Any], note: str | None = None, if_match: str | None = None
) -> Task:
    """An application's failure of a task that it executes without a lease; the same path decides.

    A task that was not started is not retried: it goes to its fail-over target, or fails. Raises NotFound, Forbidden,
    Conflict, Invalid.
    """
    permissions = writing.lock(actor, name, if_match=if_match)
    access.require_asker(permissions, _("fail this task"))
    outcome.require_unleased(permissions.task)
    writing.require_live(permissions.task)
    if note:
        notes.write(permissions, text=note, kind="work_note")
    whole = outcome.check_error(error)
    started = permissions.task.status == Status.IN_PROGRESS
    end(permissions, whole, stored=lambda decision: {}, may_retry=started)
    return permissions.task


@unit_of_work()
def fail_over_task(actor: Actor, name: object, *, if_match: str | None = None) -> Task:
    """Give a task to the people who are named for when its automation fails, without waiting for that.

    Raises NotFound, Forbidden, Conflict (a worker holds it, it is with a person or has ended, nobody can get it).
    """
    permissions = writing.lock(actor, name, if_match=if_match)
    access.require_worker(permissions, _("give this task to people"))
    outcome.require_unleased(permissions.task)
    writing.require_live(permissions.task)
    if not _fail_over_by_hand(permissions.task, actor):
        raise Conflict(_("Nobody is named for this task, or they may not get it."))
    return permissions.task


def _fail_over_by_hand(task: Task, actor: Actor) -> bool:
    failover = _failover_of(task)
    return bool(failover) and bool(
        opening.fail_over(task, failover or {}, error=None, reason=Handover.Reason.FAILED, actor=actor)
    )


def _failover_of(task: Task) -> Columns | None:
    """The fail-over of the task's type, else of its function."""
    function = Function.objects.filter(application=task.application_id, name=task.function).first()
    return spec_of(task.type_version).failover or (function.failover if function else None)


def _hand_over(permissions: TaskPermissions, failover: Columns, error: ErrorDocument, columns: Columns) -> bool:
    """Whether there was somebody to give it to."""
    task, actor = permissions.task, permissions.actor
    if opening.fail_over(task, failover, error=error, reason=Handover.Reason.FAILED, actor=actor) is None:
        return False
    writing.update(task, quiet=True, **columns)
    return True


def _fail(permissions: TaskPermissions, error: ErrorDocument, columns: Columns) -> str:
    outcome.end_with_error(permissions, error, **columns)
    return "failed"


def hand_over_unclaimed(task: Task) -> bool:
    """Give a locked task that nobody claimed in time to its fail-over target; without one it just waits on."""
    failover = _failover_of(task)
    if failover and opening.fail_over(task, failover, error=None, reason=Handover.Reason.UNCLAIMED):
        return True
    writing.update(task, quiet=True, failover_at=None)
    return False
