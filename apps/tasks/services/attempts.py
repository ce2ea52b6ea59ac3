"""Retries: a new task takes the place of one that failed; the old one stays as its attempt."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.codes import Code
from apps.core.errors import Conflict, Invalid
from apps.core.ids import uuid7
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.shapes import reads
from apps.core.timestamps import format_timestamp
from apps.events import event_types
from apps.events.log import MASK
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, bodies, search
from apps.tasks.access import TaskPermissions
from apps.tasks.documents import Changes, ErrorDocument
from apps.tasks.lifecycle import Status
from apps.tasks.models import PREVIOUS_ERRORS, Grant, Link, ScheduledUpdate, Task, Watch

from . import writing
from .edit import field_columns

MOVES = ("key", "external_id", "creation_digest")
"""Columns that the newest task takes away from its attempt."""
COPIED = (
    "container", "type_version", "application", "title", "description", "fields", "data", "function", "priority",
    "due_at", "tags", "correlation_id", "privacy", "private_to", "app_readable", "reporter", "assignee",
    "created_by_application", "created_by_user", "parent", "answers", "run_id", "step", "checkpoint",
    "failover_after", "retry_base", "rank", "past_rules", "follows",
)  # fmt: skip


def replace(task: Task, *, actor: Actor, error: ErrorDocument | None, start_at: datetime, **columns: Json) -> Task:
    """End the locked task as `retried` and return the new task that takes over at `start_at`.

    Key, external_id, checkpoint, board place, links, watchers, grants, scheduled updates and children go to the new
    one. `columns` are stored with the old one (its outcome).
    """
    newest = _successor(task, error, start_at)
    moved = {name: getattr(task, name) for name in MOVES}
    outcome = {"retried_by_task_id": newest.pk, "newest": newest.pk, **dict.fromkeys(MOVES), **columns}
    if error is not None:
        outcome["error"] = error
    writing.move(task, "replace", actor=actor, **outcome)
    for name, value in moved.items():
        setattr(newest, name, value)
    newest.sequence = task.sequence
    writing.emit(newest, event_types.TASK_CREATED, actor=actor, title=newest.title, retry_of=str(task.pk))
    newest.save(force_insert=True)
    newest.revision = newest.sequence
    search.remember([newest])
    search.follow(task, newest)
    _move_relations(task, newest)
    return newest


def _successor(task: Task, error: ErrorDocument | None, start_at: datetime) -> Task:
    task_id, now = uuid7(), timezone.now()
    newest = Task(id=task_id, newest=task_id, created_at=now, updated_at=now, status_changed_at=now, start_at=start_at)
    for name in COPIED:
        setattr(newest, name, getattr(task, name))
    newest.stage = writing.stage_for(newest, task.stage)
    newest.retry_for_task_ids = [*task.retry_for_task_ids, str(task.pk)]
    errors = [*task.previous_errors, error] if error is not None else task.previous_errors
    newest.previous_errors = errors[-PREVIOUS_ERRORS:]
    for column, value in writing.queue_columns(newest, start_at).items():
        setattr(newest, column, value)
    return newest


def _move_relations(task: Task, newest: Task) -> None:
    Task.objects.filter(newest=task.pk).exclude(pk=newest.pk).update(newest=newest.pk)
    Task.objects.filter(parent=task.pk).update(parent=newest.pk)
    Link.objects.filter(source=task.pk).update(source=newest.pk)
    Link.objects.filter(target=task.pk).update(target=newest.pk)
    Watch.objects.filter(task=task.pk).update(task=newest.pk)
    Grant.objects.filter(task=task.pk).update(task=newest.pk)
    ScheduledUpdate.objects.filter(task=task.pk).update(task=newest.pk)


@reads(bodies.RETRY)
@unit_of_work()
def retry_task(
    actor: Actor, name: object, *, fields: JsonMapping | None = None, data: Json = None, if_match: str | None = None
) -> Task:
    """Retry a failed task by hand: a new task takes over, its retries count afresh. One whose retry waits starts now.

    `fields` and `data` change the new attempt, as an edit of it. Raises NotFound, Forbidden, Conflict (it has not
    failed), Invalid, SchemaViolation.
    """
    permissions = writing.lock(actor, name, if_match=if_match)
    access.require_worker(permissions, _("retry this task"))
    task, now = permissions.task, timezone.now()
    if task.status == Status.IN_PROGRESS:
        raise Conflict(_("The task is being executed: only a failed one is retried by hand."))
    if waits_for_retry(task):
        _change(permissions, fields, data, start_at=now)
        return task
    task.retry_base = len(task.retry_for_task_ids) + 1
    newest = replace(task, actor=actor, error=task.error, start_at=now)
    _change(TaskPermissions(actor, newest), fields, data)
    return newest


def waits_for_retry(task: Task) -> bool:
    """Whether the task took over from a failed one and has not begun, because of the delay before a retry."""
    return task.status == Status.NEW and bool(task.retry_for_task_ids) and task.start_at > timezone.now()


def _change(
    permissions: TaskPermissions, fields: JsonMapping | None, data: Json, *, start_at: datetime | None = None
) -> None:
    """Give the new attempt other input, and let it start now. People never see data: the event says that it changed."""
    task = permissions.task
    columns: JsonObject = {}
    changes: Changes = {}
    if fields:
        access.require_editor(permissions, {"fields": fields})
        columns, changes = field_columns(permissions, {"fields": fields})
    if data is not None:
        if not permissions.is_owner:
            raise Invalid.at("/data", _("There is no such key."), code=Code.UNKNOWN_FIELD)
        columns, changes = {**columns, "data": data}, {**changes, "data": [MASK, MASK]}
    if start_at is not None:
        columns |= {"start_at": start_at, **writing.queue_columns(task, start_at)}
        changes = {**changes, "start_at": [format_timestamp(task.start_at), format_timestamp(start_at)]}
    if columns:
        writing.emit(task, event_types.TASK_UPDATED, actor=permissions.actor, changes=changes)
        writing.update(task, **columns)
