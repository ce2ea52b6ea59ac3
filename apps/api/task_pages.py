"""Pages of tasks. The usual ones are queries compiled once a process; all others are compiled as they come."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.actors.actor import Actor, Kind
from apps.core.errors import TooBroad
from apps.core.json_types import Json
from apps.core.sql.limits import at_most
from apps.core.sql.prepared import Prepared
from apps.tasks import access, queries
from apps.tasks.filters import FILTERS, is_field_filter, narrow
from apps.tasks.lifecycle import Status
from apps.tasks.models import Task, TaskQuerySet

from .pagination import Order, Rows, orders, rows_of

PLAIN_ORDERS = orders("created_at", created_at="id")
ORDERS = {
    **PLAIN_ORDERS,
    **orders("updated_at", "status_changed_at", "priority", "start_at", "due_at", "title", due_at="due_or_last"),
}
DEFAULT_ORDER = "-created_at"
READ_BY_STATUS = frozenset(FILTERS) - {
    "assignee", "reporter", "correlation_id", "external_id", "origin_id", "run", "stage", "function", "q",
    "container__in",
} | {"limit", "cursor", "order", "count"}  # fmt: skip
"""Parameters that do not find tasks by an index of their own."""
TEXTS = frozenset({"container", "type", "stage", "function", "correlation_id", "external_id"})
USUAL = TEXTS | {"status", "limit", "cursor", "order", "count"}


@dataclass(frozen=True)
class _Shape:
    """All that a page's SQL depends on; the values are put in later."""

    kind: Kind
    administrates: bool
    views: bool
    teams: int
    names: tuple[str, ...]
    statuses: str | None
    order: str
    goes_on: bool
    limit: int


@dataclass(frozen=True)
class TaskRows(Rows):
    """The tasks that the parameters of a request ask for."""

    actor: Actor
    given: Mapping[str, str]

    def page(self, order: Order, position: list[Json] | None, limit: int) -> list[Task]:
        shape = self._shape(position, limit)
        if shape is None:
            return self._searched(order, position, limit)
        values = [*self._ids(), *(position or []), *(self.given[name] for name in shape.names)]
        return _PAGES.rows(*values, key=shape)

    def _searched(self, order: Order, position: list[Json] | None, limit: int) -> list[Task]:
        rows = self._all()
        if not ("container" in self.given and order.columns[0] == "updated_at") and order.columns[0] != "id":
            _require_few(rows)
        page = _cut(rows, self.given, order, position, limit)
        if "q" not in self.given or set(order.columns) - {field.name for field in Task._meta.fields}:
            return list(page)
        return queries.loaded(page)

    def count(self) -> int:
        return rows_of(self._all()).count()

    def limited(self) -> AbstractContextManager[None]:
        """While the page is read: what no index may bound is bounded in time. Raises TooBroad."""
        is_usual = self._shape(None, 1) is not None and "count" not in self.given
        return nullcontext() if is_usual else at_most()

    def _all(self) -> TaskQuerySet:
        return narrow(queries.listed(self.actor, views=self._views), self.actor, self.given)

    @cached_property
    def _views(self) -> bool:
        return access.views_any(self.actor, self.given.get("container"))

    def _ids(self) -> list[UUID]:
        return [self.actor.id, *self.actor.team_ids]

    def _shape(self, position: list[Json] | None, limit: int) -> _Shape | None:
        """The shape, if the page is a usual one: single texts, statuses, by age."""
        order = self.given.get("order", DEFAULT_ORDER)
        names = tuple(sorted(name for name in TEXTS if name in self.given))
        plain = all(self.given[name] for name in names) and "," not in self.given.get("type", "")
        if not (plain and order in PLAIN_ORDERS and set(self.given) <= USUAL):
            return None
        return _Shape(
            kind=self.actor.kind,
            administrates=self.actor.is_administrator,
            views=self._views,
            teams=len(self.actor.team_ids),
            names=names,
            statuses=self.given.get("status"),
            order=order,
            goes_on=position is not None,
            limit=limit,
        )


def _build(shape: _Shape, *values: Json) -> QuerySet[Task]:
    """The query of a usual page: actor, teams, position and texts stand in `values`, in this order."""
    left = list(values)
    actor_id, *teams = [left.pop(0) for _ in range(shape.teams + 1)]
    actor = Actor(shape.kind, "", actor_id, frozenset(teams), is_administrator=shape.administrates)
    position = [left.pop(0)] if shape.goes_on else None
    given = dict(zip(shape.names, left, strict=True))
    if shape.statuses is not None:
        given["status"] = shape.statuses
    rows = narrow(queries.listed(actor, views=shape.views), actor, given)
    rows = rows.defer("type_version__spec", "type_version__stage_map")
    return _cut(rows, given, PLAIN_ORDERS[shape.order], position, shape.limit)


def _cut(
    rows: TaskQuerySet, given: Mapping[str, str], order: Order, position: list[Json] | None, limit: int
) -> QuerySet[Task]:
    """The query of a page. The index of a container's tasks has those of each status by age."""
    by_status = all(name in READ_BY_STATUS or is_field_filter(name) for name in given)
    if not (order.columns == ["id"] and "container" in given and by_status):
        return rows_of(rows).cut(order, position, limit)
    named = given.get("status")
    statuses = sorted(set(named.split(","))) if named else [each for each in Status if each != Status.RETRIED]
    parts = [rows_of(rows.select_related(None).filter(status=each)).cut(order, position, limit) for each in statuses]
    merged = queries.merged(parts).select_related(*Task.RELATED)
    return rows_of(merged.defer("type_version__spec", "type_version__stage_map")).cut(order, None, limit)


def _require_few(rows: TaskQuerySet) -> None:
    """Raises TooBroad unless the tasks are few enough to be put in an order that no index has."""
    if not queries.can_be_sorted(rows):
        detail = _("More than %(most)s tasks cannot be put in this order: narrow them down.")
        raise TooBroad.at("/order", detail % {"most": queries.MOST_SORTED})


_PAGES = Prepared(_build)
