"""Counts that end somewhere: they cost the same, however many rows lie behind."""

from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery

COUNTED_TO = 1000


def bounded_count(rows: QuerySet[Any]) -> int:
    """How many rows there are, up to COUNTED_TO."""
    return rows.order_by()[:COUNTED_TO].count()


class BoundedCount(Subquery):
    """The same within a statement: how many rows a queryset gives, up to COUNTED_TO."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.values("pk")[:COUNTED_TO])
