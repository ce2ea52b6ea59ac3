"""Shapes of single values: text, choice, numbers, flag, timestamp, and what is judged elsewhere."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.core.errors import Problem
from apps.core.ids import parse_uuid
from apps.core.numbers import whole_of
from apps.core.strict_json import MAX_NUMBER
from apps.core.text import is_blank, trimmed
from apps.core.timestamps import can_be_stored, parse_rfc_3339

from .base import Problems, Schema, Shape, not_an_object


def is_plain(text: str) -> bool:
    """Whether every database can store it: no NUL and no half of a surrogate pair."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text))


class Anything(Shape):
    """Any JSON value, null too."""

    def __init__(self, *, description: str = "") -> None:
        super().__init__(nullable=True, description=description)

    def _read(self, value: object, at: str, problems: Problems) -> object:
        return value

    def schema(self) -> Schema:
        return {"description": f"Any JSON value. {self.description}".rstrip()}


class Text(Shape):
    """A text of at most `most` characters, stored as it is. It may be empty only with `blank`.

    One with a `pattern` must match all of it; `hint` says in words what that means.
    """

    def __init__(
        self,
        most: int,
        *,
        blank: bool = False,
        nullable: bool = False,
        description: str = "",
        pattern: str = "",
        hint: str | Promise = "",
    ) -> None:
        super().__init__(nullable=nullable, description=description)
        self.most, self.blank, self.pattern, self.hint = most, blank, pattern, hint

    def _read(self, value: object, at: str, problems: Problems) -> object:
        refused = refuse_text(value, self.most, blank=self.blank)
        if refused is None and self.pattern and not re.fullmatch(self.pattern, str(value)):
            refused = "invalid", str(self.hint)
        if refused is None:
            return value
        problems.append(Problem(at, *refused))
        return None

    def _schema(self) -> Schema:
        if self.blank:
            return {"type": "string", "maxLength": self.most}
        pattern = _of_whole_text(self.pattern) if self.pattern else r"\S"
        return {"type": "string", "maxLength": self.most, "minLength": 1, "pattern": pattern}


def _of_whole_text(pattern: str) -> str:
    """A pattern that must match all of a text, as JSON Schema writes it: for any engine."""
    return f"^{pattern.removeprefix('^').removesuffix('$').removesuffix(chr(92) + 'Z')}$"


class Title(Text):
    """A text of one line's kind that names something: blanks around it are no part of it."""

    def _read(self, value: object, at: str, problems: Problems) -> object:
        return super()._read(trimmed(value) if isinstance(value, str) else value, at, problems)


def refuse_text(value: object, most: int, *, blank: bool) -> tuple[str, str] | None:
    """The code and the detail of what is wrong with a text; None if it may stand."""
    if not isinstance(value, str):
        return "invalid", _("Must be a text.")
    if not blank and is_blank(value):
        return "blank", _("Must not be empty.")
    if len(value) > most:
        return "max_length", _("Must have at most %s characters.") % most
    return None if is_plain(value) else ("invalid", _("Has characters that cannot be stored."))


class Uuid(Shape):
    """The text of a UUID."""

    def _read(self, value: Any, at: str, problems: Problems) -> Any:
        if parse_uuid(value) is not None:
            return value
        problems.append(Problem(at, "invalid", _("Must be a UUID.")))
        return None

    def _schema(self) -> Schema:
        return {"type": "string", "format": "uuid"}


class Choice(Shape):
    """One of a few texts."""

    def __init__(self, options: Collection[str], *, nullable: bool = False, description: str = "") -> None:
        super().__init__(nullable=nullable, description=description)
        self.options = tuple(options)

    def _read(self, value: object, at: str, problems: Problems) -> object:
        if isinstance(value, str) and value in self.options:
            return value
        problems.append(Problem(at, "invalid_choice", refused_choice(self.options)))
        return None

    def _schema(self) -> Schema:
        return {"type": "string", "enum": list(self.options)}


