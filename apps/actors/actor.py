"""Who acts: the one value that every service takes and every event stores (as its reference)."""

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

NOBODY = UUID(int=0)
"""The id of the system: no row has it."""

Kind = Literal["user", "application", "system"]


@dataclass(frozen=True)
class Actor:
    """A user, an application or the system. `id` is the row's id, NOBODY for the system.

    `team_ids` are the teams of a user, read once when the actor is made: visibility asks for them all the time.
    """

    kind: Kind
    name: str
    id: UUID = NOBODY
    team_ids: frozenset[UUID] = field(default_factory=frozenset, compare=False)
    team_slugs: frozenset[str] = field(default_factory=frozenset, compare=False)
    is_administrator: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return self.name if self.kind == "system" else f"{self.kind}:{self.name}"

    @property
    def is_user(self) -> bool:
        """A person."""
        return self.kind == "user"

    @property
    def is_application(self) -> bool:
        """An integrating program."""
        return self.kind == "application"

    @property
    def is_system(self) -> bool:
        """TaskHub itself: sweeps, schedules, commands."""
        return self.kind == "system"


SYSTEM = Actor(kind="system", name="system")
