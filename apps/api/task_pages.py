"""Pages of tasks. The usual ones are queries compiled once a process; all others are compiled as they come."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from apps.actors.actor import Actor, Kind
from apps.core.json_types import Json
from apps.core.sql.prepared import Prepared
from apps.tasks import queries
from apps.tasks.filters import narrow
from apps.tasks.models import Task, TaskQuerySet

from .pagination import Order, Rows, orders, rows_of

PLAIN_ORDERS = orders("created_at", created_at="id")
ORDERS = {
    **PLAIN_ORDERS,
    **orders("updated_at", "status_changed_at", "priority", "start_at", "due_at", "title", due_at="due_or_last"),
}
DEFAULT_ORDER = "-created_at"
TEXTS = frozenset({"container", "type", "stage", "function", "correlation_id", "external_id"})
USUAL = TEXTS | {"status", "limit", "cursor", "order", "count"}


@dataclass(frozen=True)
class _Shape:
    """All that a page's SQL depends on; the values are put in later."""

    kind: Kind
    administrates: bool
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
        page = rows_of(self._all()).cut(order, position, limit)
        if "q" not in self.given or set(order.columns) - {field.name for field in Task._meta.fields}:
            return list(page)
        return queries.loaded(page)

    def count(self) -> int:
        return self._all().order_by().count()

    def _all(self) -> TaskQuerySet:
        return narrow(queries.tasks_for(self.actor), self.actor, self.given)

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
    rows = narrow(queries.tasks_for(actor), actor, given).defer("type_version__spec", "type_version__stage_map")
    return rows_of(rows).cut(PLAIN_ORDERS[shape.order], position, shape.limit)


_PAGES = Prepared(_build)
