"""The fields of a new task among people: what is hidden from its maker is neither asked for nor taken."""

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.core.errors import Invalid
from apps.tasks import services
from apps.tasks.models import Task

from .conftest import Browse, text_of

pytestmark = pytest.mark.django_db
NEW = "/containers/desk/tasks/new/?type=card"
SCHEMA = {
    "type": "object",
    "properties": {
        "effort": {"type": "integer", "title": "Effort"},
        "budget": {"type": "integer", "title": "Budget", "x-taskhub": {"read": ["manager"], "write": ["manager"]}},
    },
}


@pytest.fixture
def cards(desk: Container, owner_actor: Actor) -> Container:
    put_type(owner_actor, desk.slug, "card", {"title": "Card", "schema": SCHEMA})
    return desk


def test_contributor_is_not_asked_for_what_is_hidden_from_them(browse: Browse, member: User, cards: Container) -> None:
    page = browse(member).get(NEW)
    assert "Effort" in text_of(page)
    assert "Budget" not in text_of(page)


def test_hidden_field_of_a_new_task_is_as_a_typo(cards: Container, member_actor: Actor, owner_actor: Actor) -> None:
    said = []
    for name in ("budget", "bugdet"):
        with pytest.raises(Invalid) as refused:
            services.create_task(member_actor, {"container": "desk", "type": "card", "title": "x", "fields": {name: 1}})
        said.append((refused.value.code, refused.value.detail, refused.value.errors[0].code))
    assert said[0] == said[1]
    body = {"container": "desk", "type": "card", "title": "x", "fields": {"budget": 1}}
    assert services.create_task(owner_actor, body)[0].fields == {"budget": 1}


def test_new_task_sent_twice_is_one(browse: Browse, member: User, cards: Container) -> None:
    client = browse(member)
    assert 'name="once"' in text_of(client.get(NEW))
    sent = {"title": "Twice", "once": "abc"}
    assert client.post(NEW, sent).headers["Location"] == client.post(NEW, sent).headers["Location"]
    assert client.post(NEW, {**sent, "title": "Another"}).status_code == 303
    assert sorted(task.title for task in Task.objects.all()) == ["Another", "Twice"]
