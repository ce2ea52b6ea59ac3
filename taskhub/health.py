"""`/healthz`: this process answers. `/readyz`: it can reach what it needs."""

import logging

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from taskhub.celery import broker_answers

logger = logging.getLogger(__name__)


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """503 when the database does not answer; a lost broker is told, and costs nothing but delay."""
    database = _database_answers()
    broker = broker_answers() if settings.CELERY_BROKER_URL else None
    body = {"status": "ok" if database else "unavailable", "database": database, "broker": broker}
    return JsonResponse(body, status=200 if database else 503)


def _database_answers() -> bool:
    try:
        connection.ensure_connection()
        return connection.is_usable()
    except Error as error:
        logger.warning("The database does not answer: %s", error)
        return False
