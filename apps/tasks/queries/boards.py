"""The board of a container, lane by lane, cards by `rank` (`services/writing.py` gives a new card the last one).

Each lane is read along the index (container, stage, rank): it costs what it shows, however many tasks lie behind.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from apps.actors.actor import Actor
from apps.containers.models import Container, TypeVersion
from apps.core.sql.lookups import PickedBy
from apps.tasks.models import Task, TaskQuerySet

from .counts import BoundedCount
from .tasks import listed_for

DONE_DAYS = 7


@dataclass(frozen=True)
class Lane:
    """One column: its first cards, and how many there are for this reader, counted up to COUNTED_TO."""

    tasks: list[Task]
    count: int


def board(
    actor: Actor,
    container: Container,
    stages: Collection[str],
    *,
    done: Collection[str],
    limit: int,
    narrow: Q | None = None,
    all_of: str | None = None,
) -> dict[str, Lane]:
    """Stage → lane, for those of `stages`, and of older versions of the types, that have cards.

    Stages in `done` show what came into them in the last days, the latest first. `narrow` filters the cards; the lane
    of the stage `all_of` gives up to ten times `limit` cards.
    """
    rows = listed_for(actor, container.slug).current().filter(narrow or Q(), container=container)
    lanes = {stage: _lane(rows, stage, is_done=stage in done) for stage in _with_older(container, stages)}
    limits = {stage: limit * 10 if stage == all_of else limit for stage in lanes}
    shown = _first(lanes, limits)
    counts = _counts(container, {stage: lanes[stage] for stage, cards in shown.items() if len(cards) == limits[stage]})
    return {stage: Lane(cards, counts.get(stage, len(cards))) for stage, cards in shown.items()}


def _lane(rows: TaskQuerySet, stage: str, *, is_done: bool) -> TaskQuerySet:
    if not is_done:
        return rows.filter(stage=stage).order_by("rank", "id")
    since = timezone.now() - timedelta(days=DONE_DAYS)  # a card gets its rank, a time, when it comes into a stage
    return rows.filter(stage=stage, rank__gte=int(since.timestamp() * 1_000_000)).order_by("rank", "id").reverse()


def _with_older(container: Container, stages: Collection[str]) -> list[str]:
    """The stages, and those of older versions of the types: tasks may still be in them."""
    older = TypeVersion.objects.filter(type__container=container).exclude(pk=F("type__current"))
    names = {
        stage["name"]
        for stages_of_version in older.values_list("spec__stages", flat=True)
        for stage in stages_of_version or ()
    }
    return [*stages, *sorted(names.difference(stages))]


def _first(lanes: dict[str, TaskQuerySet], limits: dict[str, int]) -> dict[str, list[Task]]:
    """The first tasks of each lane that has any, in its order; one statement for all lanes."""
    rows = Task.objects.select_related(*Task.RELATED)
    parts = [rows.filter(PickedBy("pk", lane[: limits[stage]].values("pk"))) for stage, lane in lanes.items()]
    tasks: dict[str, list[Task]] = {stage: [] for stage in lanes}
    for task in parts[0].union(*parts[1:], all=True) if parts else ():
        tasks[task.stage].append(task)
    for stage, lane in lanes.items():
        tasks[stage].sort(key=lambda task: (task.rank, task.pk), reverse=not lane.query.standard_ordering)
    return {stage: cards for stage, cards in tasks.items() if cards}


def _counts(container: Container, lanes: dict[str, TaskQuerySet]) -> dict[str, int]:
    """How many tasks each lane has, up to COUNTED_TO; one statement for all lanes."""
    if not lanes:
        return {}
    row = Container.objects.filter(pk=container.pk).values_list(*map(BoundedCount, lanes.values())).get()
    return dict(zip(lanes, row, strict=True))
