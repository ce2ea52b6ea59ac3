"""Every answer under /api/v1 is JSON, whatever went wrong."""

import pytest
from django.test import Client

from apps.actors import services
from apps.actors.actor import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> str:
    return services.create_application(actor=SYSTEM, name="migrator")[1]


def test_key_names_its_application(key: str) -> None:
    answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    assert answer.json()["actor"] == "application:migrator"
    assert answer.headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nope"}, {"Authorization": "Basic eA=="}])
def test_nobody_gets_401_with_a_challenge(header: dict[str, str]) -> None:
    answer = Client().get("/api/v1/me", headers=header)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options"])
@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/me/", "/api/v1/", "/api/v1"])
def test_unknown_path_is_a_problem(method: str, path: str) -> None:
    answer = getattr(Client(enforce_csrf_checks=True), method)(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_wrong_host_is_a_problem() -> None:
    answer = Client().get("/api/v1/me", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_wrong_method_names_the_right_ones(key: str) -> None:
    answer = Client().post("/api/v1/me", headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_unknown_query_parameter_is_named(key: str) -> None:
    answer = Client().get("/api/v1/me?colour=red", headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/colour")
