"""The leases of a worker, and the thread that renews them: one heartbeat for all that are due, at a third of each."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from . import queue_calls
from .client import Client
from .errors import LeaseLost, TaskHubError
from .outcomes import Canceled, Fence, Outcome
from .protocol import ONCE
from .shapes import Claimed, ItemResult, Json

logger = logging.getLogger("taskhub.worker")

SOON = 1.0
"""Seconds: leases that are due so soon are renewed with those that are due now."""


class Lease:
    """One worker's right to one task, as far as it is known here. Safe to use from several threads."""

    def __init__(self, task: Claimed) -> None:
        lease = task["lease"]
        self.task, self.key, self.token, self.delivery = task["id"], task["key"], lease["token"], lease["delivery"]
        self.seconds = lease["seconds"]
        self.due = time.monotonic() + self.seconds / 3
        self.lost: str | None = None
        self.cancel_requested = False
        self.ended = False
        self.outcome: Outcome | None = None
        self._deciding = threading.Lock()
        self.interrupt: Callable[[], object] = _nothing
        """Called once when the handler has to stop: a cancel was asked for, or the lease is lost."""

    def fence(self) -> Fence:
        """The task and the token that outcomes name."""
        return Fence(self.task, self.token, self.delivery, self.cancel_requested)

    def item(self, **more: object) -> Json:
        """The entry of a heartbeat."""
        return {"task": self.task, "token": self.token, "extend_seconds": self.seconds, **more}

    def decide(self, outcome: Outcome) -> Outcome:
        """The one outcome that is reported under this lease: this one, unless another was decided before."""
        with self._deciding:
            self.outcome = self.outcome or outcome
            return self.outcome

    def check(self) -> None:
        """Raises LeaseLost or Canceled if the work has to stop."""
        if self.lost:
            raise LeaseLost({"status": 409, "code": "lease_superseded", "detail": self.lost})
        if self.cancel_requested:
            raise Canceled

    def hear(self, result: ItemResult) -> None:
        """Take the answer to a heartbeat."""
        self.due = time.monotonic() + self.seconds / 3
        if self.ended or self.lost:
            return
        if not result["ok"]:
            if result["code"] in queue_calls.GONE:
                self.lose(str(result["detail"]))
        elif result["directive"] == "abort":
            self.lose("The time limit of the function has passed.")
        elif result["directive"] == "cancel" and not self.cancel_requested:
            self.cancel_requested = True
            self.interrupt()

    def lose(self, why: str) -> None:
        """The task is somebody else's from now on."""
        if not self.lost:
            self.lost = why
            self.interrupt()


class Keeper:
    """Renews every lease of the worker until its outcome was answered."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._leases: dict[str, Lease] = {}
        self._changed = threading.Condition()
        self._ended = False

    def add(self, lease: Lease) -> None:
        """Renew it from now on. An older lease of the same task is lost by that."""
        with self._changed:
            for other in self._leases.values():
                if other.task == lease.task and not other.ended:
                    other.lose("The task was given out again.")
            self._leases[lease.token] = lease
            self._changed.notify()

    def drop(self, lease: Lease) -> None:
        """Renew it no longer."""
        with self._changed:
            self._leases.pop(lease.token, None)

    def leases(self) -> list[Lease]:
        """All leases that are renewed."""
        with self._changed:
            return list(self._leases.values())

    def run(self) -> None:
        """Renew leases until `end`."""
        while due := self._wait():
            self._beat(due)

    def end(self) -> None:
        """Let `run` return."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def _wait(self) -> list[Lease]:
        """The leases that are due, as soon as one is; none at the end."""
        with self._changed:
            while not self._ended:
                held = [lease for lease in self._leases.values() if not lease.lost]
                first = min((lease.due for lease in held), default=None)
                now = time.monotonic()
                if first is not None and first <= now:
                    return [lease for lease in held if lease.due <= now + min(SOON, lease.seconds / 10)]
                self._changed.wait(None if first is None else first - now)
        return []

    def _beat(self, leases: Sequence[Lease]) -> None:
        """One try; after a lost one the next follows soon."""
        shortest = min(lease.seconds for lease in leases)
        call = queue_calls.heartbeat([lease.item() for lease in leases], within=max(2.0, shortest / 3))
        try:
            results = self._client.run(call, retry=ONCE)
        except TaskHubError as error:
            logger.warning("A heartbeat was not answered: %s", error)
            for lease in leases:
                lease.due = time.monotonic() + lease.seconds / 10
            return
        for lease, result in zip(leases, results, strict=True):
            lease.hear(result)


def _nothing() -> None:
    """There is no handler to interrupt."""
