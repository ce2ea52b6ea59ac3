"""`/healthz`: this process answers. `/readyz`: it can reach what it needs."""

import logging

from django.conf import settings
from django.db import Error, connection
from django.db.models import Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.events import setbacks
from apps.events.models import Event, Setback
from apps.tasks import leases
from taskhub.celery import broker_answers

logger = logging.getLogger(__name__)

# Seconds from which late work is worth a word.
NOTICEABLE = 60


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """503 when the database does not answer; a lost broker is told, and costs nothing but delay.

    `overdue_seconds`: for how long the oldest due work has waited, 0 below a minute: is the background running?
    `failing_events`: how many events a consumer could not take yet; each is tried again, the log says why.
    """
    database = _database_answers()
    broker = broker_answers() if settings.CELERY_BROKER_URL else None
    body = {
        "status": "ok" if database else "unavailable",
        "database": database,
        "broker": broker,
        "overdue_seconds": _overdue_seconds() if database else None,
        "failing_events": setbacks.failing() if database else None,
    }
    return JsonResponse(body, status=200 if database else 503)


def _overdue_seconds() -> int:
    """Events that nobody dispatched or tried again, leases that nobody decided about."""
    event = Event.objects.filter(dispatched_at=None).order_by("id").values_list("time", flat=True).first()
    again = Setback.objects.aggregate(first=Min("due_at"))["first"]
    lease = leases.expired().aggregate(first=Min("lease_expires_at"))["first"]
    since = min((moment for moment in (event, again, lease) if moment), default=timezone.now())
    age = int((timezone.now() - since).total_seconds())
    return age if age >= NOTICEABLE else 0


def _database_answers() -> bool:
    try:
        connection.ensure_connection()
        return connection.is_usable()
    except Error as error:
        logger.warning("The database does not answer: %s", error)
        return False
