"""How work on a task ends. A handler returns its result or a `Complete`; all other ends it raises.

Every outcome names its lease and says the same when it is sent again, so a lost answer costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from . import calls, queue_calls
from .protocol import Call
from .shapes import Json

LONGEST = 10_000


@dataclass(frozen=True)
class Fence:
    """The lease under which an outcome is told."""

    task: str
    token: str
    delivery: int
    cancel_requested: bool = False

    def item(self, **said: Any) -> Json:
        """An entry of a batch; what is None is left out."""
        return {
            "task": self.task,
            "token": self.token,
            **{name: value for name, value in said.items() if value is not None},
        }


class Outcome(Exception):
    """Base of all ends."""

    def calls(self, fence: Fence) -> Sequence[Call[Any]]:
        """What to send, in order."""
        raise NotImplementedError


class Complete(Outcome):
    """Done: values for fields that the application may write, a result, a work note."""

    def __init__(self, result: Any = None, *, fields: Mapping[str, Any] | None = None, note: str | None = None) -> None:
        super().__init__("complete")
        self.result, self.fields, self.note = result, fields, note

    def calls(self, fence: Fence) -> Sequence[Call[Any]]:
        item = fence.item(fields=self.fields, result=self.result, note=self.note)
        return [queue_calls.single(queue_calls.complete([item]))]


class Failure(Outcome):
    """An error. Retry policies know it by its name: that of its class, unless another is said."""

    recoverable = True

    def __init__(
        self,
        message: str = "",
        *,
        name: str | None = None,
        type: str | None = None,
        details: Any = None,
        retry_after: float | None = None,
        note: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.type, self.details = message, type, details
        self.name = name or self.__class__.__name__
        self.retry_after, self.note = retry_after, note

    def as_error(self) -> Json:
        """The error object of the contract."""
        return {
            "name": self.name,
            "type": self.type,
            "message": self.message[:LONGEST],
            "recoverable": self.recoverable,
            "details": self.details,
            "retry_after_seconds": self.retry_after,
        }

    def calls(self, fence: Fence) -> Sequence[Call[Any]]:
        return [queue_calls.single(queue_calls.fail([fence.item(error=self.as_error(), note=self.note)]))]


class Recoverable(Failure):
    """It may go well the next time: the function's retry policy decides, then fail-over."""


class Nonrecoverable(Failure):
    """Trying again is no use: it goes to the fail-over target, or fails."""

    recoverable = False


class HandOver(Outcome):
    """A person is needed: asks `to` for `fields` and one of `actions`. The task comes back with `answers`."""

    def __init__(self, to: str, **body: Any) -> None:
        super().__init__(f"hand over to {to}")
        self.to, self.body = to, body

    def calls(self, fence: Fence) -> Sequence[Call[Any]]:
        """Its `key` names the delivery unless one is given: sent again, it is the same question."""
        body = {"key": f"{fence.task}-{fence.delivery}", **self.body, "lease_token": fence.token}
        return [calls.hand_over(fence.task, self.to, **body)]


class Release(Outcome):
    """Give the task back, to be claimed again at once, `after` so many seconds, or `at` a time."""

    def __init__(self, *, after: float | None = None, at: datetime | None = None) -> None:
        super().__init__("release")
        self.at = datetime.now(UTC) + timedelta(seconds=after) if after is not None else at

    def calls(self, fence: Fence) -> Sequence[Call[Any]]:
        return [queue_calls.single(queue_calls.release([fence.item(start_at=self.at and timestamp(self.at))]))]


class Canceled(Outcome):
    """The work has stopped because somebody asked for it. Raised by a handler of its own accord it cancels the task."""

    def __init__(self, note: str | None = None) -> None:
        super().__init__(note or "canceled")
        self.note = note

    def calls(self, fence: Fence) -> Sequence[Call[Any]]:
        confirm = queue_calls.single(queue_calls.confirm_cancel([fence.item(note=self.note)]))
        return [confirm] if fence.cancel_requested else [calls.cancel_task(fence.task), confirm]


def outcome_of(returned: object) -> Outcome:
    """What a handler's return value means."""
    return returned if isinstance(returned, Outcome) else Complete(returned)


def failure_of(error: Exception) -> Failure:
    """What an exception means that is no outcome: an error that the retry policy may know by its class."""
    message = f"{type(error).__name__}: {error}"
    return Recoverable(message, name=type(error).__name__, type="exception")


def timestamp(moment: datetime) -> str:
    """A moment as TaskHub writes it: RFC 3339, UTC, `Z`. Raises ValueError for one without a zone."""
    if moment.tzinfo is None:
        raise ValueError("A time needs its zone: datetime.now(UTC), not datetime.now().")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
