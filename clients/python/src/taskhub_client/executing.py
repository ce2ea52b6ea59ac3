"""One execution: runs a handler of either kind, and reports the outcome of its task to TaskHub."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any, cast

from .claimed import AsyncClaimedTask, ClaimedTask
from .encoding import UnwritableValue, plain_text
from .errors import AlreadyAnswered, LeaseLost, Refused
from .outcomes import Nonrecoverable, Outcome, Release, failure_of, outcome_of
from .shapes import Answers

logger = logging.getLogger("taskhub.worker")
Handler = Callable[[ClaimedTask], Any]
AsyncHandler = Callable[[AsyncClaimedTask], Coroutine[Any, Any, Any]]


class Stopped(Exception):
    """The worker has to end now; the outcome is not reported by this thread."""


class HandlerLeft(Exception):
    """A coroutine raised SystemExit or KeyboardInterrupt, which would end the event loop of all handlers."""


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
    """Runs the handler as an asyncio task that is cancelled when its lease or the worker ends."""
    loop = asyncio.get_running_loop()
    working = loop.create_task(_contained(handler(AsyncClaimedTask(task))))
    task.lease.interrupt = lambda: loop.call_soon_threadsafe(working.cancel)
    try:
        task.check()
        return await working
    except asyncio.CancelledError:
        task.check()
        if working.cancelling() or _is_being_canceled():
            raise Release from None
        raise  # the handler raised it: an error like any other
    finally:
        working.cancel()


async def _contained(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Wraps what would end the event loop."""
    try:
        return await coroutine
    except (SystemExit, KeyboardInterrupt) as error:
        raise HandlerLeft from error


def _is_being_canceled() -> bool:
    current = asyncio.current_task()
    return bool(current and current.cancelling())


def execute(handler: Handler | AsyncHandler, task: ClaimedTask, loop: Loop) -> bool:
    """Run the handler and report the outcome. False if the worker had to end before the outcome was answered."""
    try:
        _execute(handler, task, loop)
    except LeaseLost as lost:
        logger.warning("%s is not ours any more: %s", task.key, lost.detail)
    except Stopped:
        return False
    except BaseException:
        logger.exception("%s: the outcome could not be reported", task.key)
    return True


def _execute(handler: Handler | AsyncHandler, task: ClaimedTask, loop: Loop) -> None:
    """Runs the handler until its outcome is accepted: once more for each question that was answered before."""
    known: set[str] = set()
    while True:
        outcome = _outcome(handler, task, loop)
        if task.finished or _is_reported(task, outcome, known):
            logger.info("%s: %s", task.key, plain_text(str(outcome)))
            return


def _is_reported(task: ClaimedTask, outcome: Outcome, known: set[str]) -> bool:
    """Report it. False if the answer is known, and the handler has to go on with it.

    An outcome that cannot be written, or that TaskHub refuses, becomes an error that people see.
    """
    try:
        task.finish(outcome)
    except LeaseLost:
        raise
    except AlreadyAnswered as answered:
        task.require_lease()  # a repeated call may have taken effect: the task is somebody else's then
        if _take(task, outcome, answered, known):
            return False
        task.finish(_refused(task, answered))
    except Refused as refused:
        task.finish(_refused(task, refused))
    except UnwritableValue as error:
        logger.error("%s: the outcome is not JSON (%s)", task.key, error)
        details = {"pointer": error.pointer, "type": error.type}
        task.finish(Nonrecoverable(f"The outcome is not JSON: {error}", name="UnwritableValue", details=details))
    return True


def _take(task: ClaimedTask, outcome: Outcome, answered: AlreadyAnswered, known: set[str]) -> bool:
    """Give the answer to the handler. False for a handler that has it and asks again: it would never end."""
    key = str(getattr(outcome, "key", None) or "")
    if answered.answer is None or key in known:
        return False
    logger.info("%s: %r was answered before", task.key, key)
    known.add(key)
    task.document["answers"] = cast(Answers, {"key": key, **answered.answer})
    return True


def _refused(task: ClaimedTask, refused: Refused) -> Nonrecoverable:
    logger.error("%s: TaskHub refused the outcome (%s)", task.key, refused)
    problems = [vars(problem) for problem in refused.errors]
    return Nonrecoverable(f"The outcome was refused: {refused}", name=refused.code, details=problems)


def _outcome(handler: Handler | AsyncHandler, task: ClaimedTask, loop: Loop) -> Outcome:
    """What the handler returned or raised. Whatever it raises is an outcome: this thread must go on."""
    try:
        returned = loop.run(handler, task) if inspect.iscoroutinefunction(handler) else handler(task)  # type: ignore[arg-type]
        return outcome_of(returned)
    except Outcome as outcome:
        return outcome
    except (LeaseLost, Stopped):
        raise
    except BaseException as raised:
        logger.exception("%s failed", task.key)
        left = raised.__cause__ if isinstance(raised, HandlerLeft) else None
        return failure_of(left or raised)
