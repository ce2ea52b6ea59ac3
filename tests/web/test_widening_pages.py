"""Letting more people see the tasks of a container, by its settings."""

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import services

from .conftest import Browse, text_of

pytestmark = pytest.mark.django_db


def test_letting_more_people_see_tasks_asks_once_more(
    browse: Browse, owner: User, stranger: User, desk: Container, owner_actor: Actor
) -> None:
    put_type(owner_actor, "desk", "card", {"title": "Card"})
    services.create_task(owner_actor, {"container": "desk", "type": "card", "title": "Theirs"})
    client = browse(owner)
    for path, sent in (
        ("/containers/desk/members/", {"member": "user:stranger", "role": "viewer"}),
        ("/containers/desk/settings/", {"title": "Desk", "description": "", "everyone": "viewer"}),
    ):
        page = text_of(client.post(path, sent))
        assert "1 task is opened." in page
        assert all(f'name="{name}" value="{value}"' in page for name, value in sent.items())
        assert client.post(path, {**sent, "confirm": "yes"}).status_code == 303
    desk.refresh_from_db()
    assert (desk.everyone, desk.memberships.filter(user=stranger).count()) == ("viewer", 1)
