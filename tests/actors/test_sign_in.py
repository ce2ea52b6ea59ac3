"""Signing in: wrong passwords are counted where they belong, and the right one from a known browser always works."""

from datetime import timedelta
from typing import Any
from unicodedata import normalize

import pytest
from django.test import Client
from django.utils import timezone

from apps.actors.models import User, WrongPasswords
from apps.events.models import Event
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
PROXY, HOME, ELSEWHERE = "10.0.0.1", "198.51.100.7", "203.0.113.9"


@pytest.fixture(autouse=True)
def few_tries(settings: Any) -> None:
    settings.SIGN_IN_TRIES = 2
    settings.TRUSTED_PROXIES = 1


@pytest.fixture
def ana(db: None) -> User:
    return make_user("ana")


def sign_in(client: Client, password: str, *, name: str = "ana", address: str = HOME) -> int:
    sent = {"username": name, "password": password}
    client.cookies.pop("sessionid", None)
    forwarded = f"192.0.2.66, {address}"  # what the client itself wrote comes first
    answer = client.post("/login/", sent, REMOTE_ADDR=PROXY, headers={"X-Forwarded-For": forwarded})
    return answer.status_code


def guess(times: int, *, name: str = "ana", address: str = ELSEWHERE) -> list[int]:
    return [sign_in(Client(), "wrong", name=name, address=address) for _ in range(times)]


def test_wrong_passwords_from_one_address_lock_nobody_else_out(ana: User) -> None:
    assert guess(3) == [200, 200, 429]
    assert sign_in(Client(), PASSWORD, address=ELSEWHERE) == 429
    assert sign_in(Client(), PASSWORD, address=HOME) == 302


def test_right_password_forgets_the_wrong_ones(ana: User) -> None:
    client = Client()
    assert [sign_in(client, password) for password in ("wrong", PASSWORD, "wrong", PASSWORD)] == [200, 302, 200, 302]


def test_one_address_is_stopped_over_all_accounts(ana: User) -> None:
    guesses = [guess(1, name=f"user{number}")[0] for number in range(21)]
    assert guesses == [200] * 20 + [429]


def test_account_waits_longer_and_longer_over_all_addresses(ana: User) -> None:
    for number in range(5):
        guess(1, address=f"203.0.113.{number}")
    assert sign_in(Client(), PASSWORD, address="203.0.113.200") == 429
    later(timedelta(seconds=3))
    assert sign_in(Client(), PASSWORD, address="203.0.113.200") == 302


def test_known_browser_signs_in_whatever_others_try(ana: User) -> None:
    known = Client()
    assert sign_in(known, PASSWORD) == 302
    for number in range(5):
        guess(1, address=f"203.0.113.{number}")
    guess(2, address=HOME)
    assert sign_in(known, PASSWORD) == 302


def test_stolen_or_forged_browser_gives_no_free_guesses(ana: User) -> None:
    known = Client()
    sign_in(known, PASSWORD)
    assert [sign_in(known, "wrong") for _ in range(3)] == [200, 200, 429]
    forged = Client()
    forged.cookies["device"] = known.cookies["device"].value + "x"
    guess(2, address=HOME)
    assert sign_in(forged, PASSWORD) == 429


def test_lock_ends_by_itself(ana: User) -> None:
    guess(3, address=HOME)
    later(timedelta(minutes=15))
    assert sign_in(Client(), PASSWORD) == 302


def later(span: timedelta) -> None:
    for row in WrongPasswords.objects.all():
        WrongPasswords.objects.filter(pk=row.pk).update(last_at=row.last_at - span)


def test_old_counts_are_deleted(ana: User) -> None:
    guess(1)
    later(timedelta(hours=2))
    guess(1, name="ben", address=HOME)
    assert not WrongPasswords.objects.filter(last_at__lt=timezone.now() - timedelta(hours=1)).exists()


def test_sign_ins_failures_and_lock_outs_are_events(ana: User) -> None:
    guess(2)
    sign_in(Client(), PASSWORD)
    recorded = [(event.actor, event.data["did"], event.data["reason"]) for event in Event.objects.order_by("id")]
    assert recorded == [
        ("system", "sign_in_failed", f"from {ELSEWHERE}"),
        ("system", "locked_out", f"from {ELSEWHERE}"),
        ("user:ana", "signed_in", f"from {HOME}"),
    ]


def test_name_is_taken_in_any_case(ana: User) -> None:
    assert sign_in(Client(), PASSWORD, name="ANA") == 302


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
def test_password_is_the_same_however_it_is_composed(ana: User, form: Any, typed: Any) -> None:
    ana.set_password(normalize(form, "pässwörd-41"))
    ana.save()
    assert ana.check_password(normalize(typed, "pässwörd-41"))


def test_admin_has_no_door_of_its_own(ana: User, client: Client) -> None:
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")
    assert client.get("/admin/login/?next=/admin/").headers["Location"] == "/login/?next=%2Fadmin%2F"
    client.force_login(ana)
    assert client.get("/admin/login/").status_code == 403


def test_wrong_old_passwords_are_counted(ana: User, client: Client) -> None:
    client.force_login(ana)
    new = {"new_password1": "battery-staple-57", "new_password2": "battery-staple-57"}
    answers = [client.post("/profile/password/", {"old_password": "wrong", **new}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert client.post("/profile/password/", {"old_password": PASSWORD, **new}).status_code == 429
