"""What every answer carries, and what an answer without sign-in says."""

import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from apps.actors.models import User

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CSP = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


def test_strict_headers(client: Client) -> None:
    headers = client.get("/healthz").headers
    assert set(headers["Content-Security-Policy"].split("; ")) == CSP
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store, private"
    assert {"Cookie", "Authorization"} <= set(headers["Vary"].split(", "))


def test_request_id_is_made(client: Client) -> None:
    first, second = (client.get("/healthz").headers["X-Request-ID"] for _ in range(2))
    assert UUID.fullmatch(first)
    assert first != second


def test_request_id_from_outside_is_kept_if_it_is_a_uuid(client: Client) -> None:
    given = "0193a1b2-0000-7000-8000-000000000001"
    assert client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given
    assert client.get("/healthz", headers={"X-Request-ID": "x\ny"}).headers["X-Request-ID"] != "x\ny"


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for members")


urlpatterns = [path("page/", page), path("login/", page), path("login/more/", page), path("api/v1/page", page)]


@pytest.mark.urls(__name__)
def test_page_without_sign_in_leads_to_the_door(client: Client) -> None:
    for route in ("/page/", "/login/more/"):  # public routes are exact
        answer = client.get(route)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/login/?next={route}")


@pytest.mark.urls(__name__)
def test_public_routes_and_the_api_let_in(client: Client) -> None:
    assert client.get("/login/").status_code == client.get("/api/v1/page").status_code == 200


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_signed_in_user_gets_the_page(client: Client, stranger: User) -> None:
    client.force_login(stranger, backend="apps.actors.sign_in.backend.PasswordBackend")
    assert client.get("/page/").content == b"for members"
