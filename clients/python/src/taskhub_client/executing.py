"""One execution: runs a handler, whatever kind it is, and tells TaskHub what became of its task."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from .claimed import AsyncClaimedTask, ClaimedTask
from .errors import LeaseLost, Refused
from .outcomes import Nonrecoverable, Outcome, Release, failure_of, outcome_of

logger = logging.getLogger("taskhub.worker")
Handler = Callable[[ClaimedTask], Any]
AsyncHandler = Callable[[AsyncClaimedTask], Coroutine[Any, Any, Any]]


class Stopped(Exception):
    """The worker has to end now; what was to be said stays unsaid."""


class Loop:
    """The event loop of coroutine handlers: a thread of its own, unless the worker is served from a loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._loop = loop
        self._starting = threading.Lock()

    def run(self, handler: AsyncHandler, task: ClaimedTask) -> Any:
        """What the handler returns. Raises what it raises; LeaseLost or Canceled if it was interrupted."""
        return asyncio.run_coroutine_threadsafe(_interruptible(handler, task), self._get()).result()

    def _get(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="taskhub-handlers", daemon=True).start()
            return self._loop


async def _interruptible(handler: AsyncHandler, task: ClaimedTask) -> Any:
    """The handler as an asyncio task that ends when its lease says so, or the worker has to."""
    loop = asyncio.get_running_loop()
    working = loop.create_task(handler(AsyncClaimedTask(task)))
    task.lease.interrupt = lambda: loop.call_soon_threadsafe(working.cancel)
    try:
        task.check()
        return await working
    except asyncio.CancelledError:
        task.check()
        raise Release from None
    finally:
        working.cancel()


def execute(handler: Handler | AsyncHandler, task: ClaimedTask, loop: Loop) -> None:
    """Run the handler and tell the outcome. Raises Stopped, and nothing else."""
    try:
        outcome = _outcome(handler, task, loop)
        if not task.finished:
            _tell(task, outcome)
    except LeaseLost as lost:
        logger.warning("%s is not ours any more: %s", task.key, lost.detail)
    except Stopped:
        raise
    except Exception:
        logger.exception("%s: the outcome could not be told", task.key)


def _outcome(handler: Handler | AsyncHandler, task: ClaimedTask, loop: Loop) -> Outcome:
    try:
        returned = loop.run(handler, task) if inspect.iscoroutinefunction(handler) else handler(task)  # type: ignore[arg-type]
        return outcome_of(returned)
    except Outcome as outcome:
        return outcome
    except (LeaseLost, Stopped):
        raise
    except Exception as error:
        logger.exception("%s failed", task.key)
        return failure_of(error)


def _tell(task: ClaimedTask, outcome: Outcome) -> None:
    """Tell it; an outcome that TaskHub refuses (a value that does not fit) becomes an error that people see."""
    try:
        task.finish(outcome)
    except LeaseLost:
        raise
    except Refused as refused:
        logger.error("%s: TaskHub refused the outcome (%s)", task.key, refused)
        problems = [vars(problem) for problem in refused.errors]
        task.finish(Nonrecoverable(f"The outcome was refused: {refused}", name=refused.code, details=problems))
    logger.info("%s: %s", task.key, outcome)
