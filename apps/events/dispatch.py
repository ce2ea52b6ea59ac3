"""Hands committed events to their consumers, by row state: an event is due until it is marked dispatched."""

import logging
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from .models import Event

logger = logging.getLogger(__name__)
BATCH = 200


def dispatch(limit: int = BATCH) -> int:
    """Give undispatched events to every consumer of EVENT_CONSUMERS; returns how many were handed out.

    An event and what its consumers write are one transaction, so a crash repeats both or neither. A consumer that
    raises leaves its event due; the others go on. Safe to run on many nodes: a second one finds the rows locked
    or already marked.
    """
    consumers = [import_string(path) for path in settings.EVENT_CONSUMERS]
    ids = list(Event.objects.filter(dispatched_at=None).order_by("id").values_list("id", flat=True)[:limit])
    return sum(_dispatch_one(event_id, consumers) for event_id in ids)


def _dispatch_one(event_id: UUID, consumers: list[Callable[[Event], None]]) -> int:
    try:
        with transaction.atomic():
            due = Event.objects.filter(pk=event_id, dispatched_at=None)
            if not due.update(dispatched_at=timezone.now()):
                return 0
            event = Event.objects.get(pk=event_id)
            for consume in consumers:
                consume(event)
    except Exception:
        logger.exception("event stays due: a consumer failed", extra={"event": str(event_id)})
        return 0
    return 1
