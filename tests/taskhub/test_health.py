"""`/healthz` and `/readyz`: for load balancers, without sign-in."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from apps.actors.actor import SYSTEM
from apps.events import event_types, log
from apps.events.models import Event

pytestmark = pytest.mark.django_db
READY = {"status": "ok", "database": True, "broker": None, "overdue_seconds": 0, "failing_events": 0}


def test_health_is_public_and_asks_nothing(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_when_the_database_answers(client: Client) -> None:
    assert client.get("/readyz").json() == READY


def test_work_that_nobody_does_is_told(client: Client) -> None:
    with transaction.atomic():
        event = log.record(type=event_types.ACCOUNT_CHANGED, actor=SYSTEM)
    assert client.get("/readyz").json() == READY
    Event.objects.filter(pk=event.pk).update(time=timezone.now() - timedelta(hours=1))
    assert client.get("/readyz").json()["overdue_seconds"] >= 3600


def test_not_ready_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, False)


@pytest.mark.parametrize(
    ("headers", "details"),
    [
        ({}, False),
        ({"Authorization": "Bearer wrong"}, False),
        ({"Authorization": "Bearer "}, False),
        ({"Authorization": "Bearer looker"}, True),
    ],
)
def test_details_are_for_monitors(client: Client, settings: Any, headers: dict[str, str], details: bool) -> None:
    settings.METRICS_TOKEN = "looker"
    answer = client.get("/readyz", REMOTE_ADDR="192.0.2.1", headers=headers)
    assert answer.status_code == 200
    assert answer.json() == (READY if details else {"status": "ok"})


def test_empty_token_opens_nothing(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    answer = client.get("/readyz", REMOTE_ADDR="192.0.2.1", headers={"Authorization": "Bearer "})
    assert answer.json() == {"status": "ok"}


def test_proxy_on_this_machine_does_not_pass_for_it(client: Client) -> None:
    assert client.get("/readyz", headers={"X-Forwarded-For": "192.0.2.1"}).json() == {"status": "ok"}
