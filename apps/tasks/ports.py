"""What tasks call in the apps above them: functions, transitions, the queue."""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from apps.actors.actor import Actor
from apps.containers.type_document.documents import FailoverDocument
from apps.core.json_types import JsonMapping, JsonObject
from apps.core.ports import Port

from .access import TaskPermissions
from .models import Task


class StageWays(Protocol):
    """How people move tasks of types that have transitions of their own: by these alone."""

    def enter(self, permissions: TaskPermissions, stage: str) -> None:
        """Move the locked task there by a transition. Raises Conflict if none leads there."""

    def require(self, permissions: TaskPermissions, transition: str, input: JsonMapping) -> None:
        """Raises what keeps the actor from applying it at any stage: unknown, not theirs, wrong input."""

    def press(self, actor: Actor, name: str, transition: str, input: JsonMapping) -> Task:
        """Run the manual transition of that name."""

    def reachable(self, permissions: TaskPermissions) -> list[str]:
        """The stages to which transitions lead that the actor may apply now, and that require no input."""


class FunctionDefaults(Protocol):
    """What a new task takes from its function."""

    def __call__(self, application_id: UUID, name: str, /) -> tuple[int, FailoverDocument | None]:
        """(default priority, fail-over). Raises Invalid if the name cannot be one of a function."""


class MayCall(Protocol):
    """Whether another application may create tasks of the function."""

    def __call__(self, application_id: UUID | None, function: str, actor: Actor, /) -> bool: ...


class Once(Protocol):
    """What the work made: done once for the same actor, token and body, however often and fast it is called."""

    def __call__(self, actor: Actor, token: str, body: JsonObject, work: Callable[[], str], /) -> str: ...


class WhenQueued(Protocol):
    """Called when a task of the function will be claimable as soon as the transaction has committed."""

    def __call__(self, application_id: UUID | None, function: str | None, /) -> None: ...


stage_ways: Port[StageWays] = Port("tasks.stage_ways")
function_defaults: Port[FunctionDefaults] = Port("tasks.function_defaults")
may_call: Port[MayCall] = Port("tasks.may_call")
once: Port[Once] = Port("tasks.once")
when_queued: Port[WhenQueued] = Port("tasks.when_queued")
