"""Start, complete, cancel and reopen without a lease; the worker's outcomes build on the same moves."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.errors import Conflict, Invalid
from apps.events import verbs
from apps.events.units import unit
from apps.tasks import access
from apps.tasks.access import Standing
from apps.tasks.lifecycle import Status
from apps.tasks.models import Handover, Task

from . import answers, notes, values, writing


@unit()
def start_task(actor: Actor, name: object, *, if_match: str | None = None) -> Task:
    """Begin to execute it without a lease. Raises NotFound, Forbidden, Conflict (not new, or not due yet)."""
    standing = writing.lock(actor, name, if_match=if_match)
    access.require_asker(standing, _("start this task"))
    begin(standing)
    return standing.task


def begin(standing: Standing) -> None:
    """Start the locked task without a lease. Raises Conflict (not new, or not due yet)."""
    if not is_due(standing.task):
        raise Conflict(_("The task starts later: its start_at has not come."))
    writing.move(standing.task, "start", actor=standing.actor)


def is_due(task: Task) -> bool:
    """Whether its `start_at` has come."""
    return task.start_at <= timezone.now()


@unit()
def complete_task(
    actor: Actor,
    name: object,
    *,
    fields: Mapping[str, Any] | None = None,
    result: Any = None,
    note: str | None = None,
    if_match: str | None = None,
) -> Task:
    """Done, without a lease ("find and update"). Raises NotFound, Forbidden, Conflict, SchemaViolation."""
    standing = writing.lock(actor, name, if_match=if_match)
    access.require_asker(standing, _("complete this task"))
    require_unleased(standing.task)
    if fields:
        values.require_writable(standing, fields)
    finish(standing, fields=fields, result=result, note=note)
    return standing.task


def finish(
    standing: Standing, *, fields: Mapping[str, Any] | None, result: Any, note: str | None, **columns: Any
) -> None:
    """Complete the locked task: values, result, note, event. The caller has authorised and checked the lease."""
    task, actor = standing.task, standing.actor
    if fields:
        after = values.merged(standing, fields)
        writing.emit(task, verbs.TASK_UPDATED, actor=actor, changes=values.changes(task.fields, after))
        columns["fields"] = after
    if note:
        notes.write(standing, text=note, kind="work_note")
    writing.move(task, "complete", actor=actor, result=result, error=None, **columns)


def require_unleased(task: Task) -> None:
    """Raises Conflict if a worker or a person has the task."""
    if task.is_leased:
        raise Conflict(_("A worker holds the task: complete it through the queue, with its lease."))
    if task.status == Status.HANDED_OVER:
        raise Conflict(_("A person has the task: withdraw the handover first."))


def end_with_error(standing: Standing, error: Mapping[str, Any], **columns: Any) -> None:
    """`failed`, and the `task.failed` event."""
    task, actor = standing.task, standing.actor
    writing.emit_failed(task, error, actor=actor)
    writing.move(task, "fail", actor=actor, error=dict(error), **columns)


@unit()
def cancel_task(actor: Actor, name: object, *, note: str | None = None, if_match: str | None = None) -> Task:
    """Revoke it. What executes is asked to stop (`cancel_requested`) and confirms; the rest ends at once.

    Raises NotFound, Forbidden, Conflict (ended).
    """
    standing = writing.lock(actor, name, if_match=if_match)
    if not access.may_cancel(standing):
        access.require_worker(standing, _("cancel this task"))
    writing.require_live(standing.task)
    if note:
        notes.write(standing, text=note, kind="work_note" if standing.works_on_it else "comment")
    _cancel(standing)
    return standing.task


def _cancel(standing: Standing) -> None:
    task, actor = standing.task, standing.actor
    if task.status == Status.IN_PROGRESS and (task.is_leased or not standing.is_asker):
        if not task.cancel_requested:
            writing.emit(task, verbs.TASK_UPDATED, actor=actor, changes={"cancel_requested": [False, True]})
            writing.update(task, cancel_requested=True)
        return
    if standing.handover:
        answers.close(standing, standing.handover, Handover.State.WITHDRAWN)
    writing.move(task, "confirm_cancel" if task.status == Status.IN_PROGRESS else "cancel", actor=actor)


@unit()
def reopen_task(actor: Actor, name: object, *, if_match: str | None = None) -> Task:
    """Back to new. Raises NotFound, Forbidden, Conflict (it has not ended, or was retried)."""
    standing = writing.lock(actor, name, if_match=if_match)
    access.require_worker(standing, _("reopen this task"))
    reopen(standing)
    return standing.task


def reopen(standing: Standing) -> None:
    """The locked task starts again, with retries afresh."""
    fresh: dict[str, Any] = {"error": None, "result": None, "retry_base": len(standing.task.retry_for_task_ids)}
    writing.move(standing.task, "reopen", actor=standing.actor, **fresh)


def check_error(error: Mapping[str, Any]) -> dict[str, Any]:
    """The error in full form. Raises Invalid."""
    if not error.get("name"):
        raise Invalid.at("/error/name", _("An error has a name."))
    return {"type": None, "message": "", "recoverable": True, "details": None, "retry_after_seconds": None, **error}
