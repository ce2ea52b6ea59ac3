"""Units of work: a transaction whose events are heard inside it.

`transaction.atomic` promises one thing: all rows of the block are stored, or none. `unit_of_work` promises the same,
and more about the events that are recorded in the block:

* **The listeners of `settings.IN_TRANSACTION` hear every event before the commit**, each event once, in the order in
  which the events were recorded. They hear them when the outermost unit has done its own work, so they find the rows
  as the service left them, and not half-written.
* **What a listener does is part of the same transaction.** Automatic transitions, for example, are stored together
  with the change that led to them. If a listener raises, the whole unit is undone, the first change too.
* **What follows is heard too.** Events that listeners record are heard in the next round, until a round records
  nothing. `MOST_FOLLOWING` and `DEEPEST` end chains that would go on for ever.
* **A unit inside a unit is a savepoint.** If it raises and the caller goes on, its rows are undone and its events are
  forgotten, so nobody hears of what did not happen.

An event of a task is recorded inside a unit only: `log.record_all` raises RuntimeError otherwise. So a service that
writes to tasks is a unit of work. `transaction.atomic` is enough where no event of a task is recorded; listeners then
hear an event of an account, a function or a container after the commit, in a unit of their own.

Consumers of `settings.EVENT_CONSUMERS` are something else: they hear events after the commit (`dispatch.py`).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from apps.core.errors import TaskHubError

from .models import Event

DEEPEST = 8
"""How long a chain of events may grow in which each caused the next."""

MOST_FOLLOWING = 300
"""How many events may follow in one transaction, besides DEEPEST for each that it began with."""

logger = logging.getLogger(__name__)
_waiting: ContextVar[list[Event] | None] = ContextVar("waiting", default=None)
_cause: ContextVar[UUID | None] = ContextVar("cause", default=None)


@contextmanager
def unit_of_work() -> Iterator[None]:
    """A transaction at whose end the listeners of IN_TRANSACTION hear its events; the module says what it promises."""
    waiting = _waiting.get()
    if waiting is None:
        try:
            with transaction.atomic():
                yield from _outermost()
        except TaskHubError as error:
            leave_trace(error)
            raise
        return
    known = len(waiting)
    try:
        with transaction.atomic():
            yield
    except BaseException:
        del waiting[known:]
        raise


def leave_trace(error: TaskHubError) -> None:
    """Record the refusal, if it must be recorded, in a unit of its own: the one that was refused has been undone.

    Whoever undoes a transaction around units calls this again; what a trace records, it records once.
    """
    if error.trace is not None:
        with unit_of_work():
            error.trace()


def _outermost() -> Iterator[None]:
    waiting: list[Event] = []
    token = _waiting.set(waiting)
    try:
        yield
        _settle(waiting)
    finally:
        _waiting.reset(token)


def _settle(waiting: list[Event]) -> None:
    """Tell of what happened, then of what followed from it, and so on until nothing follows."""
    room = MOST_FOLLOWING + DEEPEST * len(waiting)
    while waiting:
        events = list(waiting)
        waiting.clear()
        _tell(events)
        room -= len(waiting)
        if room < 0:
            logger.error("too much followed from one change: the rest is not processed in its transaction")
            return


def _tell(events: list[Event]) -> None:
    listeners = [import_string(name) for name in settings.IN_TRANSACTION]
    last = {event.task_id: event.pk for event in events}
    for event in events:
        event.is_latest = last[event.task_id] == event.pk
        with caused_by(event.pk):
            for listener in listeners:
                listener(event)


def is_open() -> bool:
    """Whether what is recorded now will be heard of inside this transaction."""
    return _waiting.get() is not None


def add(event: Event) -> None:
    """Called by the log with each new event. Outside of any unit the listeners hear of it after the commit."""
    waiting = _waiting.get()
    if waiting is not None:
        waiting.append(event)
    elif settings.IN_TRANSACTION:
        transaction.on_commit(lambda: _tell_late(event))


def _tell_late(event: Event) -> None:
    with unit_of_work():
        _tell([event])


@contextmanager
def caused_by(event_id: UUID) -> Iterator[None]:
    """What is recorded inside names this event as its cause."""
    token = _cause.set(event_id)
    try:
        yield
    finally:
        _cause.reset(token)


def cause() -> UUID | None:
    """The event that what happens now follows from."""
    return _cause.get()


def depth_of(event: Event) -> int:
    """How many events caused one another up to this one, at most DEEPEST."""
    depth, earlier = 0, event.causation_id
    while earlier is not None and depth < DEEPEST:
        depth += 1
        earlier = Event.objects.filter(pk=earlier).values_list("causation_id", flat=True).first()
    return depth
