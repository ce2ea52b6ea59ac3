"""The worker: claims tasks of its functions, runs their handlers, renews their leases, and ends without leaving any.

worker = Worker(Client(url, key))

@worker.function("refund.pay")
def pay(task):
    return {"paid": task.fields["amount"]}

worker.run()
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TypeVar

from . import queue_calls
from .claimed import ClaimedTask, report
from .client import AsyncClient, Client, Connection
from .encoding import plain_text
from .errors import TaskHubError
from .executing import AsyncHandler, Handler, Loop, Stopped, execute
from .leases import Keeper, Lease
from .outcomes import Release
from .protocol import FOREVER, ONCE, Pause, Retry
from .shapes import Claimed

logger = logging.getLogger("taskhub.worker")
H = TypeVar("H", Handler, AsyncHandler)
LOOK = 0.1
"""Seconds between two looks for a signal."""
LAST_TRY = Retry(give_up_after=5.0)


class Worker:
    """Works on tasks, `concurrency` at a time, until `stop` or a signal.

    `wait` is how long a claim waits for a task (seconds, at most 30); `grace` how long handlers get to end
    after the first signal, then their tasks are given back; `lease_seconds` overrides the functions' own.
    `name` and `version` are shown to people (default: host and process; none).
    Without a client it works for the TaskHub of `TASKHUB_URL` and `TASKHUB_KEY`.
    """

    def __init__(
        self,
        client: Client | AsyncClient | None = None,
        *,
        name: str | None = None,
        version: str | None = None,
        concurrency: int = 1,
        wait: float = 10.0,
        grace: float = 25.0,
        lease_seconds: int | None = None,
    ) -> None:
        self.connection = client.connection if client else None
        self.name, self.version = name or f"{socket.gethostname()}-{os.getpid()}", version
        self.concurrency, self.wait, self.grace, self.lease_seconds = concurrency, wait, grace, lease_seconds
        self.functions: dict[str, Handler | AsyncHandler] = {}
        self._loop = Loop()
        self._stopping, self._now, self._claimed_last = threading.Event(), threading.Event(), threading.Event()
        self._in_hand = 0
        self._freed = threading.Condition()
        self._signals = 0
        self._error: Exception | None = None

    def function(self, name: str) -> Callable[[H], H]:
        """Registers the handler of a function: `def` (a thread each) or `async def` (all in one event loop)."""

        def register(handler: H) -> H:
            self.functions[name] = handler
            return handler

        return register

    def stop(self) -> None:
        """Claim no more, let handlers end within `grace`; called again, end now."""
        (self._now if self._stopping.is_set() else self._stopping).set()

    def run(self, *, signals: bool = True) -> None:
        """Work until `stop` or SIGTERM or SIGINT; a second signal ends now. Raises Refused for a wrong key.

        When it returns every lease was ended: by its outcome, or by giving the task back.
        """
        if not self.functions:
            raise ValueError("This worker has no function: register one with @worker.function(…).")
        self._client = Client.of(self.connection or Connection.from_environment())
        self._keeper = Keeper(self._client)
        with self._listening(signals):
            logger.info("%s works on %s", self.name, ", ".join(self.functions))
            for target in (self._keeper.run, self._claim_on):
                threading.Thread(target=target, name=f"taskhub-{self.name}", daemon=True).start()
            self._until(self._stopping.is_set)
            logger.info("%s stops; %d in hand", self.name, self._in_hand)
            self._until(self._is_idle, seconds=self.grace)
        self._end()

    async def serve(self) -> None:
        """The same inside a running event loop, in which coroutine handlers run; cancel it to stop."""
        self._loop = Loop(asyncio.get_running_loop())
        working = asyncio.get_running_loop().run_in_executor(None, lambda: self.run(signals=False))
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            self.stop()
            await working
            raise

    # --- claiming -----------------------------------------------------------------------------------

    def _claim_on(self) -> None:
        """Claims for the free places, until the worker stops or TaskHub refuses."""
        try:
            while free := self._free():
                self._claim(free)
        except Stopped:
            pass
        except Exception as error:
            self._error = error
        finally:
            self._stopping.set()
            self._claimed_last.set()
            self._announce_draining()

    def _free(self) -> int:
        """How many tasks there is room for, as soon as there is; 0 when the worker stops."""
        with self._freed:
            while self._in_hand >= self.concurrency and not self._stopping.is_set():
                self._freed.wait(LOOK)
        return 0 if self._stopping.is_set() else self.concurrency - self._in_hand

    def _claim(self, free: int) -> None:
        call = queue_calls.claim(
            list(self.functions),
            worker=self.name,
            version=self.version,
            max=min(free, 100),
            lease_seconds=self.lease_seconds,
            wait=self.wait,
        )
        answer = self._client.run(call, retry=FOREVER, pause=self._pause_claim)
        for document in answer["tasks"]:
            self._begin(document)
        if not answer["tasks"]:
            self._stopping.wait(answer["retry_after"])

    def _pause_claim(self, pause: Pause) -> None:
        """A claim that may have been heard is repeated even while stopping: it may hold leases."""
        if self._now.is_set() or (self._stopping.is_set() and not pause.sent):
            raise Stopped
        (self._now if self._stopping.is_set() else self._stopping).wait(pause.seconds)

    def _announce_draining(self) -> None:
        """Shows people who look at the queue that this worker ends; nothing depends on it."""
        with contextlib.suppress(TaskHubError):
            self._client.run(queue_calls.drain(list(self.functions), worker=self.name), retry=ONCE)

    # --- working ------------------------------------------------------------------------------------

    def _begin(self, document: Claimed) -> None:
        """Renews the lease and starts the handler; while stopping the task is given back instead."""
        lease = Lease(document)
        task = ClaimedTask(document, lease, self._client, stopping=self._stopping.is_set, pause=self._pause)
        with self._freed:
            self._in_hand += 1
        self._keeper.add(lease)
        threading.Thread(target=self._work, args=[task], name=f"taskhub-{task.key}", daemon=True).start()

    def _work(self, task: ClaimedTask) -> None:
        logger.info("%s: %s, delivery %d", task.key, task.function, task.delivery)
        handler = _give_back if self._stopping.is_set() else self.functions[task.function]
        has_ended = True
        try:
            has_ended = execute(handler, task, self._loop)
        finally:
            if has_ended:
                self._put_down(task.lease)  # else it stays in hand: `_end` reports its outcome, or gives it back

    def _put_down(self, lease: Lease) -> None:
        """Stop renewing the lease, and free its slot."""
        self._keeper.drop(lease)
        with self._freed:
            self._in_hand -= 1
            self._freed.notify()

    def _pause(self, pause: Pause) -> None:
        if self._now.wait(pause.seconds):
            raise Stopped

    # --- ending -------------------------------------------------------------------------------------

    def _is_idle(self) -> bool:
        return self._claimed_last.is_set() and self._in_hand == 0

    def _until(self, condition: Callable[[], bool], seconds: float = float("inf")) -> None:
        """Returns when the condition holds, the seconds are over, or the worker must end now."""
        end = time.monotonic() + seconds
        while not condition() and not self._now.is_set() and time.monotonic() < end:
            time.sleep(LOOK)
            self._take_signals()

    def _take_signals(self) -> None:
        """Signals are only counted where they strike: no lock is taken there."""
        while self._signals:
            self._signals -= 1
            self.stop()

    def _end(self) -> None:
        """Ends what is still in hand. Raises what ended the claiming."""
        self._now.set()
        for lease in self._keeper.leases():
            if not lease.ended and not lease.lost:
                self._end_now(lease)
        self._keeper.end()
        if self._error:
            raise self._error

    def _end_now(self, lease: Lease) -> None:
        """Reports the outcome that was being reported, else gives the task back; its handler can write no more."""
        outcome = lease.decide(Release())
        try:
            report(outcome.calls(lease.fence()), lambda call: self._client.run(call, retry=LAST_TRY))
            logger.warning("%s ended with the worker: %s", lease.key, plain_text(str(outcome)))
        except TaskHubError as error:
            logger.error("%s could not be ended: %s", lease.key, error)
        lease.lose("The worker has ended.")

    @contextlib.contextmanager
    def _listening(self, signals: bool) -> Iterator[None]:
        """SIGTERM and SIGINT stop this worker while it runs; afterwards they are as before."""

        def count(_number: int, _frame: FrameType | None) -> None:
            self._signals += 1

        numbers = (signal.SIGTERM, signal.SIGINT) if signals else ()
        before = [(number, signal.signal(number, count)) for number in numbers]
        try:
            yield
        finally:
            for number, handler in before:
                signal.signal(number, handler)


def _give_back(task: ClaimedTask) -> None:
    """The handler of what was claimed while the worker stopped."""
    raise Release
