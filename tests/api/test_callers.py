"""Who calls: keys, sessions, and what a session must show besides."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from apps.actors.models import ApiKey, Application, User
from tests.factories import PASSWORD

from .world import Caller, Json


def test_me_says_who(app: Caller, contributor: Caller) -> None:
    assert app.get("/me").json()["actor"] == "application:migrator"
    me = contributor.get("/me").json()
    assert (me["actor"], me["kind"], me["teams"]) == ("user:member", "user", ["team:dba"])


@pytest.mark.parametrize(
    "change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(seconds=1)}]
)
def test_ended_key_is_refused(app: Caller, change: Json) -> None:
    ApiKey.objects.update(**change)
    assert app.get("/me").status_code == 401


def test_inactive_application_is_refused(app: Caller) -> None:
    Application.objects.update(active=False)
    assert app.get("/me").status_code == 401


def test_inactive_person_is_refused(contributor: Caller) -> None:
    User.objects.update(is_active=False)
    assert contributor.get("/me").status_code == 401


def test_every_wrong_key_reads_alike(app: Caller, worker: str) -> None:
    wrong = [worker[:-1], worker[:-6] + "000000", worker.upper(), "th_aaaaaaaa_" + "a" * 49, "x" * 600, "\u2603", ""]
    answers = [Client().get("/api/v1/me", headers={"Authorization": f"Bearer {key}"}) for key in wrong]
    assert {answer.status_code for answer in answers} == {401}
    assert all(answer.headers["WWW-Authenticate"].startswith("Bearer") for answer in answers)


def test_wrong_key_beside_a_session_is_refused(contributor: Caller) -> None:
    assert contributor.get("/me", Authorization="Bearer nope").status_code == 401


def test_session_needs_the_csrf_token_to_write(member: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    body = {"title": "Mine"}
    path = "/api/v1/containers/mine"
    refused = client.put(path, body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    allowed = client.put(path, body, content_type="application/json", headers={"X-CSRFToken": "a" * 32})
    assert allowed.status_code == 201
    assert client.get(path).status_code == 200


def test_session_of_the_login_page_is_good(member: User) -> None:
    client = Client()
    client.post("/login/", {"username": "member", "password": PASSWORD})
    assert client.get("/api/v1/me").json()["actor"] == "user:member"


def test_answers_are_stored_by_nobody(app: Caller, contributor: Caller) -> None:
    for caller in (app, contributor):
        for path in ("/me", "/tasks", "/tasks/nothing"):
            headers = caller.get(path).headers
            assert headers["Cache-Control"] == "no-store, private"
            assert {"Cookie", "Authorization"} <= set(headers["Vary"].replace(" ", "").split(","))
