"""A claimed task: what this worker may do with it while its lease lasts.

Three exceptions end the work on it: `LeaseLost` (it is not ours any more), `CancelRequested` (somebody
wants it stopped) and `Stopping` (this worker is to end).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from .taskhub import Json, LeaseLost, Stopping, TaskHub


class CancelRequested(Exception):
    """A person or a program asked for the task to be canceled."""


class Job:
    """One task under one lease."""

    def __init__(self, hub: TaskHub, task: Json, *, lease_seconds: int) -> None:
        self.hub, self.task, self.lease_seconds = hub, task, lease_seconds
        self._token: str = task["lease"]["token"]
        self._beaten = time.monotonic()

    @property
    def key(self) -> str:
        """The key of the task: it stays the same when a retry takes over."""
        return str(self.task["key"])

    @property
    def fields(self) -> Json:
        return self.task["fields"] or {}

    @property
    def data(self) -> Json:
        return self.task.get("data") or {}

    @property
    def delivery(self) -> int:
        """How many times the task was claimed so far."""
        return int(self.task["lease"]["delivery"])

    def beat(self, *, checkpoint: Json | None = None, percent: int | None = None, message: str = "") -> None:
        """Keeps the lease and stores where the work stands."""
        beat: Json = self._lease(extend_seconds=self.lease_seconds)
        if checkpoint is not None:
            beat["checkpoint"] = checkpoint
        if percent is not None:
            beat["progress"] = {"percent": percent, "message": message}
        directive = self.hub.heartbeat(beat)["directive"]
        self._beaten = time.monotonic()
        if directive == "cancel":
            raise CancelRequested(self.key)
        if directive == "abort":
            raise LeaseLost("aborted")
        if self.hub.stop.is_set():
            raise Stopping(self.key)

    def beat_is_due(self, every: float = 1.0) -> bool:
        """True when the last heartbeat is so many seconds ago."""
        return time.monotonic() - self._beaten >= every

    def work_note(self, text: str) -> None:
        """A note for those who work on the task."""
        self.hub.note(self.task["id"], "work_note", text, self._token)

    def comment(self, text: str) -> None:
        """A note for everybody who sees the task."""
        self.hub.note(self.task["id"], "comment", text, self._token)

    def hand_over(self, body: Json) -> None:
        """Hands the task to a person; the lease ends."""
        self.hub.hand_over(self.task["id"], {**body, "lease_token": self._token})

    def complete(self, result: Json) -> None:
        """Done; the result stays with the task."""
        self.hub.complete(self._lease(result=result))

    def fail(self, error: Json) -> Json:
        """An error; the answer says what TaskHub does about it."""
        return self.hub.fail(self._lease(error=error))

    def release(self, *, after: float = 0, at: datetime | None = None) -> None:
        """Gives it back, to be claimed again at that time or after so many seconds."""
        when = at or (datetime.now(UTC) + timedelta(seconds=after) if after else None)
        self.hub.release(self._lease(**({"start_at": timestamp(when)} if when else {})))

    def confirm_cancel(self, note: str) -> None:
        """The work has stopped as requested."""
        self.hub.confirm_cancel(self._lease(note=note))

    def cancel(self, note: str) -> None:
        """Cancels the task from within: asks for it, then confirms it."""
        self.hub.cancel(self.task["id"], note)
        self.confirm_cancel(note)

    def _lease(self, **more: Any) -> Json:
        return {"task": self.task["id"], "token": self._token, **more}


def timestamp(moment: datetime) -> str:
    """A moment as TaskHub writes it: RFC 3339, UTC, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """A moment as TaskHub wrote it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
