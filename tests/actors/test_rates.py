"""A person and a key may write only so much a minute; reading is free, and nobody pays for somebody else."""

from typing import Any

import pytest
from django.test import Client

from apps.actors.models import Application, User
from apps.actors.rates import MOST, Buckets
from apps.actors.references import actor_of_application
from apps.actors.services import issue_key
from apps.core.errors import LimitExceeded
from tests.factories import make_user


@pytest.fixture
def limits(settings: Any) -> None:
    settings.PERSON_WRITES_PER_MINUTE = settings.KEY_WRITES_PER_MINUTE = 2


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.django_db
def test_person_is_limited_over_pages_and_api(limits: None, stranger: User) -> None:
    client = browser(stranger)
    assert client.post("/profile/", {"theme": "dark", "zone": "UTC"}).status_code == 303
    assert client.post("/api/v1/tasks", {}, content_type="application/json").status_code == 400
    page = client.post("/profile/", {"theme": "dark", "zone": "UTC"})
    call = client.post("/api/v1/tasks", {}, content_type="application/json")
    for answer in (page, call):
        assert (answer.status_code, answer.headers["RateLimit-Policy"]) == (429, '"writes";q=2;w=60')
        assert 0 < int(answer.headers["Retry-After"]) <= 30
    assert call.json()["code"] == "rate_limited"
    assert client.get("/profile/").status_code == 200
    assert browser(make_user("ben")).post("/profile/", {"zone": "UTC"}).status_code == 303


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/tasks", "/api/v1/queue/claim"])
def test_each_key_is_limited(limits: None, application: Application, path: str) -> None:
    keys = [issue_key(actor=actor_of_application(application), application=application) for _ in range(2)]

    def call(key: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return Client().post(path, {}, content_type="application/json", headers=headers).status_code

    assert [call(keys[0]) == 429 for _ in range(3)] == [False, False, True]
    assert call(keys[1]) != 429


def test_buckets_are_bounded() -> None:
    buckets = Buckets()
    for number in range(MOST + 5):
        buckets.spend(str(number), 1)
    assert len(buckets.left) == MOST
    with pytest.raises(LimitExceeded):
        buckets.spend(str(MOST), 1)
