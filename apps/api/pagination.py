"""Lists: keyset pages in a named order, an opaque cursor, and a count only on request.

A page is cut by the values of its last row, never by an offset: rows that come or go meanwhile neither repeat
nor hide others.
"""

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

from .sealing import seal, unseal

DEFAULT_LIMIT = 50
MOST = 200
PAGE_PARAMETERS = frozenset({"limit", "cursor", "count"})


@dataclass(frozen=True)
class Order:
    """A named order: columns (none of them null; `-` before those that fall), the last one unique."""

    terms: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """The columns without their directions."""
        return [term.removeprefix("-") for term in self.terms]

    def after(self, values: Sequence[Any]) -> Q:
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

    def page(self, order: Order, position: list[Any] | None, limit: int) -> list[Any]:
        """At most `limit` rows past a position."""

    def count(self) -> int:
        """All of them."""


@dataclass(frozen=True)
class QueryRows(Rows):
    """The rows of a query."""

    query: QuerySet[Any]

    def page(self, order: Order, position: list[Any] | None, limit: int) -> list[Any]:
        return list(self.cut(order, position, limit))

    def cut(self, order: Order, position: list[Any] | None, limit: int) -> QuerySet[Any]:
        """The query of a page."""
        rows = self.query if position is None else self.query.filter(order.after(position))
        return rows.order_by(*order.terms)[:limit]

    def count(self) -> int:
        return self.query.order_by().count()


def rows_of(query: QuerySet[Any]) -> QueryRows:
    """A query as the rows of a list."""
    return QueryRows(query)


def answer_page(
    request: Request,
    rows: QuerySet[Any] | Rows,
    *,
    render: Callable[[Sequence[Any]], Sequence[Any]],
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


def answer_list(request: Request, rows: Sequence[Mapping[str, Any]]) -> Response:
    """One page of a list that is rendered already, in its order; each row has an `id`."""
    limit, purpose = limit_of(request), f"{request.path}||{_actor(request)}"
    position, start = cursor_of(request, purpose), 0
    if position is not None:
        start = next((index + 1 for index, row in enumerate(rows) if [row["id"]] == position), len(rows))
    page = rows[start : start + limit]
    cursor = seal([page[-1]["id"]], purpose=purpose) if len(rows) > start + limit else None
    return _answer(request, page, cursor, lambda: len(rows))


def _answer(request: Request, page: Sequence[Any], cursor: str | None, count: Callable[[], int]) -> Response:
    body: dict[str, Any] = {"results": list(page), "next": cursor}
    if flag_of(request, "count"):
        body["count"] = count()
    return Response(body, headers=link_to(request, cursor))


def _position(request: Request, purpose: str, order: Order) -> list[Any] | None:
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


def cursor_of(request: Request, purpose: str) -> list[Any] | None:
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


def value_of(row: Any, column: str) -> Any:
    """The value of a column, which may lie behind relations (`task__title`)."""
    for part in column.split("__"):
        row = getattr(row, part)
    return row


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    return {"id": str(value)} if isinstance(value, UUID) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict):
        return datetime.fromisoformat(value["at"]) if "at" in value else UUID(value["id"])
    return value
