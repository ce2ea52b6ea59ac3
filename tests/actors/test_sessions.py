"""People see where they are signed in, and end it; a deactivated person's sessions never come back."""

import pytest
from django.test import Client

from apps.actors.actor import SYSTEM
from apps.actors.models import User
from apps.actors.services import change_user
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(db: None) -> User:
    return make_user("ana")


def signed_in(agent: str) -> Client:
    client = Client(headers={"User-Agent": agent})
    assert client.post("/login/", {"username": "ana", "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def test_profile_lists_sessions_and_ends_one(ana: User) -> None:
    here, there = signed_in("Firefox on my desk"), signed_in("An old phone")
    page = here.get("/profile/")
    [other] = [session for session in page.context["sessions"] if not session.is_current]
    assert (other.agent, other.address) == ("An old phone", "127.0.0.1")
    assert there.session.session_key not in page.content.decode()
    assert here.post("/profile/sessions/", {"session": other.id}).status_code == 303
    assert [is_in(here), is_in(there)] == [True, False]


def test_all_others_are_ended(ana: User) -> None:
    here, *others = (signed_in(str(number)) for number in range(3))
    assert here.post("/profile/sessions/", {"others": "1"}).status_code == 303
    assert [is_in(client) for client in (here, *others)] == [True, False, False]


def test_session_of_somebody_else_is_absent(ana: User) -> None:
    mine = signed_in("mine")
    id = mine.get("/profile/").context["sessions"][0].id
    stranger = Client()
    stranger.force_login(make_user("ben"))
    assert stranger.post("/profile/sessions/", {"session": id}).status_code == 404
    assert is_in(mine)


def test_deactivation_ends_sessions_for_good(ana: User) -> None:
    client = signed_in("mine")
    for active in (False, True):
        ana.is_active = active
        change_user(actor=SYSTEM, user=ana)
    assert not is_in(client)


def test_people_of_one_full_name_are_told_apart(ana: User) -> None:
    ben = make_user("ben")
    for user in (ana, ben):
        user.first_name, user.last_name = "Kim", "Lee"
        change_user(actor=SYSTEM, user=user)
    assert [user.display_name for user in User.objects.order_by("username")] == ["Kim Lee (ana)", "Kim Lee (ben)"]
    ben.refresh_from_db()
    ben.last_name = "Park"
    change_user(actor=SYSTEM, user=ben)
    assert [user.display_name for user in User.objects.order_by("username")] == ["Kim Lee", "Kim Park"]
