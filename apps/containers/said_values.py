"""Values that a document says for fields of tasks, wherever in it they stand."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.strict_json import escape

from .expressions import EXPRESSION, is_expression
from .models import Container

EMPTY: tuple[Any, ...] = (None, "", [], {})
REFERENCE = re.compile(r"\s*[a-z]+(\s*\.\s*[A-Za-z_]\w*)+\s*", re.ASCII)
"""An expression that takes a value as it is, from where it is known only when it runs."""


@dataclass(frozen=True)
class Value:
    """One value that a document says for a field: of the task itself, or `elsewhere`, of one that is made."""

    pointer: str
    field: str
    said: Any
    elsewhere: bool = False
    container: str | None = None
    type: str | None = None

    @property
    def is_literal(self) -> bool:
        """Whether it tells something of what the field will hold."""
        if is_expression(self.said):
            return REFERENCE.fullmatch(str(self.said[EXPRESSION])) is None
        return self.said not in EMPTY

    def is_for(self, place: Container, container: Container, type: str) -> bool:
        """Whether, said in `place`, it may be for a task of that type there."""
        there = self.container or place.slug
        return there == container.slug and (not self.elsewhere or self.type in (None, type))


def values_of_fields(fields: Mapping[str, Any] | None, at: str = "/fields", **where: Any) -> Iterator[Value]:
    """Those of a map from names to values."""
    for name, said in (fields or {}).items():
        yield Value(f"{at}/{escape(name)}", name, said, **where)


def proposals(asked: Iterable[Mapping[str, Any]], at: str = "/fields") -> Iterator[Value]:
    """Those that a request to a person proposes."""
    for index, item in enumerate(asked):
        yield Value(f"{at}/{index}/proposed", str(item["name"]), item.get("proposed"))
