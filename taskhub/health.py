"""`/healthz`: this process answers. `/readyz`: it can reach what it needs."""

import hmac
import logging

from django.conf import settings
from django.db import Error, connection
from django.db.models import Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.core.addresses import is_local
from apps.events import retries
from apps.events.models import ConsumerRetry, Event
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
    """503 when the database does not answer. A lost broker is reported, and costs nothing but delay.

    Details are for this machine and for callers with METRICS_TOKEN as a bearer token.
    `overdue_seconds`: for how long the oldest due work has waited, 0 below a minute: is the background running?
    `failing_events`: how many events a consumer could not take yet; each is tried again, the log says why.
    """
    database = _database_answers()
    body: dict[str, object] = {"status": "ok" if database else "unavailable"}
    if _may_see_details(request):
        body |= {
            "database": database,
            "broker": broker_answers() if settings.CELERY_BROKER_URL else None,
            "overdue_seconds": _overdue_seconds() if database else None,
            "failing_events": retries.failing() if database else None,
        }
    return JsonResponse(body, status=200 if database else 503)


def _may_see_details(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").encode()
    wanted = f"Bearer {settings.METRICS_TOKEN}".encode()
    return is_local(request.META) or (bool(settings.METRICS_TOKEN) and hmac.compare_digest(given, wanted))


def _overdue_seconds() -> int:
    """Events that nobody dispatched or tried again, leases that nobody decided about."""
    event = Event.objects.filter(dispatched_at=None).order_by("id").values_list("time", flat=True).first()
    again = ConsumerRetry.objects.aggregate(first=Min("due_at"))["first"]
    lease = leases.expired().aggregate(first=Min("lease_expires_at"))["first"]
    since = min((timestamp for timestamp in (event, again, lease) if timestamp), default=timezone.now())
    age = int((timezone.now() - since).total_seconds())
    return age if age >= NOTICEABLE else 0


def _database_answers() -> bool:
    try:
        connection.ensure_connection()
        return connection.is_usable()
    except Error as error:
        logger.warning("The database does not answer: %s", error)
        return False
