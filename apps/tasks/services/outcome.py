"""Start, complete, cancel and reopen without a lease; the worker's outcomes build on the same moves."""

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.errors import Conflict, errors_under
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.shapes import reads
from apps.events import event_types
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, bodies
from apps.tasks.access import TaskPermissions
from apps.tasks.documents import ErrorDocument
from apps.tasks.lifecycle import Status
from apps.tasks.models import PREVIOUS_ERRORS, SKIPPED_NAME, Handover, Task

from . import notes, values, writing
from .handovers import answer


@unit_of_work()
def start_task(actor: Actor, name: object, *, if_match: str | None = None) -> Task:
    """Begin to execute it without a lease. Raises NotFound, Forbidden, Conflict (not new, or not due yet)."""
    permissions = writing.lock(actor, name, if_match=if_match)
    access.require_asker(permissions, _("start this task"))
    begin(permissions)
    return permissions.task


def begin(permissions: TaskPermissions) -> None:
    """Start the locked task without a lease. Raises Conflict (not new, or not due yet)."""
    if not is_due(permissions.task):
        raise Conflict(_("The task starts later: its start_at has not come."))
    writing.move(permissions.task, "start", actor=permissions.actor)


def is_due(task: Task) -> bool:
    """Whether its `start_at` has come."""
    return task.start_at <= timezone.now()


@reads(bodies.COMPLETE)
@unit_of_work()
def complete_task(
    actor: Actor,
    name: object,
    *,
    fields: JsonMapping | None = None,
    result: Json = None,
    note: str | None = None,
    if_match: str | None = None,
) -> Task:
    """Done, without a lease ("find and update"). Raises NotFound, Forbidden, Conflict, SchemaViolation."""
    permissions = writing.lock(actor, name, if_match=if_match)
    access.require_asker(permissions, _("complete this task"))
    writing.require_live(permissions.task)
    require_unleased(permissions.task)
    if fields:
        access.require_writable(permissions, fields)
    finish(permissions, fields=fields, result=result, note=note)
    return permissions.task


def finish(
    permissions: TaskPermissions, *, fields: JsonMapping | None, result: Json, note: str | None, **columns: Json
) -> None:
    """Complete the locked task: values, result, note, event. The caller has authorised and checked the lease."""
    task, actor = permissions.task, permissions.actor
    if fields:
        after = values.merged(permissions, fields)
        writing.emit(task, event_types.TASK_UPDATED, actor=actor, changes=values.changes(task.fields, after))
        columns["fields"] = after
    values.require_whole(permissions, columns.get("fields", task.fields))
    if note:
        notes.write(permissions, text=note, kind="work_note")
    writing.move(task, "complete", actor=actor, result=result, error=None, **columns)


def require_unleased(task: Task) -> None:
    """Raises Conflict if a worker or a person has the task."""
    if task.is_leased:
        raise Conflict(_("A worker holds the task: complete it through the queue, with its lease."))
    if task.status == Status.HANDED_OVER:
        raise Conflict(_("A person has the task: withdraw the handover first."))


def end_with_error(permissions: TaskPermissions, error: ErrorDocument, **columns: Json) -> None:
    """`failed`, and the `task.failed` event."""
    task, actor = permissions.task, permissions.actor
    writing.emit_failed(task, error, actor=actor)
    writing.move(task, "fail", actor=actor, error=dict(error), **columns)


@reads(bodies.SKIP)
@unit_of_work()
def skip_task(actor: Actor, name: object, *, note: str | None = None, if_match: str | None = None) -> Task:
    """It need not be done: it ends as `failed` with the error `skipped`, which counts as no failure.

    So does one that has failed before. Raises NotFound, Forbidden, Conflict (ended otherwise, or a worker holds it).
    """
    permissions = writing.lock(actor, name, if_match=if_match)
    access.require_worker(permissions, _("skip this task"))
    task = permissions.task
    if task.status != Status.FAILED or task.is_skipped:
        writing.require_live(task)
    if task.is_leased:
        raise Conflict(_("A worker holds the task: cancel it, or take it over."))
    if note:
        notes.write(permissions, text=note, kind="work_note")
    if permissions.handover:
        answer.close(permissions, permissions.handover, Handover.State.WITHDRAWN)
    _skip(permissions)
    return task


def _skip(permissions: TaskPermissions) -> None:
    task, actor, before = permissions.task, permissions.actor, permissions.task.error
    error = check_error({"name": SKIPPED_NAME, "type": "person", "recoverable": False})
    type_, data = writing.skipped(task, error)
    writing.emit(task, type_, actor=actor, **data)
    if task.status == Status.FAILED:
        errors = [*task.previous_errors, before] if before else task.previous_errors
        writing.update(task, error=dict(error), previous_errors=errors[-PREVIOUS_ERRORS:])
    else:
        writing.move(task, "fail", actor=actor, error=dict(error))


@reads(bodies.CANCEL)
@unit_of_work()
def cancel_task(actor: Actor, name: object, *, note: str | None = None, if_match: str | None = None) -> Task:
    """Revoke it. What executes is asked to stop (`cancel_requested`) and confirms; the rest ends at once.

    Raises NotFound, Forbidden, Conflict (ended).
    """
    permissions = writing.lock(actor, name, if_match=if_match)
    if not access.may_cancel(permissions):
        access.require_worker(permissions, _("cancel this task"))
    writing.require_live(permissions.task)
    if note:
        notes.write(permissions, text=note, kind="work_note" if permissions.works_on_it else "comment")
    _cancel(permissions)
    return permissions.task


def _cancel(permissions: TaskPermissions) -> None:
    task, actor = permissions.task, permissions.actor
    if task.status == Status.IN_PROGRESS and (task.is_leased or not permissions.is_asker):
        if not task.cancel_requested:
            writing.emit(task, event_types.TASK_UPDATED, actor=actor, changes={"cancel_requested": [False, True]})
            writing.update(task, cancel_requested=True)
        return
    if permissions.handover:
        answer.close(permissions, permissions.handover, Handover.State.WITHDRAWN)
    writing.move(task, "confirm_cancel" if task.status == Status.IN_PROGRESS else "cancel", actor=actor)


@unit_of_work()
def reopen_task(actor: Actor, name: object, *, if_match: str | None = None) -> Task:
    """Back to new. Raises NotFound, Forbidden, Conflict (it has not ended, or was retried)."""
    permissions = writing.lock(actor, name, if_match=if_match)
    access.require_worker(permissions, _("reopen this task"))
    reopen(permissions)
    return permissions.task


def reopen(permissions: TaskPermissions) -> None:
    """The locked task starts again, clean: retries afresh, no checkpoint, and no answer that would spare a question.

    Checkpoints and answers of before are history.
    """
    fresh: JsonObject = dict.fromkeys(("error", "result", "checkpoint", "answers"))
    fresh["retry_base"] = len(permissions.task.retry_for_task_ids)
    writing.move(permissions.task, "reopen", actor=permissions.actor, **fresh)


def check_error(error: JsonMapping) -> ErrorDocument:
    """The error in full form. Raises Invalid."""
    with errors_under("/error"):
        error = bodies.ERROR.require(error)
    return {
        "name": error["name"],
        "type": error.get("type"),
        "message": error.get("message", ""),
        "recoverable": error.get("recoverable", True),
        "details": error.get("details"),
        "retry_after_seconds": error.get("retry_after_seconds"),
    }
