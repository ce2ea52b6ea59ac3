"""Retries: a new task takes the place of one that failed; the old one stays as its attempt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.codes import Code
from apps.core.errors import Conflict, Invalid, NotFound, TaskHubError
from apps.core.ids import uuid7
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.shapes import reads
from apps.core.timestamps import format_timestamp
from apps.events import event_types, log
from apps.events.log import MASK
from apps.events.models import Event
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, bodies, lifecycle, search
from apps.tasks.access import TaskPermissions
from apps.tasks.documents import Changes, ErrorDocument
from apps.tasks.lifecycle import Status
from apps.tasks.models import PREVIOUS_ERRORS, Grant, Link, ScheduledUpdate, Task, Watch

from . import writing
from .edit import field_columns

MOVES = ("key", "external_id", "creation_digest")
"""Columns that the newest task takes away from its attempt."""
COPIED = (
    "container", "type_version", "application_id", "title", "description", "fields", "data", "function", "priority",
    "due_at", "tags", "correlation_id", "privacy", "private_to", "app_readable", "reporter", "assignee",
    "created_by_application", "created_by_user", "parent_id", "answers", "run_id", "step", "checkpoint",
    "failover_after", "retry_base", "rank", "past_rules", "follows",
)  # fmt: skip


@dataclass(frozen=True)
class Replacement:
    """A locked task, and the new one that is to take over at `start_at`; `columns` are stored with the old one."""

    task: Task
    error: ErrorDocument | None
    start_at: datetime
    columns: JsonObject = field(default_factory=dict)


def replace(task: Task, *, actor: Actor, error: ErrorDocument | None, start_at: datetime, **columns: Json) -> Task:
    """End the locked task as `retried` and return the new task that takes over at `start_at`.

    Key, external_id, checkpoint, board place, links, watchers, grants, scheduled updates and children go to the new
    one. `columns` are stored with the old one (its outcome).
    """
    return replace_all([Replacement(task, error, start_at, columns)], actor=actor)[0]


def replace_all(replacements: Sequence[Replacement], *, actor: Actor) -> list[Task]:
    """`replace` for many tasks, in a number of statements that does not depend on how many. Raises Conflict for all."""
    tasks = [each.task for each in replacements]
    before = [task.status for task in tasks]
    taken = [_taken_over(each, actor) for each in replacements]
    newest = [task for task, _, _ in taken]
    writing.update_all(tasks, [columns for _, columns, _ in taken], expected=before)  # gives the keys free
    events = [event for _, _, recorded in taken for event in recorded]
    log.record_all(events, newest, [row for task in newest for row in search.rows_of(task)])
    for task in newest:
        task.revision = task.sequence
    successors = {task.pk: after.pk for task, after in zip(tasks, newest, strict=True)}
    search.follow(successors)
    _move_relations(successors)
    return newest


def _taken_over(replacement: Replacement, actor: Actor) -> tuple[Task, JsonObject, list[Event]]:
    """The new task, the columns of the old one, and the events of both."""
    task, error = replacement.task, replacement.error
    newest = _successor(task, error, replacement.start_at)
    names = {name: getattr(task, name) for name in MOVES}
    outcome = {"retried_by_task_id": newest.pk, "newest": newest.pk, **dict.fromkeys(MOVES), **replacement.columns}
    outcome["error"] = task.error if error is None else error
    (type_, data), columns = writing.moved(task, "replace", outcome)
    ended = writing.drafted(task, type_, actor=actor, **data)
    for name, value in names.items():
        setattr(newest, name, value)
    newest.sequence = task.sequence
    made = writing.drafted(newest, event_types.TASK_CREATED, actor=actor, title=newest.title, retry_of=str(task.pk))
    return newest, columns, [ended, made]


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


FOLLOWING: tuple[tuple[type[Model], str], ...] = (
    (Task, "newest"), (Task, "parent_id"), (Link, "source_id"), (Link, "target_id"), (Watch, "task_id"),
    (Grant, "task_id"), (ScheduledUpdate, "task_id"),
)  # fmt: skip
"""Columns that name a task and go with it to the one that takes its place."""


def _move_relations(successors: Mapping[UUID, UUID]) -> None:
    """What names the attempts names the tasks that took over; few have anything, so one look finds which."""
    for model, column in FOLLOWING:
        rows = model._default_manager.filter(**{f"{column}__in": list(successors)})
        for task in set(rows.values_list(column, flat=True)):
            rows.filter(**{column: task}).exclude(pk=successors[task]).update(**{column: successors[task]})


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
    task = permissions.task
    if waits_for_retry(task):
        access.require_worker(permissions, _("retry this task"))
        _change(permissions, fields, data, start_at=timezone.now())
        return task
    newest = replace_all([_retry(permissions)], actor=actor)[0]
    _change(TaskPermissions(actor, newest), fields, data)
    return newest


@unit_of_work()
def retry_tasks(actor: Actor, ids: Sequence[UUID]) -> list[UUID | TaskHubError]:
    """Retry many failed tasks by hand, as `retry_task` does; of each the id of its new task, or why it was refused."""
    rows = access.visible_to(actor).filter(pk__in=ids).order_by("id")
    rows = rows.prefetch_related(*Task.RELATED)  # many tasks of few containers: each of these is read once
    found = {task.pk: task for task in rows.select_for_update(of=("self",))}
    results: dict[UUID, UUID | TaskHubError] = {}
    replacements: list[Replacement] = []
    for permissions in access.all_permissions(actor, found.values()):
        try:
            access.require_hand(permissions)
            replacements.append(_retry(permissions))
        except TaskHubError as error:
            results[permissions.task.pk] = error
    newest = replace_all(replacements, actor=actor)
    results |= {each.task.pk: task.pk for each, task in zip(replacements, newest, strict=True)}
    return [results.get(id) or NotFound("There is no such task.") for id in ids]


def _retry(permissions: TaskPermissions) -> Replacement:
    """The retry of a locked task by hand. Raises Forbidden, Conflict."""
    access.require_worker(permissions, _("retry this task"))
    task = permissions.task
    if task.status == Status.IN_PROGRESS:
        raise Conflict(_("The task is being executed: only a failed one is retried by hand."))
    if not lifecycle.may(task, "replace"):
        lifecycle.move(task, "replace")  # says why
    task.retry_base = len(task.retry_for_task_ids) + 1
    return Replacement(task, task.error, timezone.now())


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
