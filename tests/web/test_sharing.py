"""The page of who sees a task: each change is looked at before it is done."""

import pytest

from apps.actors.actor import Actor
from apps.actors.models import Team, User
from apps.containers.models import Container, Membership
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Grant, Task
from tests import factories

from .conftest import Browse, text_of, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(desk: Container, owner_actor: Actor) -> Task:
    put_type(owner_actor, "desk", "card", {"title": "Card"})
    return services.create_task(owner_actor, {"container": "desk", "type": "card", "title": "Paint it"})[0]


def page_of(task: Task) -> str:
    return f"{url_of(task)}sharing/"


def test_the_task_leads_there_those_whose_task_it_is(browse: Browse, owner: User, stranger: User, card: Task) -> None:
    Membership.objects.create(container=card.container, user=stranger, role="viewer")
    assert page_of(card) in text_of(browse(owner).get(url_of(card)))
    client = browse(stranger)
    assert page_of(card) not in text_of(client.get(url_of(card)))
    for path in ("", "with/", "container/"):
        assert client.post(page_of(card) + path, {"privacy": "inherit"}).status_code == 403


@pytest.mark.parametrize("path", ["", "with/", "container/"])
def test_hidden_tasks_have_no_such_page(browse: Browse, stranger: User, card: Task, path: str) -> None:
    assert browse(stranger).post(page_of(card) + path).status_code == 404


def test_narrowing_shows_who_loses_and_then_does_it(browse: Browse, owner: User, member: User, card: Task) -> None:
    client = browse(owner)
    asked = text_of(client.post(page_of(card), {"privacy": "restricted"}))
    assert "These will no longer see it: member." in asked
    card.refresh_from_db()
    assert card.privacy == "inherit"
    done = client.post(page_of(card), {"privacy": "restricted", "confirm": "yes"})
    assert (done.status_code, done.headers["Location"]) == (303, url_of(card))
    assert browse(member).get(url_of(card)).status_code == 404


def test_widening_shows_who_gains(browse: Browse, owner: User, card: Task) -> None:
    client = browse(owner)
    client.post(page_of(card), {"privacy": "private", "private_to": "user:owner", "confirm": "yes"})
    assert "These will see it, and do not now: member." in text_of(client.post(page_of(card), {"privacy": "inherit"}))
    client.post(page_of(card), {"privacy": "inherit", "confirm": "yes"})
    card.refresh_from_db()
    assert card.privacy == "inherit"


def test_whoever_gives_it_away_comes_back_to_the_start(browse: Browse, owner: User, member: User, card: Task) -> None:
    sent = {"privacy": "private", "private_to": "user:member", "confirm": "yes"}
    done = browse(owner).post(page_of(card), sent)
    assert (done.status_code, done.headers["Location"]) == (303, "/")
    assert browse(member).get(url_of(card)).status_code == 200


def test_a_changed_task_is_not_changed_again(browse: Browse, owner: User, owner_actor: Actor, card: Task) -> None:
    old = {"privacy": "restricted", "version": "0" * 24, "confirm": "yes"}
    assert browse(owner).post(page_of(card), old).status_code == 412
    assert browse(owner).post(page_of(card), {"privacy": "application"}).status_code == 403
    assert browse(owner).post(page_of(card), {"privacy": "typo"}).status_code == 422


def test_sharing_until_a_date_and_no_longer(
    browse: Browse, owner: User, stranger: User, team: Team, card: Task
) -> None:
    client = browse(owner)
    client.post(page_of(card) + "with/", {"to": "user:stranger", "expires_at": "2030-05-01T10:00"})
    assert browse(stranger).get(url_of(card)).status_code == 200
    assert "2030" in text_of(client.get(page_of(card)))
    client.post(page_of(card) + "with/", {"to": "team:dba"})
    assert Grant.objects.count() == 2
    client.post(page_of(card) + "with/", {"to": "user:stranger", "remove": "yes"})
    assert browse(stranger).get(url_of(card)).status_code == 404
    for sent in ({"to": ""}, {"to": "user:nobody"}, {"to": "user:stranger", "expires_at": "soon"}):
        assert client.post(page_of(card) + "with/", sent).status_code == 422
    assert Grant.objects.count() == 1


def test_a_move_shows_who_gains_and_loses(browse: Browse, owner: User, owner_actor: Actor, card: Task) -> None:
    ben = factories.make_user("ben")
    factories.make_container("attic", manager=owner, viewer=ben)
    client = browse(owner)
    assert "Move to another container" in text_of(client.get(page_of(card)))
    path = page_of(card) + "container/"
    assert client.post(path, {"container": "attic"}).status_code == 422  # no such type there
    put_type(owner_actor, "attic", "card", {"title": "Card"})
    asked = text_of(client.post(path, {"container": "attic"}))
    assert "These will see it, and do not now: ben." in asked
    assert "These will no longer see it: member." in asked
    client.post(path, {"container": "attic", "confirm": "yes"})
    card.refresh_from_db()
    assert card.container.slug == "attic"
    assert browse(ben).get(url_of(card)).status_code == 200


def test_a_move_shows_who_reads_more_of_it(browse: Browse, owner: User, owner_actor: Actor, card: Task) -> None:
    ben = factories.make_user("ben")
    factories.make_container("attic", manager=owner, contributor=ben)
    Membership.objects.create(container=card.container, user=ben, role="viewer")
    put_type(owner_actor, "attic", "card", {"title": "Card"})
    asked = text_of(browse(owner).post(page_of(card) + "container/", {"container": "attic"}))
    assert "These will read its work notes, and do not now: ben." in asked
