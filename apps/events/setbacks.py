"""Consumers that could not take an event: each is tried again by itself, later and later, until it has taken it.

The event itself counts as handed out, so that what fails never stands in the way of the rest. Nothing is given up:
a repaired consumer gets all that it missed within LONGEST_DELAY.
"""

import logging
import random
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.core import retry

from .models import Event, Setback

logger = logging.getLogger(__name__)

LONGEST_DELAY = 3600
DELAYS = {"backoff": {"initial": 2, "factor": 2, "max": LONGEST_DELAY, "jitter": True}}
MOST_COUNTED = 1000


def tell(event: Event, consumer: str) -> None:
    """Call a consumer by its dotted path; one that raises is undone and tried again later."""
    error = _attempt(event, consumer)
    if error is not None:
        Setback.objects.create(event=event, consumer=consumer, **_next(1, error))


def retry_due(limit: int) -> int:
    """Try those again whose time has come; returns how many. Safe on many nodes: a row that one holds is left to it."""
    due = Setback.objects.filter(due_at__lte=Now()).order_by("due_at").values_list("pk", flat=True)[:limit]
    return sum(_retry(pk) for pk in list(due))


@transaction.atomic
def _retry(pk: int) -> int:
    rows = Setback.objects.filter(pk=pk, due_at__lte=Now()).select_related("event")
    setback = rows.select_for_update(skip_locked=True, of=("self",)).first()
    if setback is None:
        return 0
    listed = setback.consumer in settings.EVENT_CONSUMERS
    error = _attempt(setback.event, setback.consumer) if listed else None
    if error is None:
        setback.delete()
    else:
        Setback.objects.filter(pk=pk).update(**_next(setback.attempts + 1, error))
    return 1


def failing() -> int:
    """How many there are, counted up to MOST_COUNTED."""
    return Setback.objects.all()[:MOST_COUNTED].count()


def _attempt(event: Event, consumer: str) -> Exception | None:
    """What the consumer raised; all that it wrote is undone then."""
    try:
        with transaction.atomic():
            import_string(consumer)(event)
    except Exception as error:
        logger.exception("a consumer failed and is tried again: %s", consumer, extra={"event": str(event.pk)})
        return error
    return None


def _next(attempts: int, error: Exception) -> dict[str, Any]:
    delay = timedelta(seconds=retry.delay(DELAYS, attempts, random.random))
    return {"attempts": attempts, "due_at": timezone.now() + delay, "error": type(error).__name__[:200]}
