"""Every URL is in the access table, and answers nobody as the table says."""

from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from apps.actors.models import User
from taskhub.rehearsal.privacy_proof.request_table import BODIES
from taskhub.rehearsal.privacy_proof.routes import all_routes

from .access_table import ACCESS
from .routes import paths, routes, spelled

pytestmark = pytest.mark.no_database  # the doors are the same on every database
METHODS = ["get", "post", "put", "patch", "delete"]
urlpatterns = [path("new-route", lambda request: HttpResponse())]


def missing() -> set[str]:
    return {spelled(route) for route, _ in routes()} - set(ACCESS)


def leaks(client: Client, route: str) -> list[str]:
    """What a caller without credentials got that the table does not allow."""
    answers = {method: getattr(client, method)(paths()[route]) for method in METHODS}
    if ACCESS[route] in {"api", "application"}:
        return [
            f"{method} {route}: {a.status_code}" for method, a in answers.items() if a.status_code not in {401, 405}
        ]
    doors = ("/login/", "/admin/login/")
    return [
        f"{method} {route}: {answer.status_code}"
        for method, answer in answers.items()
        if not (answer.status_code == 405 or answer.headers.get("Location", "").startswith(doors) or asks_in(answer))
    ]


def asks_in(answer: Any) -> bool:
    """Whether it is the page to sign in, which carries what was posted."""
    return answer.status_code == 401 and b'id="id_password"' in answer.content


def test_every_route_is_in_the_table() -> None:
    assert missing() == set()


def test_every_line_of_the_table_is_a_route() -> None:
    assert set(ACCESS) - {spelled(route) for route, _ in routes()} == set()


def test_every_route_says_how_it_is_called() -> None:
    """The privacy proof must know each route: add it to BODIES in its table of requests (`[]`: no body)."""
    assert {route.template for route in all_routes() if not route.template.startswith("admin/")} - set(BODIES) == set()


def test_every_call_is_of_a_route() -> None:
    assert set(BODIES) - {route.template for route in all_routes()} == set()


@pytest.mark.urls(__name__)
def test_new_route_without_a_line_is_seen() -> None:
    assert missing() == {"new-route"}


def test_public_pages_are_the_public_routes() -> None:
    public = {route for route, who in ACCESS.items() if who == "public"}
    own = {spelled(route) for route in settings.PUBLIC_ROUTES if not route.startswith("admin/")}
    assert {route for route in public if not route.startswith(settings.API_PREFIX)} == own


@pytest.mark.django_db
@pytest.mark.parametrize("route", [route for route, who in ACCESS.items() if who != "public"])
def test_nobody_gets_nothing(client: Client, route: str) -> None:
    assert leaks(client, route) == []


@pytest.mark.django_db
@pytest.mark.parametrize("route", [route for route, who in ACCESS.items() if who == "application"])
def test_people_are_told_that_it_is_not_for_them(client: Client, stranger: User, route: str) -> None:
    client.force_login(stranger, backend="apps.actors.sign_in.backend.PasswordBackend")
    answer = client.post(paths()[route], {}, content_type="application/json")
    if answer.status_code == 405:
        answer = client.get(paths()[route])
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_open_page_is_seen(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACCESS, "healthz", "page")
    assert leaks(client, "healthz") == ["get healthz: 200"]
