"""Ports: calls from a lower app to a higher one, which it must not import.

The lower app declares a port with the type of what it will call; `taskhub/wiring.py` fills it at start, where mypy
compares the two. Using a port that nobody filled is an error of the installation, not of a request.
"""

from typing import Generic, TypeVar

T = TypeVar("T")


class Port(Generic[T]):
    """A place for one function or object of type `T`, filled once at start."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._value: T | None = None

    def fill(self, value: T) -> None:
        """Connect the port."""
        self._value = value

    @property
    def is_filled(self) -> bool:
        """Whether somebody connected it."""
        return self._value is not None

    def get(self) -> T:
        """What it is connected to. Raises RuntimeError if nobody connected it."""
        if self._value is None:
            raise RuntimeError(f"The port {self.name} is not filled: taskhub/wiring.py must name what it calls.")
        return self._value
