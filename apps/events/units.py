"""Units of work: one transaction, at whose end everything hears of what happened in it (IN_TRANSACTION).

A service writes its rows after it has recorded its event; so whoever acts upon the event is called when the service
has ended, and still inside its transaction. What they record themselves is told in the next round.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from .models import Event

DEEPEST = 8
"""How long a chain of events may grow in which each caused the next."""

MOST_FOLLOWING = 300
"""How many events may follow in one transaction, besides DEEPEST for each that it began with."""

logger = logging.getLogger(__name__)
_waiting: ContextVar[list[Event] | None] = ContextVar("waiting", default=None)
_cause: ContextVar[UUID | None] = ContextVar("cause", default=None)


@contextmanager
def unit() -> Iterator[None]:
    """A transaction; at the end of the outermost unit the listeners of IN_TRANSACTION hear each event of it.

    A unit inside that fails takes its events with it. Use it where a service would use `transaction.atomic`.
    """
    with transaction.atomic():
        waiting = _waiting.get()
        if waiting is None:
            yield from _outermost()
            return
        known = len(waiting)
        try:
            yield
        except BaseException:
            del waiting[known:]
            raise


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
            logger.error("too much followed from one change: the rest is not told in its transaction")
            return


def _tell(events: list[Event]) -> None:
    last = {event.task_id: event.pk for event in events}
    for event in events:
        event.is_latest = last[event.task_id] == event.pk
        with caused_by(event.pk):
            for listener in settings.IN_TRANSACTION:
                import_string(listener)(event)


def add(event: Event) -> None:
    """Called by the log with each new event. Outside of any unit the listeners hear of it after the commit."""
    waiting = _waiting.get()
    if waiting is not None:
        waiting.append(event)
    elif settings.IN_TRANSACTION:
        transaction.on_commit(lambda: _tell_late(event))


def _tell_late(event: Event) -> None:
    with unit():
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
