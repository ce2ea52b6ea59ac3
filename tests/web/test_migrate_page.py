"""The page that moves live tasks to the newest version of their type."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.actors.references import actor_of_user
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Task

from .conftest import Browse, text_of

pytestmark = pytest.mark.django_db
SETTINGS, PAGE = "/containers/desk/settings/", "/containers/desk/types/card/migrate/"


def shape(**properties: Any) -> Any:
    return {"title": "Card", "schema": {"type": "object", "properties": properties}}


@pytest.fixture
def cards(desk: Container, owner_actor: Actor) -> Container:
    """Two tasks of version 1, one with a value of a field that version 2 does not have."""
    put_type(owner_actor, "desk", "card", shape(colour={"type": "string"}, size={"type": "string"}))
    for fields in ({"size": "7"}, {"colour": "blue"}):
        body = {"container": "desk", "type": "card", "title": "Paint it", "fields": fields}
        services.create_task(owner_actor, body)
    put_type(owner_actor, "desk", "card", shape(size={"type": "integer"}))
    return desk


def versions() -> list[int]:
    return sorted(Task.objects.values_list("type_version__number", flat=True))


def test_settings_lead_there_while_there_are_old_tasks(browse: Browse, owner: User, cards: Container) -> None:
    client = browse(owner)
    assert "2 tasks are of older versions" in text_of(client.get(SETTINGS))
    page = text_of(client.get(PAGE))
    assert "Move what fits to version 2" in page
    assert "<strong>colour</strong>: It is gone, and has a value here." in page
    client.post(PAGE, {"gone.colour": "drop", "confirm": "yes"})
    assert "older version" not in text_of(client.get(SETTINGS))
    assert "All live tasks are of the newest version." in text_of(client.get(PAGE))


def test_looking_again_moves_nothing(browse: Browse, owner: User, cards: Container) -> None:
    page = text_of(browse(owner).post(PAGE, {"gone.colour": "drop"}))
    assert "Why some stay" not in page
    assert versions() == [1, 1]


def test_what_fits_is_moved(browse: Browse, owner: User, cards: Container) -> None:
    answer = browse(owner).post(PAGE, {"confirm": "yes"}, follow=True)
    assert "1 task was moved." in text_of(answer)
    assert versions() == [1, 2]


def test_wrong_fields_are_refused(browse: Browse, owner: User, cards: Container) -> None:
    for sent in ({"gone.size": "drop"}, {"gone.colour": "to:typo", "confirm": "yes"}):
        assert browse(owner).post(PAGE, sent).status_code == 422
    assert versions() == [1, 1]


def test_it_is_for_who_pushes_the_type(
    browse: Browse, owner: User, member: User, stranger: User, cards: Container, container: Container,
    application_actor: Actor,
) -> None:  # fmt: skip
    for user, status in ((member, 403), (stranger, 404)):
        assert browse(user).get(PAGE).status_code == status
        assert browse(user).post(PAGE, {"confirm": "yes"}).status_code == status
    put_type(application_actor, "migrations", "m", {})
    assert browse(owner).get("/containers/migrations/types/m/migrate/").status_code == 403
    assert browse(owner).get("/containers/desk/types/typo/migrate/").status_code == 404


def test_who_will_read_more_is_said_before_the_button(browse: Browse, owner: User, cards: Container) -> None:
    actor = actor_of_user(owner)
    pay = {"type": "string", "title": "Pay", "x-taskhub": {"read": ["manager"], "write": ["manager"]}}
    put_type(actor, "desk", "card", shape(pay=pay))
    body = {"container": "desk", "type": "card", "title": "Ana", "fields": {"pay": "1"}}
    services.create_task(actor, body)
    put_type(actor, "desk", "card", shape(pay={"type": "string", "title": "Pay"}))
    client = browse(owner)
    page = text_of(client.get(PAGE))
    assert "Who will read more" in page
    assert "Pay: everybody who sees the task" in page
    client.post(PAGE, {"confirm": "yes"})
    assert 4 in versions()


def test_a_field_that_is_gone_becomes_another(browse: Browse, owner: User, cards: Container) -> None:
    put_type(actor_of_user(owner), "desk", "card", shape(paint={"type": "string", "title": "Paint"}))
    client, chosen = browse(owner), {"gone.colour": "to:paint", "gone.size": "drop"}
    page = text_of(client.post(PAGE, chosen))
    assert '<option value="to:paint" selected>' in page
    client.post(PAGE, {**chosen, "confirm": "yes"})
    assert sorted(map(str, Task.objects.values_list("fields", flat=True))) == ["{'paint': 'blue'}", "{}"]


def test_values_that_do_not_fit_are_mapped(browse: Browse, owner: User, cards: Container) -> None:
    put_type(actor_of_user(owner), "desk", "card", shape(colour={"enum": ["navy", 7]}, size={"type": "string"}))
    client, page = browse(owner), text_of(browse(owner).get(PAGE))
    assert "Colour: blue" in page
    assert '<input type="hidden" name="old.colour" value="blue">' in page
    chosen = {"old.colour": "blue", "new.colour": '"navy"'}
    assert '<option value="&quot;navy&quot;" selected>navy</option>' in text_of(client.post(PAGE, chosen))
    client.post(PAGE, {**chosen, "confirm": "yes"})
    assert sorted(map(str, Task.objects.values_list("fields", flat=True))) == ["{'colour': 'navy'}", "{'size': '7'}"]


def test_numbers_are_mapped_as_numbers_and_what_does_not_fit_is_refused(
    browse: Browse, owner: User, cards: Container
) -> None:
    put_type(actor_of_user(owner), "desk", "card", shape(colour={"type": "integer"}, size={"type": "string"}))
    client = browse(owner)
    assert client.post(PAGE, {"old.colour": "blue", "new.colour": "x", "confirm": "yes"}).status_code == 422
    client.post(PAGE, {"old.colour": "blue", "new.colour": "4", "confirm": "yes"})
    assert sorted(map(str, Task.objects.values_list("fields", flat=True))) == ["{'colour': 4}", "{'size': '7'}"]
