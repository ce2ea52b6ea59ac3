"""The methods of both clients. A call is spelled once: `Client` runs it, `AsyncClient` returns it to be awaited."""

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


class Listing(Generic[P, T]):
    """A list as a method that iterates over all of its pages."""

    def __init__(self, describe: Callable[P, Call[Page[T]]]) -> None:
        self.describe = describe

    @overload
    def __get__(self, client: Client, owner: type[Any]) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, client: AsyncClient, owner: type[Any]) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, client: Any, owner: type[Any]) -> Any:
        if client is None:
            return self.describe
        return update_wrapper(lambda *args, **kwargs: client.iterate(self.describe(*args, **kwargs)), self.describe)


class Api:
    """The methods of `Client` and `AsyncClient`; their parameters and answers are described in `calls`."""

    request = Method(calls.request)
    me = Method(calls.me)

    put = Method(calls.put)
    apply = Method(calls.apply)
    application = Method(calls.application)
    update_application = Method(calls.update_application)
    put_owner = Method(calls.put_owner)
    remove_owner = Method(calls.remove_owner)
    containers = Listing(calls.containers)
    container = Method(calls.container)
    delete_container = Method(calls.delete_container)
    members = Listing(calls.members)
    put_member = Method(calls.put_member)
    remove_member = Method(calls.remove_member)
    types = Listing(calls.types)
    type = Method(calls.type)
    delete_type = Method(calls.delete_type)
    rules = Listing(calls.rules)
    rule = Method(calls.rule)
    delete_rule = Method(calls.delete_rule)
    functions = Listing(calls.functions)
    function = Method(calls.function)
    delete_function = Method(calls.delete_function)
    pause_function = Method(calls.pause_function)
    resume_function = Method(calls.resume_function)
    execute = Method(calls.execute)

    create_task = Method(calls.create_task)
    create_tasks = Method(calls.create_tasks)
    task = Method(calls.task)
    tasks = Listing(calls.tasks)
    search = Listing(calls.search)
    update_task = Method(calls.update_task)
    start_task = Method(calls.start_task)
    complete_task = Method(calls.complete_task)
    fail_task = Method(calls.fail_task)
    cancel_task = Method(calls.cancel_task)
    skip_task = Method(calls.skip_task)
    retry_task = Method(calls.retry_task)
    reopen_task = Method(calls.reopen_task)
    run_transition = Method(calls.run_transition)
    custody = Method(calls.custody)
    attempts = Listing(calls.attempts)
    events = Listing(calls.events)
    notes = Listing(calls.notes)
    add_note = Method(calls.add_note)
    attachments = Listing(calls.attachments)
    attach = Method(calls.attach)
    read_attachment = Method(calls.read_attachment)
    delete_attachment = Method(calls.delete_attachment)

    hand_over = Method(calls.hand_over)
    handovers = Listing(calls.handovers)
    handover = Method(calls.handover)
    withdraw_handover = Method(calls.withdraw_handover)
    receipt = Method(calls.receipt)
    inbox = Listing(calls.inbox)
    claim_handover = Method(calls.claim_handover)
    release_handover = Method(calls.release_handover)
    answer_handover = Method(calls.answer_handover)
    save_draft = Method(calls.save_draft)
    decline_handover = Method(calls.decline_handover)
    delegate_handover = Method(calls.delegate_handover)

    failures = Method(calls.failures)
    plan_operation = Method(calls.plan_operation)
    begin_operation = Method(calls.begin_operation)
    operations = Listing(calls.operations)
    operation = Method(calls.operation)
    operation_items = Listing(calls.operation_items)
    stop_operation = Method(calls.stop_operation)
    resume_operation = Method(calls.resume_operation)

    claim = Method(queue_calls.claim)
    drain = Method(queue_calls.drain)
    heartbeat = Method(queue_calls.heartbeat)
    complete = Method(queue_calls.complete)
    fail = Method(queue_calls.fail)
    release = Method(queue_calls.release)
    confirm_cancel = Method(queue_calls.confirm_cancel)
    queue_stats = Method(calls.queue_stats)
