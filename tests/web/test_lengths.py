"""What a page lets people type is as long as what the API takes."""

import re

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.containers.services.containers import CONTAINER
from apps.core.shapes import Object
from apps.tasks import bodies, services

from .conftest import Browse, text_of, url_of
from .test_handover_request import CARD

pytestmark = pytest.mark.django_db
INPUT = re.compile(r"<(?:input|textarea)[^>]*")


def lengths(page: str) -> dict[str, int]:
    """`maxlength` by the name of the input, of those that people type a text into."""
    found = {}
    for tag in INPUT.findall(page):
        name, most = re.search(r'name="(\w+)"', tag), re.search(r'maxlength="(\d+)"', tag)
        if name and most:
            found[name[1]] = int(most[1])
    return found


def of_body(body: Object, *names: str) -> dict[str, int]:
    return {name: body.keys[name].most for name in names}  # type: ignore[attr-defined]


def test_pages_take_what_the_api_takes(
    browse: Browse, owner: User, desk: Container, owner_actor: Actor, migrations: Container
) -> None:
    put_type(owner_actor, desk.slug, "card", CARD)
    task, _new = services.create_task(owner_actor, {"container": desk.slug, "type": "card", "title": "A card"})
    pages = {
        "/containers/new/": {**of_body(CONTAINER, "title", "description"), "slug": 63},
        "/containers/desk/settings/": of_body(CONTAINER, "title", "description"),
        "/requests/migrations/migration/": of_body(bodies.CREATE, "title"),
        "/containers/desk/tasks/new/?type=card": of_body(bodies.CREATE, "title", "description"),
        url_of(task): of_body(bodies.NOTE, "text"),
        f"{url_of(task)}edit/": of_body(bodies.EDIT, "title", "description"),
        f"{url_of(task)}plan/": of_body(bodies.EDIT, "title"),
        f"{url_of(task)}ask/": of_body(bodies.HAND_OVER, "message"),
    }
    client = browse(owner)
    shown = {url: lengths(text_of(client.get(url))) for url in pages}
    assert {url: {name: shown[url].get(name) for name in most} for url, most in pages.items()} == pages
