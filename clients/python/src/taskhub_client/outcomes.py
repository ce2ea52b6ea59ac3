"""The ways in which work on a task ends. A handler returns its result or a `Complete`, and raises all other ends.

Every outcome names its lease and is the same when it is sent again, so a lost answer costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from . import calls, queue_calls
from .encoding import UnwritableValue, encode, plain_text
from .errors import AlreadyAnswered
from .protocol import Call
from .shapes import Handover, Json

LONGEST_TEXT = 10_000
LONGEST_WORD = 200


@dataclass(frozen=True)
class Fence:
    """The lease under which an outcome is reported."""

    task: str
    token: str
    delivery: int
    cancel_requested: bool = False

    def item(self, **values: Any) -> Json:
        """An entry of a batch; what is None is left out. Raises UnwritableValue."""
        given = {name: encode(value, f"/{name}") for name, value in values.items() if value is not None}
        return {"task": self.task, "token": self.token, **given}


class Outcome(Exception):
    """Base of all ends."""

    def calls(self, fence: Fence) -> Sequence[Call[Any]]:
        """The calls to send, in order."""
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
    """An error. Retry policies know it by its name: that of its class, unless another is given."""

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
        self.message, self.type, self.details = str(message), type, details
        self.name = name or self.__class__.__name__
        self.retry_after, self.note = retry_after, note

    def as_error(self) -> Json:
        """The error object of the contract. Its texts and details are made fit: the error must not be lost."""
        return {
            "name": plain_text(self.name, LONGEST_WORD),
            "type": self.type and plain_text(self.type, LONGEST_WORD),
            "message": plain_text(self.message, LONGEST_TEXT),
            "recoverable": self.recoverable,
            "details": _writable(self.details),
            "retry_after_seconds": self.retry_after,
        }

    def calls(self, fence: Fence) -> Sequence[Call[Any]]:
        note = self.note and plain_text(self.note, LONGEST_TEXT)
        return [queue_calls.single(queue_calls.fail([fence.item(error=self.as_error(), note=note)]))]


def _writable(details: Any) -> Any:
    try:
        return encode(details, "/details")
    except UnwritableValue as error:
        return {"unwritable": str(error)}


class Recoverable(Failure):
    """It may go well the next time: the function's retry policy decides, then fail-over."""


class Nonrecoverable(Failure):
    """Trying again is no use: it goes to the fail-over target, or fails."""

    recoverable = False


class HandOver(Outcome):
    """A person is needed: asks `to` for `fields` and one of `actions`. The task comes back with `answers`.

    With a `key` the question is asked once: `task.answer(key)` is the answer. Without one each delivery asks anew.
    """

    def __init__(self, to: str, *, key: str | None = None, **body: Any) -> None:
        super().__init__(f"hand over to {to}")
        self.to, self.key, self.body = to, key, body

    def calls(self, fence: Fence) -> Sequence[Call[Any]]:
        """Sent again, it is the same question: its key names the delivery unless one is given."""
        key = self.key or f"{fence.task}-{fence.delivery}"
        body = {"key": key, **self.body, "lease_token": fence.token}
        asking = calls.hand_over(fence.task, self.to, **body)
        return [replace(asking, read=lambda reply: _waiting(asking.read(reply)))]


def _waiting(handover: Handover) -> Handover:
    """A handover that waits for its answer. Raises AlreadyAnswered: one that has ended asks nobody."""
    if handover["state"] in ("open", "claimed"):
        return handover
    detail = f"The handover with this key is {handover['state']} already: ask under another key."
    raise AlreadyAnswered({"status": 409, "code": "already_answered", "detail": detail})


class Release(Outcome):
    """Give the task back, to be claimed again at once, `after` so many seconds, or `at` a time."""

    def __init__(self, *, after: float | None = None, at: datetime | None = None) -> None:
        super().__init__("release")
        self.at = datetime.now(UTC) + timedelta(seconds=after) if after is not None else at

    def calls(self, fence: Fence) -> Sequence[Call[Any]]:
        return [queue_calls.single(queue_calls.release([fence.item(start_at=self.at)]))]


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


def failure_of(error: BaseException) -> Failure:
    """What an exception means that is no outcome: an error that the retry policy may know by its class."""
    name = type(error).__name__
    try:
        text = str(error)
    except Exception:
        text = ""
    return Recoverable(f"{name}: {text}" if text else name, name=name, type="exception")
