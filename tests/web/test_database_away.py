"""While the database is away, pages and answers say so: 503, never 500."""

from typing import NoReturn

import pytest
from django.db import OperationalError
from django.test import Client

from apps.actors.sessions import SessionStore


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> Client:
    """Somebody with a session that cannot be looked up."""

    def away(self: SessionStore) -> NoReturn:
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(SessionStore, "load", away)
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "s" * 32
    return client


def test_page_says_that_it_is_the_database(visitor: Client) -> None:
    answer = visitor.get("/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert "Its database does not answer" in answer.content.decode()


def test_answer_is_a_problem(visitor: Client) -> None:
    answer = visitor.get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_what_nobody_foresaw_is_still_500(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SessionStore, "load", lambda self: 1 / 0)
    assert visitor.get("/").status_code == 500
