"""Making and changing tasks by hand in people's containers, and what that may not do elsewhere."""

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container, Membership
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Task

from .conftest import Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db
NEW = "/containers/desk/tasks/new/?type=card"
SCHEMA = {
    "type": "object",
    "properties": {
        "effort": {"type": "integer", "title": "Effort", "minimum": 1},
        "budget": {"type": "integer", "title": "Budget", "x-taskhub": {"read": ["manager"], "write": ["manager"]}},
    },
}


@pytest.fixture
def cards(desk: Container, owner_actor: Actor) -> Container:
    put_type(owner_actor, desk.slug, "card", {"title": "Card", "schema": SCHEMA})
    return desk


@pytest.fixture
def card(cards: Container, owner_actor: Actor) -> Task:
    body = {"container": "desk", "type": "card", "title": "Paint it", "fields": {"effort": 3, "budget": 7771777177}}
    return services.create_task(owner_actor, body)[0]


def let_in(container: Container, user: User, role: str) -> None:
    Membership.objects.create(container=container, user=user, role=role)


def test_contributor_makes_a_task(browse: Browse, member: User, cards: Container) -> None:
    sent = {"title": "Paint it", "description": "Blue", "fields.effort": "2"}
    answer = browse(member).post(NEW, sent)
    task = Task.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, url_of(task))
    assert (task.title, task.description, task.fields) == ("Paint it", "Blue", {"effort": 2})
    assert task.created_by_user == member


def test_errors_keep_what_was_typed(browse: Browse, member: User, cards: Container) -> None:
    answer = browse(member).post(NEW, {"title": "", "description": "Blue words", "fields.effort": "0"})
    page = text_of(answer)
    assert answer.status_code == 422
    assert "Blue words" in page
    assert 'value="0"' in page
    assert "This is required." in page
    assert not Task.objects.exists()


@pytest.mark.parametrize("role", ["requester", "viewer"])
def test_weaker_roles_make_none(browse: Browse, stranger: User, cards: Container, role: str) -> None:
    let_in(cards, stranger, role)
    client = browse(stranger)
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, {"title": "Mine"}).status_code == 403
    assert not Task.objects.exists()


def test_get_and_a_post_without_the_token_make_nothing(browse: Browse, member: User, cards: Container) -> None:
    browse(member).get(NEW, {"title": "Paint it"})
    assert browse(member, strict=True).post(NEW, {"title": "Paint it"}).status_code == 403
    assert not Task.objects.exists()


def test_card_is_edited(browse: Browse, member: User, card: Task) -> None:
    client = browse(member)
    sent = {
        "title": "Paint it red", "description": "Now", "assignee": "user:member", "due_at": "2031-05-03T10:00",
        "tags": "paint, Outside ,paint", "fields.effort": "5",
    }  # fmt: skip
    assert client.post(f"{url_of(card)}edit/", sent).headers["Location"] == url_of(card)
    card.refresh_from_db()
    assert (card.title, card.description, card.assignee) == ("Paint it red", "Now", member)
    assert (card.fields["effort"], card.tags) == (5, ["paint", "Outside"])
    assert card.due_at is not None
    assert card.due_at.isoformat() == "2031-05-03T10:00:00+00:00"
    page = text_of(client.get(f"{url_of(card)}edit/"))
    assert 'value="paint, Outside"' in page


def test_hidden_field_is_neither_shown_nor_written(browse: Browse, member: User, card: Task) -> None:
    client = browse(member)
    page = text_of(client.get(f"{url_of(card)}edit/"))
    assert "Effort" in page
    assert "Budget" not in page
    assert "7771777177" not in page
    client.post(f"{url_of(card)}edit/", {"title": "Paint it", "fields.effort": "3", "fields.budget": "1"})
    card.refresh_from_db()
    assert card.fields == {"effort": 3, "budget": 7771777177}


def test_refused_edit_keeps_what_was_typed(browse: Browse, member: User, card: Task) -> None:
    sent = {"title": "", "description": "My words", "due_at": "someday", "tags": "a", "fields.effort": "x"}
    answer = browse(member).post(f"{url_of(card)}edit/", sent)
    page = text_of(answer)
    assert answer.status_code == 422
    assert "My words" in page
    assert 'value="x"' in page
    card.refresh_from_db()
    assert (card.title, card.fields["effort"], card.tags) == ("Paint it", 3, [])


def test_conflict_shows_both_and_keeps_the_typed(browse: Browse, member: User, card: Task, owner_actor: Actor) -> None:
    client = browse(member)
    page = text_of(client.get(f"{url_of(card)}edit/"))
    start = page.index('name="version" value="') + len('name="version" value="')
    version = page[start : page.index('"', start)]
    services.edit_task(owner_actor, str(card.key), {"title": "Theirs"})
    sent = {"title": "Yours", "description": "", "version": version, "fields.effort": "3"}
    answer = client.post(f"{url_of(card)}edit/", sent)
    page = text_of(answer)
    assert answer.status_code == 412
    assert "Theirs" in page
    assert 'value="Yours"' in page
    card.refresh_from_db()
    assert card.title == "Theirs"


@pytest.mark.parametrize("role", ["requester", "viewer"])
def test_weaker_roles_edit_nothing(browse: Browse, stranger: User, card: Task, role: str) -> None:
    let_in(card.container, stranger, role)
    answer = browse(stranger).post(f"{url_of(card)}edit/", {"title": "Mine"})
    assert answer.status_code == (404 if role == "requester" else 403)
    card.refresh_from_db()
    assert card.title == "Paint it"


def test_people_do_not_edit_an_applications_task(browse: Browse, owner: User, make: Make) -> None:
    task = make(privacy="inherit")
    assert browse(owner).post(f"{url_of(task)}edit/", {"title": "Mine"}).status_code == 403
    task.refresh_from_db()
    assert task.title == "Move orders"
