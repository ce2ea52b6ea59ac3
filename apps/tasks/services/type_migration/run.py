"""Converting tasks, a batch a transaction, until none is left to look at."""

from copy import copy
from uuid import UUID

from django.utils import timezone

from apps.actors import references
from apps.actors.actor import Actor
from apps.containers.models import TypeMigration, TypeVersion
from apps.containers.type_document.documents import FailoverDocument
from apps.containers.type_document.spec import spec_of
from apps.core import due
from apps.core.errors import TaskHubError
from apps.core.json_types import JsonObject
from apps.events import event_types, log
from apps.events.models import Event
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, ports
from apps.tasks.access import TaskPermissions, all_permissions
from apps.tasks.lifecycle import Status
from apps.tasks.models import FREE_TO_FOLLOW, Attachment, Task
from apps.tasks.queries import candidates, old_versions
from apps.tasks.services import writing

from .convert import Conversion, convert
from .orders import Orders
from .plans import carry_plans

BATCH = 50
FOLLOWERS = 500
"""Tasks that one look considers for the migrations that they follow."""
AT_ONCE = 4
"""Batches that are done in the call itself; the background goes on."""
JOB = "tasks.migrate"


def migrate_due(batches: int = 100) -> int:
    """Go on with all migrations that have no end yet, then with tasks that follow one; answers how many batches were
    done. Safe on many nodes."""
    done = 0

    def go_on_to_the_end(pk: UUID) -> None:
        nonlocal done
        while done < batches and go_on(pk):
            done += 1

    due.work_off(TypeMigration.objects.filter(ended_at=None).order_by("id").values_list("pk"), go_on_to_the_end)
    followers = Task.objects.filter(FREE_TO_FOLLOW).order_by("follows", "id").values_list("follows", flat=True)
    return done + due.work_off([(pk,) for pk in dict.fromkeys(followers[:FOLLOWERS])], follow)


@unit_of_work()
def go_on(pk: UUID) -> bool:
    """Convert the next batch; whether there may be more. False too if another node is at it, or it has ended."""
    rows = TypeMigration.objects.filter(pk=pk, ended_at=None)
    row = due.lock(rows.select_related("version__type", "type__container__application"))
    if row is None:
        return False
    actor = _author(row)
    tasks = _next(actor, row) if actor else []
    held = _work(actor, row, tasks) if actor else []
    Task.objects.filter(pk__in=held).update(follows=row.pk)
    row.held += len(held)
    row.cursor = tasks[-1].pk if tasks else row.cursor
    row.ended_at = None if len(tasks) == BATCH else timezone.now()
    row.save(update_fields=["converted", "left", "held", "cursor", "ended_at", "updated_at"])
    return row.ended_at is None


@unit_of_work()
def follow(pk: UUID) -> bool:
    """Convert tasks that were held when their migration passed and are free now; whether there were any.

    Those that do not fit, or that their author sees no more, stay as they are. So do all of them once another
    migration of the type has begun, or the author has lost the right to this one.
    """
    row = due.lock(TypeMigration.objects.filter(pk=pk).select_related("version__type", "type__container__application"))
    if row is None:
        return False
    free = Task.objects.filter(FREE_TO_FOLLOW, follows=pk).order_by("id")
    ids = list(free.values_list("pk", flat=True)[:BATCH])
    actor = _author(row) if row.type.migrations.values_list("pk", flat=True).first() == pk else None
    rows = candidates(actor, row.type, row.version).filter(FREE_TO_FOLLOW, pk__in=ids) if actor else Task.objects.none()
    tasks = list(rows.select_for_update(of=("self",)))
    again = _work(actor, row, tasks) if actor else []
    Task.objects.filter(pk__in=ids, follows=pk).exclude(pk__in=again).update(follows=None)
    row.held -= min(row.held, len(ids) - len(again))
    row.save(update_fields=["converted", "left", "held", "updated_at"])
    return bool(ids)


def _work(actor: Actor, row: TypeMigration, tasks: list[Task]) -> list[UUID]:
    """Convert the locked tasks and count what became of them; answers those that somebody holds."""
    orders = Orders(**row.orders)
    results = [
        (permissions, convert(permissions, row.version, orders)) for permissions in all_permissions(actor, tasks)
    ]
    well = [(permissions, conversion) for permissions, conversion in results if not conversion.problems]
    held = [permissions.task.pk for permissions, conversion in results if conversion.is_held]
    _store(well, row.version, orders)
    row.converted += len(well)
    row.left += len(results) - len(well) - len(held)
    return held


def _author(row: TypeMigration) -> Actor | None:
    """Who began it, while they may still do it."""
    actor = references.find_actor(row.author)
    if actor is None:
        return None
    try:
        kind = access.get_type_to_migrate(actor, row.type.container.slug, row.type.name)
        access.require_reader_of_changes(actor, old_versions(candidates(actor, kind, row.version)), row.version)
    except TaskHubError:
        return None
    return actor


def _next(actor: Actor, row: TypeMigration) -> list[Task]:
    rows = candidates(actor, row.type, row.version)
    rows = rows.filter(pk__gt=row.cursor) if row.cursor else rows
    return list(rows.select_for_update(of=("self",))[:BATCH])


def _store(well: list[tuple[TaskPermissions, Conversion]], version: TypeVersion, orders: Orders) -> None:
    """Make the locked tasks ones of the version; the events are recorded in one statement."""
    prepared = [_prepare(permissions, version, conversion) for permissions, conversion in well]
    if prepared:
        log.record_all([event for _task, event, _columns in prepared])
    for task, _event, columns in prepared:
        writing.update(task, **columns)
    tasks = [task for task, _event, _columns in prepared]
    for before, after in orders.rename.items():
        Attachment.objects.filter(task__in=tasks, field=before).update(field=after)
    carry_plans(tasks, orders)


def _prepare(
    permissions: TaskPermissions, version: TypeVersion, conversion: Conversion
) -> tuple[Task, Event, JsonObject]:
    """The task, its event, and the columns to store."""
    task, before, old = permissions.task, copy(permissions.task), spec_of(permissions.task.type_version)
    changes = {"type_version": [old.number, version.number], **conversion.changes}
    changes = log.masked({"changes": changes}, old.secrets)["changes"]
    columns: JsonObject = {"type_version": version, "fields": conversion.fields, "stage": conversion.stage}
    if conversion.stage != task.stage:
        columns["rank"] = writing.new_rank()
    columns |= failover_columns(task, old.failover, spec_of(version).failover)
    task.type_version = version
    event = writing.drafted(task, event_types.TASK_UPDATED, actor=permissions.actor, changes=changes)
    before.sequence = task.sequence
    return task, event, {**columns, "past_rules": access.passed(before), "follows": None}


def failover_columns(task: Task, old: FailoverDocument | None, new: FailoverDocument | None) -> JsonObject:
    """When the task goes to people if nobody claims it: as the new version says, where it says something else."""
    if old == new or task.function is None:
        return {}
    value = new
    if value is None and task.application_id is not None:
        value = ports.function_defaults.get()(task.application_id, task.function)[1]
    task.failover_after = value["after"] if value else None
    queued = writing.queue_columns(task, task.start_at) if task.status == Status.NEW else {}
    return {"failover_after": task.failover_after, **queued}
