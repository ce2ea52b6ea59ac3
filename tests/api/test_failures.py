"""What nobody foresaw, and a database that is away: problems too, that say nothing of the inside."""

from typing import Any

import pytest
from django.db import DataError, InterfaceError, OperationalError
from django.test import override_settings

from apps.containers import queries
from apps.tasks import services

from .world import TASK, Caller


def raising(error: Exception) -> Any:
    def fail(*_args: Any, **_named: Any) -> None:
        raise error

    return fail


@pytest.mark.parametrize("debug", [True, False])
def test_mistake_of_our_own_says_nothing(app: Caller, monkeypatch: pytest.MonkeyPatch, debug: bool) -> None:
    monkeypatch.setattr(queries, "list_containers", raising(RuntimeError("the password is hunter2")))
    with override_settings(DEBUG=debug):
        answer = app.get("/containers")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert b"hunter2" not in answer.content
    assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("gone")])
def test_lost_database_is_503(app: Caller, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(services, "create_task", raising(error))
    answer = app.post("/tasks", TASK)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"


def test_lost_database_at_a_plain_view(app: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.automation import queue

    monkeypatch.setattr(queue, "claim", raising(OperationalError("gone")))
    assert app.post("/queue/claim", {"functions": ["x"]}).status_code == 503


def test_value_that_only_the_database_refuses(app: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "create_task", raising(DataError("too long")))
    assert app.post("/tasks", TASK).status_code == 400


@pytest.mark.parametrize("path", ["/tasks", "/tasks/nothing", "/docs", "/openapi.json", "/nothing"])
def test_debug_page_is_never_html(app: Caller, path: str) -> None:
    with override_settings(DEBUG=True):
        answer = app("FROG", path)
    assert answer.status_code in (404, 405)
    assert answer.headers["Content-Type"] == "application/problem+json"
