"""The core of every write to a task: lock, conditional UPDATE, event. Race-free on both databases.

A write expects the status and the revision that it read; on PostgreSQL the row is locked as well, on SQLite the
transaction already holds the database. Whoever comes second gets Conflict, never a lost update.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from apps.actors.actor import Actor
from apps.containers.type_document.spec import spec_of
from apps.containers.type_document.stages import stage_after
from apps.core import wakeups
from apps.core.codes import Code
from apps.core.errors import Conflict, NotFound, VersionMismatch
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.sql import rows
from apps.events import event_types, log
from apps.events.models import Event
from apps.tasks import access, lifecycle, ports, search
from apps.tasks.access import TaskPermissions
from apps.tasks.leases import FREED
from apps.tasks.lifecycle import Status
from apps.tasks.models import Privacy, Task
from apps.tasks.rendering import version_of

FOLLOWED = (
    "privacy",
    "private_to",
    "private_to_id",
    "app_readable",
    "reporter",
    "assignee",
    "assignee_id",
    "container",
    "past_rules",
)
"""Columns that attempts share with the task that replaced them: they decide about what is visible."""


def lock(actor: Actor, name: object, *, if_match: str | None = None, attempt: bool = False) -> TaskPermissions:
    """The actor's permissions on the locked task. The id of an attempt means its newest task, unless `attempt`.

    Raises NotFound, Forbidden (break-glass only reads), VersionMismatch; RuntimeError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a task is locked inside the transaction that changes it")
    task = access.get_task(actor, name, lock=True, newest=not attempt)
    if task.newest != task.pk and not attempt:  # it was retried while this call waited for its row
        task = access.get_task(actor, str(task.newest), lock=True)
    permissions = TaskPermissions(actor, task)
    access.require_hand(permissions)
    if if_match is not None and if_match != version_of(permissions):
        raise VersionMismatch("The task has changed since you read it.")
    return permissions


def next_sequence(task: Task) -> int:
    """Raise the task's sequence by a random step, so that it does not disclose how many events there were."""
    task.sequence += 1 + secrets.randbelow(16)
    return task.sequence


def emit(task: Task, type: str, /, *, actor: Actor, internal: bool = False, **data: Json) -> None:
    """Record an event of the task. The caller stores the sequence with its `update`."""
    log.record_all([drafted(task, type, actor=actor, internal=internal, **data)])


def emit_failed(task: Task, error: JsonMapping, *, actor: Actor) -> None:
    """Record `task.failed`: id, function name and error are enough to find out what to do."""
    recorded: JsonObject = {"id": str(task.pk), "function_name": task.function, "error": dict(error)}
    emit(task, event_types.TASK_FAILED, actor=actor, **recorded)


def drafted(task: Task, type: str, /, *, actor: Actor, internal: bool = False, **data: Json) -> Event:
    """The event, yet to be recorded."""
    spec = spec_of(task.type_version)
    event = log.draft(
        type=type,
        actor=actor,
        task_id=task.pk,
        container_id=task.container_id,
        application_id=task.application_id,
        sequence=next_sequence(task),
        correlation_id=task.correlation_id,
        internal=internal,
        data=data,
        secrets=spec.secrets,
    )
    event.settles = bool(spec.automatic)
    return event


def update(task: Task, *, quiet: bool = False, expected: str | None = None, **columns: Json) -> None:
    """Store columns if the task is still as it was read. Raises Conflict, or NotFound if it is gone.

    `quiet` leaves `updated_at`: not every reader of the task may see the change.
    """
    if task.sequence == task.revision:
        next_sequence(task)
    if not quiet:
        columns["updated_at"] = timezone.now()
    columns["sequence"] = task.sequence
    before = search.before_change(task, columns)
    mine = Task.objects.filter(pk=task.pk, sequence=task.revision, status=expected or task.status)
    if not mine.update(**columns):
        if not Task.objects.filter(pk=task.pk).exists():
            raise NotFound("There is no such task.")
        raise Conflict("The task changed meanwhile. Read it again.")
    for name, value in columns.items():
        setattr(task, name, value)
    task.revision = task.sequence
    search.refresh(task, before)
    shared = {name: value for name, value in columns.items() if name in FOLLOWED}
    if shared and task.retry_for_task_ids:
        attempts = Task.objects.filter(newest=task.pk).exclude(pk=task.pk)
        attempts.update(**shared)
        if "past_rules" in shared:
            search.rewrite(attempts.select_related("container", "type_version"))


