"""Literal values of fields in a document, wherever they stand in it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.containers.models import Container
from apps.core.json_types import Json, JsonMapping
from apps.core.strict_json import escape

from .documents import AskedField
from .expressions import EXPRESSION, is_expression

EMPTY: tuple[Json, ...] = (None, "", [], {})
REFERENCE = re.compile(r"\s*[a-z]+(\s*\.\s*[A-Za-z_]\w*)+\s*", re.ASCII)
"""An expression that takes a value as it is, from where it is known only when it runs."""


@dataclass(frozen=True)
class Value:
    """One value for a field of the task itself, or (`elsewhere`) of a task that is made."""

    pointer: str
    field: str
    value: Json
    elsewhere: bool = False
    container: str | None = None
    type: str | None = None
    is_proposal: bool = False
    """A person is shown it, and decides."""

    @property
    def is_literal(self) -> bool:
        """Whether it discloses something of what the field will hold."""
        if is_expression(self.value):
            return REFERENCE.fullmatch(str(self.value[EXPRESSION])) is None
        return self.value not in EMPTY

    def is_for(self, place: Container, container: Container, type: str) -> bool:
        """Whether, in a document of `place`, it may be for a task of that type there."""
        there = self.container or place.slug
        return there == container.slug and (not self.elsewhere or self.type in (None, type))


def values_of_fields(fields: JsonMapping | None, at: str = "/fields", **where: Json) -> Iterator[Value]:
    """Those of a map from names to values."""
    for name, value in (fields or {}).items():
        yield Value(f"{at}/{escape(name)}", name, value, **where)


def proposals(asked: Iterable[AskedField], at: str = "/fields") -> Iterator[Value]:
    """Those that a request to a person proposes."""
    for index, item in enumerate(asked):
        yield Value(f"{at}/{index}/proposed", item["name"], item.get("proposed"), is_proposal=True)
