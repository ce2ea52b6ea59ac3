"""Consumers that could not take an event: each is tried again by itself, later and later, until it has taken it.

The event itself counts as handed out, so that what fails never stands in the way of the rest. Nothing is given up:
a repaired consumer gets all that it missed within LONGEST_DELAY.
"""

import logging
import random
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.core import backoff, due

from .models import ConsumerRetry, Event

logger = logging.getLogger(__name__)

LONGEST_DELAY = 3600
BACKOFF: backoff.Backoff = {"initial": 2, "factor": 2, "max": LONGEST_DELAY, "jitter": True}
MOST_COUNTED = 1000


def deliver(event: Event, consumer: str) -> None:
    """Call a consumer by its dotted path; one that raises is undone and tried again later."""
    error = _attempt(event, consumer)
    if error is not None:
        ConsumerRetry.objects.create(event=event, consumer=consumer, **_next(1, error))


def retry_due(limit: int) -> int:
    """Try those again whose time has come; returns how many. Safe on many nodes: a row that one holds is left to it."""
    rows = ConsumerRetry.objects.filter(due_at__lte=Now()).order_by("due_at")
    return due.work_off(rows.values_list("pk")[:limit], _retry)


@transaction.atomic
def _retry(pk: int) -> bool:
    retry = due.lock(ConsumerRetry.objects.filter(pk=pk, due_at__lte=Now()).select_related("event"))
    if retry is None:
        return False
    listed = retry.consumer in settings.EVENT_CONSUMERS
    error = _attempt(retry.event, retry.consumer) if listed else None
    if error is None:
        retry.delete()
    else:
        ConsumerRetry.objects.filter(pk=pk).update(**_next(retry.attempts + 1, error))
    return True


def failing() -> int:
    """How many there are, counted up to MOST_COUNTED."""
    return ConsumerRetry.objects.all()[:MOST_COUNTED].count()


def _attempt(event: Event, consumer: str) -> Exception | None:
    """What the consumer raised; all that it wrote is undone then."""
    try:
        with transaction.atomic():
            import_string(consumer)(event)
    except Exception as error:
        logger.exception("a consumer failed and is tried again: %s", consumer, extra={"event": str(event.pk)})
        return error
    return None


def _next(attempts: int, error: Exception) -> dict[str, object]:
    delay = timedelta(seconds=backoff.delay(BACKOFF, attempts, random.random))
    return {"attempts": attempts, "due_at": timezone.now() + delay, "error": type(error).__name__[:200]}
