"""What a migration would do: counts, reasons, a sample. Nothing is written."""

from collections import Counter
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import Count, QuerySet

from apps.actors.actor import Actor
from apps.containers.models import TaskType, TypeMigration, TypeVersion
from apps.containers.type_document.compare import differences, differences_json, is_breaking
from apps.containers.type_document.spec import spec_of
from apps.core.json_types import JsonObject
from apps.tasks import ports
from apps.tasks.access import TaskPermissions, all_permissions, visible_fields
from apps.tasks.models import Task
from apps.tasks.queries import candidates, held_tasks
from apps.tasks.rendering import migration_heading, render_migration

from .convert import Conversion, convert, shown_problems
from .exposure import gains_of
from .orders import Orders, gone_fields

MOST_EXAMINED = 5_000
CHUNK = 500
MOST_SHOWN = 20


def look(actor: Actor, kind: TaskType, version: TypeVersion, orders: Orders) -> JsonObject:
    """What would become of the tasks: counts, reasons, and a sample of each kind. Writes nothing."""
    rows = candidates(actor, kind, version)
    result = [(permissions, convert(permissions, version, orders)) for permissions in _all_permissions(actor, rows)]
    stuck = [(permissions, conversion) for permissions, conversion in result if conversion.problems]
    well = [(permissions, conversion) for permissions, conversion in result if not conversion.problems]
    held = sum(conversion.is_held for _permissions, conversion in stuck)
    gains = gains_of(actor, kind, rows, version, orders.rename)
    counts = {"converts": len(well), "needs_person": len(stuck) - held, "held": held, "examined": len(result)}
    return {
        **migration_heading(kind, version, dry_run=True),
        "tasks": rows.count(),
        **counts,
        "done": False,
        "widens": bool(gains),
        "gains": gains,
        "versions": _versions(rows, version),
        "reasons": _reasons(stuck, version),
        "unfit": _unfit(stuck, version),
        "mentions": _mentions(actor, kind, version),
        "sample": [render_conversion(*pair, version) for pair in [*stuck[:MOST_SHOWN], *well[:MOST_SHOWN]]],
    }


def render_begun(actor: Actor, kind: TaskType, row: TypeMigration) -> JsonObject:
    """How far a migration is."""
    now = render_migration(kind, row, held=held_tasks(actor, row))
    return {**now, "mentions": _mentions(actor, kind, row.version)}


def _mentions(actor: Actor, kind: TaskType, version: TypeVersion) -> list[JsonObject]:
    return ports.find_mentions.get()(actor, kind.container, kind.name, gone_fields(kind, version))


def render_left(actor: Actor, row: TypeMigration, tasks: Iterable[Task]) -> list[JsonObject]:
    """Tasks that a migration left behind, each with what is wrong with it now."""
    orders = Orders(**row.orders)
    return [
        render_conversion(permissions, convert(permissions, row.version, orders), row.version)
        for permissions in all_permissions(actor, tasks)
    ]


def _all_permissions(actor: Actor, rows: QuerySet[Task]) -> Iterator[TaskPermissions]:
    """Each task with the actor before it, some hundred at a time and no more than MOST_EXAMINED."""
    after: UUID | None = None
    for _chunk in range(MOST_EXAMINED // CHUNK):
        tasks = list((rows.filter(pk__gt=after) if after else rows)[:CHUNK])
        yield from all_permissions(actor, tasks)
        if len(tasks) < CHUNK:
            return
        after = tasks[-1].pk


def _versions(rows: QuerySet[Task], version: TypeVersion) -> list[JsonObject]:
    counted = rows.order_by("type_version").values_list("type_version").annotate(count=Count("pk"))
    result = []
    for pk, count in counted:
        old = TypeVersion.objects.get(pk=pk)
        changes = differences(old.spec, version.spec)
        value = {"breaking": is_breaking(changes), "differences": differences_json(changes)}
        result.append({"version": old.number, "tasks": count, **value})
    return sorted(result, key=lambda row: row["version"])


def _reasons(stuck: list[tuple[TaskPermissions, Conversion]], version: TypeVersion) -> list[JsonObject]:
    """Each thing that is wrong with how many tasks it is wrong with, the most frequent first."""
    counted = Counter(
        problem
        for permissions, conversion in stuck
        for problem in shown_problems(permissions, conversion, _new_fields(permissions, version))
    )
    return [{**problem.as_json(), "tasks": count} for problem, count in counted.most_common(MOST_SHOWN)]


def _unfit(stuck: list[tuple[TaskPermissions, Conversion]], version: TypeVersion) -> list[JsonObject]:
    """Values that the version refuses, by the field that has them there and by their names in `map`."""
    secrets = spec_of(version).secrets
    counted = Counter(
        (name, value)
        for permissions, conversion in stuck
        for name, value in conversion.unfit()
        if name not in secrets and name in {*visible_fields(permissions), *_new_fields(permissions, version)}
    )
    return [{"field": name, "value": value, "tasks": count} for (name, value), count in counted.most_common(MOST_SHOWN)]


def render_conversion(permissions: TaskPermissions, conversion: Conversion, version: TypeVersion) -> JsonObject:
    """What would become of one task: which values change, or what is wrong."""
    task, new_fields = permissions.task, _new_fields(permissions, version)
    seen = {*visible_fields(permissions), *new_fields}
    changes = [name for name in conversion.changes if name.removeprefix("fields.") in seen or "." not in name]
    return {
        "task": str(task.pk),
        "key": task.key,
        "title": task.title,
        "version": spec_of(task.type_version).number,
        "converts": not conversion.problems,
        "changes": [] if conversion.problems else changes,
        "problems": [problem.as_json() for problem in shown_problems(permissions, conversion, new_fields)],
    }


def _new_fields(permissions: TaskPermissions, version: TypeVersion) -> frozenset[str]:
    """Fields that the task does not have yet: what they become discloses nothing but what the author ordered."""
    return frozenset(spec_of(version).fields.keys() - permissions.spec.fields.keys())
