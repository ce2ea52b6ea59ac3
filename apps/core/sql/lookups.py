"""Conditions that are looked up by an index, whatever PostgreSQL expects of the rows around them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, Exists, F, QuerySet, Subquery


class LookedUp(Exists):
    """`Exists` that PostgreSQL never answers by reading all of its rows first.

    It would, to look rows up in what it has read: it expects to need them all, though a list shows fifty. A subquery
    with an offset is run as it stands, row by row, along its index.
    """

    template = "EXISTS(%(subquery)s OFFSET 0)"


class PickedBy(Subquery):
    """Condition: the column is among what a query gives. That query is run first, and once.

    A plain `IN` becomes one of the joins, and among more than eight of them PostgreSQL leaves it to the last.
    """

    conditional = True

    def __init__(self, column: str, queryset: QuerySet[Any]) -> None:
        super().__init__(queryset, output_field=BooleanField())
        self.column: Any = F(column)

    def get_source_expressions(self) -> list[Any]:
        return [*super().get_source_expressions(), self.column]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        *rest, self.column = exprs
        super().set_source_expressions(rest)

    def as_sql(self, compiler: Any, connection: Any, template: str | None = None, **extra: Any) -> Any:
        return self._spelled(compiler, connection, "%s IN (%s)")

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self._spelled(compiler, connection, "(%s = ANY(ARRAY(%s)))")

    def _spelled(self, compiler: Any, connection: Any, form: str) -> Any:
        column, before = compiler.compile(self.column)
        rows, given = super().as_sql(compiler, connection, template="%(subquery)s")
        return form % (column, rows), (*before, *given)
