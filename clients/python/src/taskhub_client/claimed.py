"""A claimed task, as a handler gets it: its values, and the calls that are allowed while its lease lasts."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any

from . import calls, queue_calls
from .client import Client
from .errors import LeaseLost, Refused
from .leases import Lease
from .outcomes import Outcome
from .protocol import FOREVER, Call, Pause
from .shapes import Answers, Claimed, Error, Json


class TaskValues:
    """The values of a claimed task; nothing here calls TaskHub."""

    def __init__(self, document: Claimed, lease: Lease, stopping: Callable[[], bool]) -> None:
        self.document, self.lease = document, lease
        self._stopping = stopping

    @property
    def id(self) -> str:
        """The id of this attempt: a retry gets another. Key effects on `origin_id`."""
        return self.document["id"]

    @property
    def origin_id(self) -> str:
        """The id of the first attempt: the same in every retry and delivery. Key effects outside TaskHub on it."""
        return self.document["origin_id"]

    @property
    def key(self) -> str:
        """What people call it; it stays the same when a retry takes over."""
        return self.document["key"]

    @property
    def function(self) -> str:
        return self.document["function"] or ""

    @property
    def fields(self) -> Json:
        """The values of its fields, as they were when it was claimed."""
        return self.document["fields"] or {}

    @property
    def data(self) -> Any:
        """The input for the function that no person sees."""
        return self.document.get("data")

    @property
    def answers(self) -> Answers | None:
        """What a person answered last (`key`, `reason`, `action`, `fields`, `comment`, …); None if nobody ever did."""
        return self.document["answers"]

    def answer(self, key: str) -> Answers | None:
        """The answer to the question that was asked with this key; None if it is not the last one that was answered.

        Branch on its `action`. Other answers, as of a person who repaired a failed task, are not taken for it.
        """
        answers = self.answers
        return answers if answers and answers.get("key") == key else None

    @property
    def checkpoint(self) -> Any:
        """Where an earlier execution had come to; None at the first."""
        return self.document["checkpoint"]

    @property
    def previous_errors(self) -> list[Error]:
        """The errors of the last attempts, at most three."""
        return self.document["previous_errors"]

    @property
    def delivery(self) -> int:
        """How many times it was claimed so far."""
        return self.lease.delivery

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody asked to stop it, as far as the last heartbeat has shown."""
        return self.lease.cancel_requested

    @property
    def stopping(self) -> bool:
        """Whether the worker is to end: a long handler saves its checkpoint and raises `Release()`."""
        return self._stopping()

    @property
    def finished(self) -> bool:
        """Whether its outcome was reported."""
        return self.lease.ended

    def check(self) -> None:
        """Raises `Canceled` or `LeaseLost` if the work has to stop, by the answer to the last heartbeat."""
        self.lease.check()


class ClaimedTask(TaskValues):
    """One task under one lease, for a handler that is an ordinary function."""

    def __init__(
        self,
        document: Claimed,
        lease: Lease,
        client: Client,
        *,
        stopping: Callable[[], bool] = lambda: False,
        pause: Callable[[Pause], object] | None = None,
    ) -> None:
        super().__init__(document, lease, stopping)
        self.client = client
        self._pause = pause
        self._beaten = time.monotonic()

    def heartbeat(
        self, *, progress: float | None = None, message: str | None = None, checkpoint: Any = None, every: float = 0.0
    ) -> None:
        """Renew the lease now; store progress (percent) and a checkpoint (JSON object, at most 64 KB).

        With `every` it does nothing if its last call that did something was less than so many seconds ago.
        The worker renews the lease by itself; this reports progress, and learns of a cancel at once.
        Raises `Canceled`, `LeaseLost`.
        """
        self.check()
        if every and time.monotonic() - self._beaten < every:
            return
        more: Json = {} if checkpoint is None else {"checkpoint": checkpoint}
        if progress is not None or message is not None:
            more["progress"] = {"percent": progress, "message": message}
        result = self._run(queue_calls.heartbeat([self.lease.item(**more)]))[0]
        self._beaten = time.monotonic()
        self.lease.hear(result)
        self.check()
        queue_calls.accepted(result)

    def require_lease(self) -> None:
        """Raises LeaseLost if TaskHub says that the task is not this worker's any more."""
        if self.lease.lost:
            self.check()
        result = self._run(queue_calls.heartbeat([self.lease.item()]))[0]
        self.lease.hear(result)
        queue_calls.accepted(result)

    def comment(self, text: str) -> None:
        """A note for everybody who sees the task; the same text is written once."""
        self._note("comment", text)

    def work_note(self, text: str) -> None:
        """A note for those who work on the task; the same text is written once."""
        self._note("work_note", text)

    def finish(self, outcome: Outcome) -> Any:
        """Report the outcome now instead of returning or raising it; a task has one.

        Raises LeaseLost; Refused or UnwritableValue if the outcome does not fit: report another one then.
        """
        if self.lease.lost:
            self.check()
        sending = outcome.calls(self.lease.fence())
        if self.lease.decide(outcome) is not outcome:
            detail = "Another outcome was reported already."
            raise LeaseLost({"status": 409, "code": "lease_superseded", "detail": detail})
        try:
            answer = report(sending, self._run)
        except LeaseLost:
            raise
        except Refused:
            self.lease.outcome = None
            raise
        self.lease.ended = True
        return answer

    def _note(self, kind: str, text: str) -> None:
        if self.lease.lost:
            self.check()
        once = hashlib.sha256(f"{self.id} {kind} {text}".encode()).hexdigest()
        self._run(calls.add_note(self.id, text, kind=kind, lease_token=self.lease.token, idempotency_key=once))

    def _run(self, call: Call[Any]) -> Any:
        return self.client.run(call, retry=FOREVER, pause=self._pause)


def report(sending: Sequence[Call[Any]], run: Callable[[Call[Any]], Any]) -> Any:
    """Send all calls of an outcome; the answer to the last."""
    return [run(call) for call in sending][-1]


class AsyncClaimedTask(TaskValues):
    """The same for a handler that is a coroutine function. A cancel or a lost lease cancels its asyncio task."""

    def __init__(self, task: ClaimedTask) -> None:
        super().__init__(task.document, task.lease, task._stopping)
        self._task = task

    async def heartbeat(
        self, *, progress: float | None = None, message: str | None = None, checkpoint: Any = None, every: float = 0.0
    ) -> None:
        """See `ClaimedTask.heartbeat`."""
        values = {"progress": progress, "message": message, "checkpoint": checkpoint, "every": every}
        await asyncio.to_thread(self._task.heartbeat, **values)

    async def comment(self, text: str) -> None:
        """See `ClaimedTask.comment`."""
        await asyncio.to_thread(self._task.comment, text)

    async def work_note(self, text: str) -> None:
        """See `ClaimedTask.work_note`."""
        await asyncio.to_thread(self._task.work_note, text)

    async def finish(self, outcome: Outcome) -> Any:
        """See `ClaimedTask.finish`."""
        return await asyncio.to_thread(self._task.finish, outcome)
