"""What a migration would do: counts, reasons, a sample. Nothing is written."""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from django.db.models import Count, QuerySet

from apps.actors.actor import Actor
from apps.containers.differences import differences, differences_json, is_breaking
from apps.containers.models import TaskType, TypeVersion
from apps.containers.spec import spec_of
from apps.tasks.access import Standing, visible_fields
from apps.tasks.models import Task
from apps.tasks.rendering import standings

from .converting import Conversion, Orders, convert, shown_problems
from .scope import Json, candidates, heading
from .widening import gains_of

MOST_EXAMINED = 5_000
CHUNK = 500
MOST_SHOWN = 20


def look(actor: Actor, kind: TaskType, version: TypeVersion, orders: Orders) -> Json:
    """What would become of the tasks: counts, reasons, and a sample of each kind. Writes nothing."""
    rows = candidates(actor, kind, version)
    found = [(standing, convert(standing, version, orders)) for standing in _standings(actor, rows)]
    stuck = [(standing, conversion) for standing, conversion in found if conversion.problems]
    well = [(standing, conversion) for standing, conversion in found if not conversion.problems]
    gains = gains_of(actor, kind, rows, version)
    counts = {"converts": len(well), "needs_person": len(stuck), "examined": len(found)}
    return {
        **heading(kind, version, dry_run=True),
        "tasks": rows.count(),
        **counts,
        "done": False,
        "widens": bool(gains),
        "gains": gains,
        "versions": _versions(rows, version),
        "reasons": _reasons(stuck),
        "sample": [_sample(*pair) for pair in [*stuck[:MOST_SHOWN], *well[:MOST_SHOWN]]],
    }


def _standings(actor: Actor, rows: QuerySet[Task]) -> Iterator[Standing]:
    """Each task with the actor before it, some hundred at a time and no more than MOST_EXAMINED."""
    after: UUID | None = None
    for _chunk in range(MOST_EXAMINED // CHUNK):
        tasks = list((rows.filter(pk__gt=after) if after else rows)[:CHUNK])
        yield from standings(actor, tasks)
        if len(tasks) < CHUNK:
            return
        after = tasks[-1].pk


def _versions(rows: QuerySet[Task], version: TypeVersion) -> list[Json]:
    counted = rows.order_by("type_version").values_list("type_version").annotate(count=Count("pk"))
    found = []
    for pk, count in counted:
        old = TypeVersion.objects.get(pk=pk)
        changes = differences(old.spec, version.spec)
        said = {"breaking": is_breaking(changes), "differences": differences_json(changes)}
        found.append({"version": old.number, "tasks": count, **said})
    return sorted(found, key=lambda row: row["version"])


def _reasons(stuck: list[tuple[Standing, Conversion]]) -> list[Json]:
    """Each thing that is wrong with how many tasks it is wrong with, the most frequent first."""
    counted = Counter(problem for standing, conversion in stuck for problem in shown_problems(standing, conversion))
    return [{**problem.as_json(), "tasks": count} for problem, count in counted.most_common(MOST_SHOWN)]


def _sample(standing: Standing, conversion: Conversion) -> Json:
    task = standing.task
    return {
        "task": str(task.pk),
        "key": task.key,
        "title": task.title,
        "version": spec_of(task.type_version).number,
        "converts": not conversion.problems,
        "changes": [] if conversion.problems else _seen_changes(standing, conversion),
        "problems": [problem.as_json() for problem in shown_problems(standing, conversion)],
    }


def _seen_changes(standing: Standing, conversion: Conversion) -> list[str]:
    seen = visible_fields(standing)
    return [name for name in conversion.changes if not name.startswith("fields.") or name.split(".", 1)[1] in seen]
