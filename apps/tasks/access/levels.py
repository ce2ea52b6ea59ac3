"""What an actor may do with one field of a task."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["hidden", "locked", "read", "write"]


@dataclass(frozen=True)
class FieldAccess:
    """What one actor may do with one field now, and, when it is locked, why."""

    level: Level
    reason: str = ""


HIDDEN = FieldAccess("hidden")