def move(task: Task, name: str, *, actor: Actor, expected: str | None = None, **columns: Json) -> None:
    """Run a lifecycle transition: status, stage, lease and queue columns, and `task.status_changed`."""
    before = task.status
    columns, changes = _moved(task, name, columns)
    emit(task, event_types.TASK_STATUS_CHANGED, actor=actor, changes=changes)
    update(task, expected=expected or before, **columns)


def move_all(tasks: Sequence[Task], name: str, *, actor: Actor, columns: Sequence[JsonObject]) -> None:
    """`move` for many locked tasks, each with columns of its own: one INSERT for the events, one UPDATE for the rows.

    Neither searched texts nor what attempts share may be among the columns. Raises Conflict if a task has changed.
    """
    if not tasks:
        return
    expected = [{"status": task.status, "sequence": task.revision} for task in tasks]
    moved = [_moved(task, name, values) for task, values in zip(tasks, columns, strict=True)]
    events = [
        drafted(task, event_types.TASK_STATUS_CHANGED, actor=actor, changes=changes)
        for task, (_, changes) in zip(tasks, moved, strict=True)
    ]
    now = timezone.now()
    stored = [
        {**values, "updated_at": now, "sequence": task.sequence} for task, (values, _) in zip(tasks, moved, strict=True)
    ]
    log.record_all(events)
    if rows.change_all(tasks, stored, expected=expected) != len(tasks):
        raise Conflict("A task changed meanwhile. Read it again.")
    for task, values in zip(tasks, stored, strict=True):
        task.__dict__.update(values)
        task.revision = task.sequence


def _moved(task: Task, name: str, columns: Mapping[str, Json]) -> tuple[JsonObject, JsonObject]:
    """Run the transition in memory: what is to be stored, and the changes that its event tells of."""
    before, stage = task.status, task.stage
    lifecycle.move(task, name)
    after = task.status
    moved: JsonObject = {
        "status": after,
        "status_changed_at": timezone.now(),
        "stage": stage_for(task, stage),
        "rank": task.rank,
        "cancel_requested": False,
        **FREED,
        **queue_columns(task, columns.get("start_at", task.start_at)),
        **columns,
    }
    changes: JsonObject = {"status": [before, after]}
    if moved["stage"] != stage:
        if "rank" not in columns:
            moved["rank"] = new_rank()
        changes["stage"] = [stage, moved["stage"]]
    return moved, changes


def stage_for(task: Task, stage: str) -> str:
    """Where the task stands in its status, coming from `stage`."""
    return stage_after(spec_of(task.type_version).stage_map, stage, task.status)


def require_live(task: Task) -> None:
    """Raises Conflict `already_ended` if the task has ended."""
    if task.has_ended:
        raise Conflict("The task has ended.", code=Code.ALREADY_ENDED)


def new_rank() -> int:
    """The end of a board column (`queries/boards.py` shows cards by rank): ranks are timestamps, in microseconds."""
    return int(timezone.now().timestamp() * 1_000_000)


def queue_columns(task: Task, start_at: Json) -> JsonObject:
    """Whether the task, in its status, is claimable, and when it goes to a person if nobody claims it.

    A task that its application cannot read is never in the queue.
    """
    readable = task.privacy != Privacy.PRIVATE or task.app_readable
    waits = task.status == Status.NEW and bool(task.function) and readable
    queued = waits and start_at <= timezone.now()
    due = timezone.now() + timedelta(seconds=task.failover_after) if queued and task.failover_after else None
    if queued:
        wakeups.wake_after_commit(wakeups.topic("queue", task.application_id, task.function))
        ports.when_queued.get()(task.application_id, task.function)
    return {"queued": queued, "failover_at": due}
