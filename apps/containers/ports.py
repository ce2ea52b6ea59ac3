"""What containers call in the apps above them."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from apps.actors.actor import Actor
from apps.core.ports import Port

from .models import Container


class FindLiterals(Protocol):
    """Finds values that some kind of document declares for fields of tasks of one type."""

    def __call__(self, container: Container, type: str, /) -> Iterable[tuple[str, str]]:
        """(which document declares a value, in words; the name of the field)."""


class Exposure(Protocol):
    """Which tasks a change of a container opens to more people."""

    def restricted_tasks(self, container: Container) -> int:
        """How many tasks managers see only by `managers_see_restricted`."""

    def inherited_tasks(self, container: Container) -> int:
        """How many tasks the role of everybody opens."""

    def has_tasks_for(self, actor: Actor, container: Container) -> bool:
        """Whether the container has a task that the actor sees."""

    def record(self, actor: Actor, container: Container, *, to_managers: bool) -> None:
        """Record in the newest restricted tasks that managers see them from now on, or no longer."""


exposure: Port[Exposure] = Port("containers.exposure")
literal_finders: Port[Sequence[FindLiterals]] = Port("containers.literal_finders")
"""No value that they find may be for a secret field, or for one that becomes secret."""