def refused_choice(options: Collection[str]) -> str:
    """The message for a text that is none of the options."""
    return _("Must be one of: %s.") % ", ".join(options)


class Number(Shape):
    """A JSON number between two bounds."""

    kinds: tuple[type, ...] = (int, float)
    name = "number"

    def __init__(
        self, least: float = -MAX_NUMBER, most: float = MAX_NUMBER, *, nullable: bool = False, description: str = ""
    ) -> None:
        super().__init__(nullable=nullable, description=description)
        self.least, self.most = least, most

    def _read(self, value: object, at: str, problems: Problems) -> object:
        if not isinstance(value, self.kinds) or isinstance(value, bool):
            problems.append(Problem(at, "invalid", self.wrong_kind()))
            return None
        number: Any = value
        if self.least <= number <= self.most:
            return number
        problems.append(Problem(at, "min_value" if number < self.least else "max_value", self.out_of_bounds()))
        return None

    def wrong_kind(self) -> str:
        """The message for a value that is no such number."""
        return _("Must be a number.")

    def out_of_bounds(self) -> str:
        """The message for a number that is too small or too large."""
        return _("Must be a number from %(least)s to %(most)s.") % {"least": self.least, "most": self.most}

    def _schema(self) -> Schema:
        return {"type": self.name, "minimum": self.least, "maximum": self.most}


class Whole(Number):
    """A JSON number without a fraction; 5.0 is 5."""

    kinds = (int,)
    name = "integer"

    def _read(self, value: object, at: str, problems: Problems) -> object:
        whole = whole_of(value)
        return super()._read(value if whole is None else whole, at, problems)

    def wrong_kind(self) -> str:
        return _("Must be a whole number.")

    def out_of_bounds(self) -> str:
        return _("Must be a whole number from %(least)s to %(most)s.") % {"least": self.least, "most": self.most}


class Flag(Shape):
    """`true` or `false`."""

    def _read(self, value: object, at: str, problems: Problems) -> object:
        if isinstance(value, bool):
            return value
        problems.append(Problem(at, "invalid", _("Must be true or false.")))
        return None

    def _schema(self) -> Schema:
        return {"type": "boolean"}


class Timestamp(Shape):
    """An RFC 3339 time with its offset, read as a datetime in UTC; callers in Python may give that themselves.

    With `as_text` it is a text that stays as it is: for documents that are stored.
    """

    def __init__(self, *, as_text: bool = False, nullable: bool = False, description: str = "") -> None:
        super().__init__(nullable=nullable, description=description)
        self.as_text = as_text

    def _read(self, value: object, at: str, problems: Problems) -> object:
        timestamp = value if isinstance(value, datetime) else parse_rfc_3339(value)
        if timestamp is not None and not can_be_stored(timestamp):
            timestamp = None
        if timestamp is None:
            problems.append(Problem(at, "invalid", _("Must be a time with its zone, as in 2030-01-31T12:00:00Z.")))
        if timestamp is None:
            return None
        return value if self.as_text else timestamp.astimezone(UTC)

    def _schema(self) -> Schema:
        return {"type": "string", "format": "date-time"}


class FreeObject(Shape):
    """A JSON object whose content is judged elsewhere."""

    def _read(self, value: object, at: str, problems: Problems) -> object:
        if isinstance(value, Mapping):
            return value if isinstance(value, dict) else dict(value)
        problems.append(not_an_object(at))
        return None

    def _schema(self) -> Schema:
        return {"type": "object", "additionalProperties": True}


class Refused(Shape):
    """What must not stand here any more; `like` says what it would be."""

    def __init__(self, like: Callable[[], Schema], detail: str) -> None:
        super().__init__(nullable=True)
        self.like, self.detail = like, detail

    def _read(self, value: object, at: str, problems: Problems) -> object:
        problems.append(Problem(at, "invalid", str(self.detail)))
        return None

    def _schema(self) -> Schema:
        return self.like()
