"""Lists: keyset pages in a named order, an opaque cursor, and a count only on request.

A page is cut by the values of its last row, never by an offset: rows that come or go meanwhile neither repeat
nor hide others.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from apps.actors.actor import Actor
from apps.core.errors import Invalid
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.timestamps import format_timestamp

from .cursors import seal, unseal

Row = Any
"""A row of some model, or one that is rendered already."""
DEFAULT_LIMIT = 50
MOST = 200
MOST_COUNTED = 10_000
"""`count=true` counts no further."""
PAGE_PARAMETERS = frozenset({"limit", "cursor", "count"})


@dataclass(frozen=True)
class Order:
    """A named order: columns (none of them null; `-` before those that fall), the last one unique."""

    terms: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """The columns without their directions."""
        return [term.removeprefix("-") for term in self.terms]

    def after(self, values: Sequence[Json]) -> Q:
        """Condition on the rows past the one with these values."""
        condition = Q()
        for term, value in reversed(list(zip(self.terms, values, strict=True))):
            column, beyond = term.removeprefix("-"), "lt" if term.startswith("-") else "gt"
            further = Q(**{f"{column}__{beyond}": value})
            condition = further | Q(**{column: value}) & condition if condition else further
        return condition


def orders(*names: str, unique: str = "id", **columns: str) -> dict[str, Order]:
    """Both directions of each name (`name`, `-name`); `columns` says which column a name stands for."""
    found = {}
    for name in names:
        column = columns.get(name, name)
        rest = () if column == unique else (unique,)
        found[name] = Order((column, *rest))
        found["-" + name] = Order(tuple("-" + part for part in (column, *rest)))
    return found


class Rows(Protocol):
    """What a list is cut from."""

    def page(self, order: Order, position: list[Json] | None, limit: int) -> list[Row]:
        """At most `limit` rows past a position."""

    def count(self) -> int:
        """How many there are, up to MOST_COUNTED."""


@dataclass(frozen=True)
class QueryRows(Rows):
    """The rows of a query."""

    query: QuerySet[Row]

    def page(self, order: Order, position: list[Json] | None, limit: int) -> list[Row]:
        return list(self.cut(order, position, limit))

    def cut(self, order: Order, position: list[Json] | None, limit: int) -> QuerySet[Row]:
        """The query of a page."""
        rows = self.query if position is None else self.query.filter(order.after(position))
        return rows.order_by(*order.terms)[:limit]

    def count(self) -> int:
        return self.query.order_by()[:MOST_COUNTED].count()


def rows_of(query: QuerySet[Row]) -> QueryRows:
    """A query as the rows of a list."""
    return QueryRows(query)


def answer_page(
    request: Request,
    rows: QuerySet[Row] | Rows,
    *,
    render: Callable[[Sequence[Row]], Sequence[Row]],
    orders: Mapping[str, Order],
    order: str,
) -> Response:
    """One page of `rows`, rendered together. `order` is the default of `?order=`. Raises Invalid."""
    name = request.query_params.get("order", order)
    if name not in orders:
        raise Invalid.at(
            "/order", _("There is no order of that name. Known: %(names)s.") % {"names": ", ".join(orders)}
        )
    limit, purpose = limit_of(request), f"{request.path}|{name}|{_actor(request)}"
    rows = rows_of(rows) if isinstance(rows, QuerySet) else rows
    page = rows.page(orders[name], _position(request, purpose, orders[name]), limit + 1)
    more = len(page) > limit
    page = page[:limit]
    cursor = (
        seal([_as_json(value_of(page[-1], column)) for column in orders[name].columns], purpose=purpose)
        if more
        else None
    )
    return _answer(request, render(page), cursor, rows.count)


def answer_list(request: Request, rows: Sequence[JsonMapping], *, by: Sequence[str] = ("id",)) -> Response:
    """One page of a list that is rendered already, in the order of the keys `by`, which together name one row."""

    def place(row: JsonMapping) -> list[Row]:
        return [row[key] for key in by]

    def find(position: list[Json] | None, limit: int) -> Sequence[JsonMapping]:
        start = 0 if position is None else bisect_right(rows, position, key=place)
        return rows[start : start + limit]

    return answer_found(request, find, place=place, render=list, count=lambda: len(rows))


def answer_found(
    request: Request,
    find: Callable[[list[Json] | None, int], Sequence[Row]],
    *,
    place: Callable[[Row], list[Row]],
    render: Callable[[Sequence[Row]], Sequence[Row]],
    count: Callable[[], int],
) -> Response:
    """One page of what `find` answers for a position (None: the beginning) and a number of rows.

    `place` is the position of a row, in JSON: it need not be there any more when the next page is asked for.
    """
    limit, purpose = limit_of(request), f"{request.path}||{_actor(request)}"
    rows = find(cursor_of(request, purpose), limit + 1)
    cursor = seal(place(rows[limit - 1]), purpose=purpose) if len(rows) > limit else None
    return _answer(request, render(rows[:limit]), cursor, count)


def _answer(request: Request, page: Sequence[Row], cursor: str | None, count: Callable[[], int]) -> Response:
    body: JsonObject = {"results": list(page), "next": cursor}
    if flag_of(request, "count"):
        body["count"] = count()
    return Response(body, headers=link_to(request, cursor))


def _position(request: Request, purpose: str, order: Order) -> list[Json] | None:
    position = cursor_of(request, purpose)
    if position is not None and len(position) != len(order.columns):
        raise _unknown_cursor()
    return None if position is None else [_from_json(value) for value in position]


def _actor(request: Request) -> Actor | None:
    return request.auth if isinstance(request.auth, Actor) else None


# --- Parameters --------------------------------------------------------------------------------------


def limit_of(request: Request) -> int:
    """How many rows a page has. Raises Invalid unless it is 1 … 200."""
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MOST):
        raise Invalid.at("/limit", _("limit must be a whole number from 1 to %(most)s.") % {"most": MOST})
    return int(text)


def flag_of(request: Request, name: str) -> bool:
    """A parameter that is `true` or `false` (the default)."""
    text = request.query_params.get(name, "false")
    if text not in ("true", "false"):
        raise Invalid.at(f"/{name}", _("%(name)s must be true or false.") % {"name": name})
    return text == "true"


def cursor_of(request: Request, purpose: str) -> list[Json] | None:
    """The position that `?cursor=` names; None on the first page. Raises Invalid for one that is not from here."""
    text = request.query_params.get("cursor")
    if not text:
        return None
    try:
        position = unseal(text, purpose=purpose)
    except ValueError:
        raise _unknown_cursor() from None
    return position if isinstance(position, list) else None


def _unknown_cursor() -> Invalid:
    return Invalid.at("/cursor", _("This cursor is not one of this list. Begin again without it."))


def link_to(request: Request, cursor: str | None) -> dict[str, str]:
    """The Link header to the next page."""
    if cursor is None:
        return {}
    query = request._request.GET.copy()
    query["cursor"] = cursor
    url = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
    return {"Link": f'<{url}>; rel="next"'}


# --- Values in cursors -------------------------------------------------------------------------------


def value_of(row: Row, column: str) -> Row:
    """The value of a column, which may lie behind relations (`task__title`)."""
    for part in column.split("__"):
        row = getattr(row, part)
    return row


def _as_json(value: Row) -> Row:
    if isinstance(value, datetime):
        return {"at": format_timestamp(value)}
    return {"id": str(value)} if isinstance(value, UUID) else value


def _from_json(value: Row) -> Row:
    if isinstance(value, dict):
        return datetime.fromisoformat(value["at"]) if "at" in value else UUID(value["id"])
    return value
