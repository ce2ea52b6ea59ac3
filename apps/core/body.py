"""Reading one object of a body, key by key: what is wrong is collected with its place, not raised one by one."""

from collections.abc import Collection, Iterator
from typing import Any

from django.utils.translation import gettext as _

from .errors import Invalid, Problem
from .strict_json import escape


class Body:
    """An object and the pointer under which it lies. A key that is null counts as absent.

    Every reader returns the value or its default, and notes a problem where it is of the wrong shape; `finish`
    adds the keys that nobody read, and raises. Objects inside share the list of problems.
    """

    def __init__(self, value: object, *, at: str = "", problems: list[Problem] | None = None) -> None:
        self.at = at
        self.problems: list[Problem] = [] if problems is None else problems
        self.known: set[str] = set()
        self.value: dict[str, Any] = value if isinstance(value, dict) else {}
        self.is_object = isinstance(value, dict)
        if not self.is_object:
            self.problems.append(Problem(at, "invalid", _("Must be an object.")))

    def pointer(self, key: str) -> str:
        """The pointer of one of its keys."""
        return f"{self.at}/{escape(key)}"

    def wrong(self, key: str, detail: str, *, code: str = "invalid", index: int | None = None) -> None:
        """Note a problem with a key, or one item of its list; what is no object has told its one problem already."""
        if self.is_object:
            at = self.pointer(key) if index is None else f"{self.pointer(key)}/{index}"
            self.problems.append(Problem(at, code, detail))

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self.value.get(key) is not None

    def take(self, key: str, default: Any = None) -> Any:
        """The value as it stands."""
        self.known.add(key)
        value = self.value.get(key)
        return default if value is None else value

    def text(self, key: str, *, default: str | None = None, most: int = 200, blank: bool = False) -> Any:
        """A text of at most `most` characters; with `blank` it may be empty."""
        value = self.take(key, default)
        if value is default:
            return value
        if not isinstance(value, str):
            return self._refuse(key, _("Must be a text."), default)
        if not (blank or value.strip()):
            return self._refuse(key, _("Must not be empty."), default)
        if len(value) > most:
            return self._refuse(key, _("Must have at most %s characters.") % most, default)
        return value if is_plain(value) else self._refuse(key, _("Has characters that cannot be kept."), default)

    def choice(self, key: str, options: Collection[str], *, default: str | None = None) -> Any:
        """One of some words."""
        value = self.take(key, default)
        if value is default or (isinstance(value, str) and value in options):
            return value
        return self._refuse(key, _("Must be one of: %s.") % ", ".join(options), default)

    def whole(self, key: str, *, least: int, most: int, default: int | None = None) -> Any:
        """A whole number between two bounds."""
        value = self.take(key, default)
        if value is default or (isinstance(value, int) and not isinstance(value, bool) and least <= value <= most):
            return value
        bounds = {"least": least, "most": most}
        return self._refuse(key, _("Must be a whole number from %(least)s to %(most)s.") % bounds, default)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self.take(key, default)
        if isinstance(value, bool):
            return value
        self.wrong(key, _("Must be true or false."))
        return default

    def items(self, key: str, *, most: int) -> list[Any]:
        """A list of at most `most` things; absent is empty."""
        value = self.take(key, [])
        if isinstance(value, list) and len(value) <= most:
            return value
        self.wrong(key, _("Must be a list of at most %s.") % most)
        return []

    def objects(self, key: str, *, most: int) -> "Iterator[Body]":
        """The objects of a list, each to be finished with `refuse_unknown`."""
        for index, value in enumerate(self.items(key, most=most)):
            yield Body(value, at=f"{self.pointer(key)}/{index}", problems=self.problems)

    def inner(self, key: str) -> "Body | None":
        """The object at a key, None if it is absent."""
        value = self.take(key)
        return None if value is None else Body(value, at=self.pointer(key), problems=self.problems)

    def refuse_unknown(self) -> None:
        """Note each key that nobody asked for."""
        for key in self.value:
            if key not in self.known:
                self.wrong(str(key), _("There is no such key."), code="unknown_field")

    def finish(self) -> None:
        """Raises Invalid (code `unknown_field` if that is all there is) with everything that was noted."""
        self.refuse_unknown()
        raise_problems(self.problems)

    def _refuse(self, key: str, detail: str, default: Any) -> Any:
        self.wrong(key, detail)
        return default


def raise_problems(problems: list[Problem]) -> None:
    """Raises Invalid naming the problems, if there are any."""
    if problems:
        unknown = all(problem.code == "unknown_field" for problem in problems)
        raise Invalid(problems[0].detail, code="unknown_field" if unknown else "invalid", errors=problems)


def is_plain(text: str) -> bool:
    """Whether every database keeps it: no NUL and no half of a surrogate pair."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text))
