"""Counts that end somewhere: they cost the same, however many rows lie behind."""

from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery

COUNTED_TO = 1000
MOST_SORTED = 10_000


def bounded_count(rows: QuerySet[Any], most: int = COUNTED_TO) -> int:
    """How many rows there are, up to `most`."""
    return rows.order_by()[:most].count()


def can_be_sorted(rows: QuerySet[Any]) -> bool:
    """Whether there are at most MOST_SORTED rows, so that all of them may be read to put them in order."""
    return bounded_count(rows, MOST_SORTED + 1) <= MOST_SORTED


class BoundedCount(Subquery):
    """The same within a statement: how many rows a queryset gives, up to COUNTED_TO."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.values("pk")[:COUNTED_TO])
