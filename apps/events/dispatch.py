"""Hands committed events to their consumers, by row state: an event is due until it is marked dispatched.

Only events that have a position are handed out. So consumers know it, and no row that the sequencer wants to number
is locked by a consumer that takes its time.
"""

import logging
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from . import positions, retries
from .models import Event

logger = logging.getLogger(__name__)
BATCH = 50
"""How many events are handed out in one transaction: on SQLite everybody who writes waits for its end."""


def dispatch(limit: int = BATCH) -> int:
    """Give undispatched events to every consumer of EVENT_CONSUMERS; returns how many were handed out.

    Events and what their consumers write are one transaction, so a crash repeats both or neither. A batch in which
    a consumer raises is rolled back and handed out one by one: the consumer that fails is put off with that event
    (`retries.py`), everything else goes on. Safe to run on many nodes: a second one finds the rows locked or marked.
    """
    positions.assign()
    due = Event.objects.filter(dispatched_at=None, position__isnull=False).order_by("id")
    ids = list(due.values_list("id", flat=True)[:limit])
    try:
        return _hand_out(ids, _deliver) if ids else 0
    except Exception:
        logger.warning("a consumer failed in a batch of %s events: handed out one by one", len(ids))
    return sum(_hand_out_alone(event_id) for event_id in ids)


@transaction.atomic
def _hand_out(ids: list[UUID], deliver: Callable[[Event, str], None]) -> int:
    """The node that marks an event hands it out: what another node holds or has marked is left to it."""
    held = Event.objects.filter(pk__in=ids, dispatched_at=None).select_for_update(skip_locked=True)
    events = list(held.order_by("position"))
    Event.objects.filter(pk__in=[event.pk for event in events]).update(dispatched_at=timezone.now())
    for event in events:
        for consumer in settings.EVENT_CONSUMERS:
            deliver(event, consumer)
    return len(events)


def _deliver(event: Event, consumer: str) -> None:
    import_string(consumer)(event)


def _hand_out_alone(event_id: UUID) -> int:
    try:
        return _hand_out([event_id], retries.deliver)
    except Exception:
        logger.exception("an event could not be handed out: it stays due", extra={"event": str(event_id)})
        return 0
