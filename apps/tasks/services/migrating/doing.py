"""Converting tasks, a batch a transaction, until none is left to look at."""

import logging
from collections.abc import Iterable
from copy import copy
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.actors import references
from apps.actors.actor import Actor
from apps.containers.models import TypeMigration, TypeVersion
from apps.containers.spec import spec_of
from apps.core.errors import TaskHubError
from apps.events import log, verbs
from apps.events.models import Event
from apps.events.units import unit
from apps.tasks import access
from apps.tasks.access import Standing
from apps.tasks.lifecycle import Status
from apps.tasks.models import Task
from apps.tasks.rendering import standings
from apps.tasks.services import writing

from .converting import Conversion, Orders, convert
from .scope import Json, candidates, find_type

logger = logging.getLogger(__name__)

BATCH = 50
AT_ONCE = 4
"""Batches that are done in the call itself; the background goes on."""
JOB = "tasks.migrate"


def migrate_due(batches: int = 100) -> int:
    """Go on with all migrations that have no end yet; answers how many batches were done. Safe on many nodes."""
    done = 0
    for pk in TypeMigration.objects.filter(ended_at=None).order_by("id").values_list("pk", flat=True):
        try:
            while done < batches and go_on(pk):
                done += 1
        except Exception:
            logger.exception("A migration could not go on; it stays due")
    return done


@unit()
def go_on(pk: UUID) -> bool:
    """Convert the next batch; whether there may be more. False too if another node is at it, or it has ended."""
    held = TypeMigration.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk, ended_at=None)
    row = held.select_related("version__type", "type__container__application").first()
    if row is None:
        return False
    actor = _author(row)
    tasks = _next(actor, row) if actor else []
    moved = _convert(standings(actor, tasks), row.version, Orders(**row.orders)) if actor else 0
    row.converted, row.left = row.converted + moved, row.left + len(tasks) - moved
    row.cursor = tasks[-1].pk if tasks else row.cursor
    row.ended_at = None if len(tasks) == BATCH else timezone.now()
    row.save(update_fields=["converted", "left", "cursor", "ended_at", "updated_at"])
    return row.ended_at is None


def _author(row: TypeMigration) -> Actor | None:
    """Who began it, while they may still do it."""
    actor = references.find_actor(row.author)
    if actor is None:
        return None
    try:
        find_type(actor, row.type.container.slug, row.type.name)
    except TaskHubError:
        return None
    return actor


def _next(actor: Actor, row: TypeMigration) -> list[Task]:
    rows = candidates(actor, row.type, row.version)
    rows = rows.filter(pk__gt=row.cursor) if row.cursor else rows
    return list(rows.select_for_update(of=("self",))[:BATCH])


def _convert(found: Iterable[Standing], version: TypeVersion, orders: Orders) -> int:
    """How many of the locked tasks are of the new version now; the events are told in one statement."""
    prepared = [_prepare(standing, version, conversion) for standing in found
                if not (conversion := convert(standing, version, orders)).problems]  # fmt: skip
    if prepared:
        log.record_all([event for _task, event, _columns in prepared])
    for task, _event, columns in prepared:
        writing.update(task, **columns)
    return len(prepared)


def _prepare(standing: Standing, version: TypeVersion, conversion: Conversion) -> tuple[Task, Event, Json]:
    """The task, the event that tells of it, and the columns to store."""
    task, before, old = standing.task, copy(standing.task), spec_of(standing.task.type_version)
    changes = {"type_version": [old.number, version.number], **conversion.changes}
    changes = log.masked({"changes": changes}, old.secrets)["changes"]
    columns: Json = {"type_version": version, "fields": conversion.fields, "stage": conversion.stage}
    if conversion.stage != task.stage:
        columns["rank"] = writing.new_rank()
    columns |= failover_columns(task, old.failover, spec_of(version).failover)
    task.type_version = version
    event = writing.drafted(task, verbs.TASK_UPDATED, actor=standing.actor, changes=changes)
    before.sequence = task.sequence
    return task, event, {**columns, "passages": access.passed(before)}


def failover_columns(task: Task, old: Json | None, new: Json | None) -> Json:
    """When the task goes to people if nobody claims it: as the new version says, where it says something else."""
    if old == new or task.function is None:
        return {}
    said = new
    if said is None and task.application_id is not None:
        said = import_string(settings.FUNCTION_DEFAULTS)(task.application_id, task.function)[1]
    task.failover_after = (said or {}).get("after")
    queued = writing.queue_columns(task, task.start_at) if task.status == Status.NEW else {}
    return {"failover_after": task.failover_after, **queued}
