"""Judging a body after its shape has read it: what keys mean together, and whether what they name exists."""

from collections.abc import Iterator, Mapping
from typing import Any

from .errors import Problem
from .shapes import Problems, Shape, is_plain, raise_problems
from .strict_json import escape

__all__ = ["Body", "is_plain", "raise_problems"]


class Body:
    """An object and the pointer under which it lies.

    With a `shape` it is read by it first, so that every value is of its declared kind; what was wrong, and what is
    null, reads as if it were not there. `wrong` notes what no shape can know. Objects inside share the problems.
    """

    def __init__(
        self, value: object, shape: Shape | None = None, *, at: str = "", problems: Problems | None = None
    ) -> None:
        self.at = at
        self.problems: Problems = [] if problems is None else problems
        read = value if shape is None else shape.read(value, at, self.problems)
        self.value: Mapping[str, Any] = read if isinstance(read, Mapping) else {}

    def pointer(self, key: str) -> str:
        """The pointer of one of its keys."""
        return f"{self.at}/{escape(key)}"

    def wrong(self, key: str, detail: str, *, code: str = "invalid", index: int | None = None) -> None:
        """Note a problem with a key, or one item of its list, unless one stands there already."""
        at = self.pointer(key) if index is None else f"{self.pointer(key)}/{index}"
        if not any(problem.pointer in (self.at, at) for problem in self.problems):
            self.problems.append(Problem(at, code, detail))

    def has(self, key: str) -> bool:
        """Whether the key was there and not null, right or wrong."""
        return self.get(key) is not None or any(problem.pointer == self.pointer(key) for problem in self.problems)

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or its default."""
        value = self.value.get(key)
        return default if value is None else value

    def inner(self, key: str) -> "Body | None":
        """The object at a key, None if it is absent."""
        value = self.get(key)
        return None if value is None else Body(value, at=self.pointer(key), problems=self.problems)

    def objects(self, key: str) -> "Iterator[Body]":
        """The objects of a list."""
        for index, value in enumerate(self.get(key, ())):
            yield Body(value, at=f"{self.pointer(key)}/{index}", problems=self.problems)

    def finish(self) -> None:
        """Raises Invalid (code `unknown_field` if that is among it) with everything that was noted."""
        raise_problems(self.problems)
