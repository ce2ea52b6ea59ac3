"""Python values as the JSON that TaskHub accepts; what cannot be written is refused here, by type and place.

| Python | JSON |
|---|---|
| None, bool, str, int within ±(2⁵³−1), finite float | the same |
| dict (keys are text or int), list, tuple | object, array |
| datetime with a zone | RFC 3339 in UTC, `2030-01-31T12:00:00.000Z` |
| date | `2030-01-31` |
| Decimal | its digits as text, `"142.10"`: a number would lose digits, and money is text in TaskHub |
| UUID, path | text |
| Enum member | its value |
| dataclass | object of its fields |
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from .errors import TaskHubError

DEEPEST = 32
LARGEST = 2**53 - 1


class UnwritableValue(TaskHubError, TypeError):
    """A value that JSON (as TaskHub reads it) cannot hold. `pointer` is its place, `type` its class."""

    def __init__(self, value: object, pointer: str, why: str) -> None:
        self.pointer, self.type, self.why = pointer, type(value).__name__, why
        super().__init__(f"{pointer or 'The value'} is of type {self.type}: {why}.")


def encode(value: object, pointer: str = "") -> Any:
    """A copy of the value made of what JSON has. Raises UnwritableValue."""
    return _encode(value, pointer, [])


def timestamp(time: datetime) -> str:
    """A time as TaskHub writes it: RFC 3339, UTC, `Z`. Raises ValueError for one without a zone."""
    if time.tzinfo is None:
        raise ValueError("A time needs its zone: datetime.now(UTC), not datetime.now()")
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plain_text(text: str, longest: int | None = None) -> str:
    """The text without what TaskHub refuses (NUL, lone surrogates), cut to a length: for messages of errors."""
    clean = text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
    return clean[:longest]


def _encode(value: object, pointer: str, outer: list[int]) -> Any:
    if isinstance(value, Enum):
        return _encode(value.value, pointer, outer)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str | PurePath):
        return _text(str(value), value, pointer)
    if isinstance(value, int | float | Decimal):
        return _number(value, pointer)
    if isinstance(value, datetime | date | UUID):
        return _scalar(value, pointer)
    return _container(value, pointer, outer)


def _text(text: str, value: object, pointer: str) -> str:
    if "\0" in text:
        raise UnwritableValue(value, pointer, "text must not hold NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UnwritableValue(value, pointer, "text must not hold half of a surrogate pair") from None
    return text


def _number(value: int | float | Decimal, pointer: str) -> int | float | str:
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise UnwritableValue(value, pointer, "integers reach from -(2**53-1) to 2**53-1; write it as text")
        return int(value)
    if not math.isfinite(value):
        raise UnwritableValue(value, pointer, "JSON has neither NaN nor infinity")
    return f"{value:f}" if isinstance(value, Decimal) else float(value)


def _scalar(value: datetime | date | UUID, pointer: str) -> str:
    if not isinstance(value, datetime):
        return str(value)
    try:
        return timestamp(value)
    except (ValueError, OverflowError) as error:
        raise UnwritableValue(value, pointer, str(error)) from None


def _container(value: object, pointer: str, outer: list[int]) -> Any:
    if id(value) in outer:
        raise UnwritableValue(value, pointer, "it contains itself")
    if len(outer) >= DEEPEST:
        raise UnwritableValue(value, pointer, f"values are nested at most {DEEPEST} deep")
    inner = [*outer, id(value)]
    if isinstance(value, Mapping):
        return dict(_members(value.items(), pointer, inner))
    if is_dataclass(value) and not isinstance(value, type):
        named = ((field.name, getattr(value, field.name)) for field in fields(value))
        return dict(_members(named, pointer, inner))
    if isinstance(value, list | tuple):
        return [_encode(item, f"{pointer}/{index}", inner) for index, item in enumerate(value)]
    raise UnwritableValue(value, pointer, "JSON cannot hold it")


def _members(items: Iterable[tuple[Any, Any]], pointer: str, inner: list[int]) -> Iterable[tuple[str, Any]]:
    for key, item in items:
        if isinstance(key, bool) or not isinstance(key, str | int):
            raise UnwritableValue(key, pointer, "the names of an object are text")
        name = str(_encode(key, pointer, inner))
        yield name, _encode(item, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", inner)
