"""A person changes their password: knowing the old one, with a good new one; their other sessions end."""

import pytest
from django.test import Client

from apps.actors.models import User
from apps.events import event_types
from apps.events.models import Event
from tests.factories import make_user

pytestmark = pytest.mark.django_db
OLD, NEW = "correct-horse-41", "battery-staple-57"
SAID = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}


@pytest.fixture
def ana() -> User:
    user = make_user("ana")
    user.set_password(OLD)
    user.save()
    return user


@pytest.fixture
def here(ana: User) -> Client:
    client = Client()
    client.force_login(ana, "apps.actors.sign_in.backend.PasswordBackend")
    return client


def test_password_is_changed_and_other_sessions_end(here: Client, ana: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(ana, "apps.actors.sign_in.backend.PasswordBackend")
    answer = here.post("/profile/password/", SAID)
    assert (answer.status_code, answer["Location"]) == (303, "/profile/")
    ana.refresh_from_db()
    assert ana.check_password(NEW)
    assert [client.get("/profile/").status_code for client in (here, elsewhere)] == [200, 302]
    event = Event.objects.get(type=event_types.ACCOUNT_CHANGED)
    assert event.actor == "user:ana"
    assert NEW not in str(event.data)


@pytest.mark.parametrize(
    ("said", "target"),
    [
        ({"old_password": "guessed-wrong-1"}, "id_old_password"),
        ({"new_password2": "something-else-3"}, "id_new_password2"),
        ({"new_password1": "12345678", "new_password2": "12345678"}, "id_new_password2"),
        ({"new_password1": "", "new_password2": ""}, "id_new_password1"),
    ],
)
def test_refusal_keeps_the_password_and_tells_where(here: Client, ana: User, said: dict[str, str], target: str) -> None:
    answer = here.post("/profile/password/", {**SAID, **said})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'href="#{target}"' in page
    assert page.count('aria-invalid="true"') == len(answer.context["wrong"]) > 0
    assert NEW not in answer.content.decode()
    ana.refresh_from_db()
    assert ana.check_password(OLD)


def test_profile_leads_there(here: Client) -> None:
    assert 'href="/profile/password/"' in here.get("/profile/").content.decode()
    assert here.get("/profile/password/").status_code == 200
