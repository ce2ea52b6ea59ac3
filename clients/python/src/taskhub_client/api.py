"""What both clients can do. A call is spelled once; `Client` runs it, `AsyncClient` gives it to be awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from . import calls, queue_calls
from .protocol import Call
from .shapes import Page

if TYPE_CHECKING:
    from .client import AsyncClient, Client

P = ParamSpec("P")
T = TypeVar("T")


class Method(Generic[P, T]):
    """A call as a method of a client."""

    def __init__(self, describe: Callable[P, Call[T]]) -> None:
        self.describe = describe

    @overload
    def __get__(self, client: Client, owner: type[Any]) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: AsyncClient, owner: type[Any]) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: Any, owner: type[Any]) -> Any:
        if client is None:
            return self.describe
        return update_wrapper(lambda *args, **kwargs: client.run(self.describe(*args, **kwargs)), self.describe)


class Listing(Generic[P]):
    """A list as a method that iterates over all of its pages."""

    def __init__(self, describe: Callable[P, Call[Page]]) -> None:
        self.describe = describe

    @overload
    def __get__(self, client: Client, owner: type[Any]) -> Callable[P, Iterator[Any]]: ...
    @overload
    def __get__(self, client: AsyncClient, owner: type[Any]) -> Callable[P, AsyncIterator[Any]]: ...
    def __get__(self, client: Any, owner: type[Any]) -> Any:
        if client is None:
            return self.describe
        return update_wrapper(lambda *args, **kwargs: client.iterate(self.describe(*args, **kwargs)), self.describe)


class Api:
    """The methods of `Client` and `AsyncClient`; what they take and answer stands in `calls.py`."""

    request = Method(calls.request)

    me = Method(calls.me)
    put = Method(calls.put)
    apply = Method(calls.apply)
    functions = Listing(calls.functions)
    function = Method(calls.function)
    execute = Method(calls.execute)

    create_task = Method(calls.create_task)
    create_tasks = Method(calls.create_tasks)
    task = Method(calls.task)
    tasks = Listing(calls.tasks)
    update_task = Method(calls.update_task)
    start_task = Method(calls.start_task)
    complete_task = Method(calls.complete_task)
    fail_task = Method(calls.fail_task)
    cancel_task = Method(calls.cancel_task)
    retry_task = Method(calls.retry_task)
    reopen_task = Method(calls.reopen_task)
    run_transition = Method(calls.run_transition)
    hand_over = Method(calls.hand_over)
    custody = Method(calls.custody)
    attempts = Listing(calls.attempts)
    events = Listing(calls.events)
    notes = Listing(calls.notes)
    add_note = Method(calls.add_note)
    handovers = Listing(calls.handovers)
    handover = Method(calls.handover)
    withdraw_handover = Method(calls.withdraw_handover)

    claim = Method(queue_calls.claim)
    drain = Method(queue_calls.drain)
    heartbeat = Method(queue_calls.heartbeat)
    complete = Method(queue_calls.complete)
    fail = Method(queue_calls.fail)
    release = Method(queue_calls.release)
    confirm_cancel = Method(queue_calls.confirm_cancel)
    queue_stats = Method(calls.queue_stats)
