"""Sealing anew under the first key, after keys were rotated: what an operator does before an old key is taken away."""

from collections.abc import Iterator
from uuid import UUID

from django.db import models, transaction

from apps.containers.models import TypeVersion
from apps.containers.type_document.spec import spec_of
from apps.core.json_types import Json
from apps.core.sealing import NotSealed, is_sealed, reseal
from apps.tasks.models import Handover, Task

BATCH = 200


class Resealed:
    """How many texts were sealed anew, and how many nobody can read any more."""

    def __init__(self) -> None:
        self.done = self.unreadable = 0

    def anew(self, value: Json) -> Json:
        """The value with every sealed text in it sealed anew."""
        if isinstance(value, dict):
            return {name: self.anew(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.anew(item) for item in value]
        if not is_sealed(value):
            return value
        try:
            sealed = reseal(value)
        except NotSealed:
            self.unreadable += 1
            return value
        self.done += 1
        return sealed


def reseal_tasks(count: Resealed) -> None:
    """The secret fields of all tasks, and what handovers hold of them. Safe beside all other work."""
    secret = [version.pk for version in TypeVersion.objects.iterator() if spec_of(version).secrets]
    tasks = Task.objects.filter(type_version__in=secret)
    handovers = Handover.objects.filter(task__type_version__in=secret)
    for pks in _batches(tasks):
        _reseal(tasks, pks, ("fields", "answers"), count)
    for pks in _batches(handovers):
        _reseal(handovers, pks, ("fields", "draft", "answer", "on_timeout"), count)


def _batches(rows: models.QuerySet[Json]) -> Iterator[list[UUID]]:
    last: UUID | None = None
    ordered = rows.order_by("pk").values_list("pk", flat=True)
    while pks := list((ordered.filter(pk__gt=last) if last else ordered)[:BATCH]):
        yield pks
        last = pks[-1]


@transaction.atomic
def _reseal(rows: models.QuerySet[Json], pks: list[UUID], columns: tuple[str, ...], count: Resealed) -> None:
    """The rows are held: nobody's write is lost, and who reads meanwhile reads the same values."""
    for row in rows.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",)).only("pk", *columns):
        before = {column: getattr(row, column) for column in columns}
        after = {column: count.anew(value) for column, value in before.items()}
        if after != before:
            rows.model._default_manager.filter(pk=row.pk).update(**after)
