"""Pages of a list without totals: one row more than fits says whether there is a next one."""

from collections.abc import Callable
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.web.contexts.parts import Links

SIZE = 50
MOST_PAGES = 20
"""A list shows no more of them: filters find what lies behind."""
Row = TypeVar("Row", bound=Model)


def page_of(
    rows: QuerySet[Row], query: QueryDict, *, load: Callable[[QuerySet[Row]], list[Row]] = list
) -> tuple[list[Row], Links]:
    """The rows of the page that `?page=` names, as `load` reads them, and the links for `parts/_pagination.html`."""
    number = _number(query.get("page", ""))
    start = (number - 1) * SIZE
    loaded = load(rows[start : start + SIZE + 1])
    shown = loaded[:SIZE]
    words = _("%(first)d to %(last)d") % {"first": start + 1, "last": start + len(shown)} if shown else ""
    newer = with_values(query, page=str(number - 1) if number > 2 else "") if number > 1 else ""
    older = with_values(query, page=str(number + 1)) if len(loaded) > SIZE and number < MOST_PAGES else ""
    return shown, {"newer": newer, "older": older, "words": words}


def _number(text: str) -> int:
    return min(max(int(text), 1), MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def with_values(query: QueryDict, **values: str) -> str:
    """The address's query with some values set; "" takes one out."""
    changed = query.copy()
    for name, value in values.items():
        changed.pop(name, None)
        if value:
            changed[name] = value
    return f"?{changed.urlencode()}"
