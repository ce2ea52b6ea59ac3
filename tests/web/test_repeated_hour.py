"""Twice a year a clock shows an hour twice: whoever types a time in it is asked which one is meant."""

import pytest
from django.test import Client

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Grant, Handover, ScheduledUpdate, Task

from .conftest import Browse, text_of, url_of
from .test_handover_request import CARD

pytestmark = pytest.mark.django_db
TWICE = "2098-10-26T02:30"
PAGES: list[tuple[str, str, dict[str, str]]] = [
    ("edit", "due_at", {"title": "A card"}),
    ("ask", "due_at", {"to": "user:stranger", "message": "Big?"}),
    ("plan", "at", {"title": "B"}),
    ("plan", "due_at", {"at": "2099-01-01T00:00"}),
    ("sharing/with", "expires_at", {"to": "user:stranger"}),
]


@pytest.fixture
def card(desk: Container, owner_actor: Actor) -> Task:
    put_type(owner_actor, desk.slug, "card", CARD)
    return services.create_task(owner_actor, {"container": desk.slug, "type": "card", "title": "A card"})[0]


@pytest.fixture
def client(browse: Browse, owner: User) -> Client:
    owner.time_zone = "Europe/Zurich"
    owner.save()
    return browse(owner)


def stored(card: Task) -> str:
    """The one time that was stored."""
    card.refresh_from_db()
    found = [card.due_at, *(handover.due_at for handover in Handover.objects.all())]
    found += [grant.expires_at for grant in Grant.objects.all()]
    for update in ScheduledUpdate.objects.all():
        found.append(update.set.get("due_at", update.at))
    [time] = [str(time) for time in found if time is not None]
    return time[:16].replace("T", " ")


@pytest.mark.parametrize(("page", "name", "sent"), PAGES)
def test_a_time_that_comes_twice_is_asked(
    client: Client, stranger: User, card: Task, page: str, name: str, sent: dict[str, str]
) -> None:
    answer = client.post(f"{url_of(card)}{page}/", {**sent, name: TWICE})
    assert answer.status_code == 422
    text = text_of(answer)
    assert "this time comes twice" in text
    for offset, words in (("+02:00", "before clocks go back"), ("+01:00", "after clocks went back")):
        assert f'name="{name}.offset" value="{offset}"' in text
        assert words in text
    assert not any(model.objects.exists() for model in (Handover, ScheduledUpdate, Grant))


@pytest.mark.parametrize(("offset", "time"), [("+02:00", "2098-10-26 00:30"), ("+01:00", "2098-10-26 01:30")])
@pytest.mark.parametrize(("page", "name", "sent"), PAGES)
def test_the_chosen_one_is_stored(
    client: Client, stranger: User, card: Task, page: str, name: str, sent: dict[str, str], offset: str, time: str
) -> None:
    answer = client.post(f"{url_of(card)}{page}/", {**sent, name: TWICE, f"{name}.offset": offset})
    assert answer.status_code == 303, text_of(answer)
    assert stored(card) == time


def test_an_untouched_one_stays_and_can_become_the_other(client: Client, card: Task, owner_actor: Actor) -> None:
    services.edit_task(owner_actor, str(card.pk), {"due_at": "2098-10-26T01:30:00Z"})
    url = f"{url_of(card)}edit/"
    assert 'name="due_at.offset"' in text_of(client.get(url))
    assert client.post(url, {"title": "Another", "due_at": TWICE}).status_code == 303
    assert stored(card) == "2098-10-26 01:30"
    assert client.post(url, {"title": "Another", "due_at": TWICE, "due_at.offset": "+02:00"}).status_code == 303
    assert stored(card) == "2098-10-26 00:30"
