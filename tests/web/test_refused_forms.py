"""A form that is refused comes back with all that was typed into it."""

import re

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container
from apps.containers.services.types import put_builtin
from apps.events.unit_of_work import unit_of_work
from apps.tasks import services

from .conftest import Browse, text_of, url_of

pytestmark = pytest.mark.django_db
LONG = "x" * 400
WORDS = "Words of mine"
FORMS = {
    "new task": ("/containers/desk/tasks/new/", {"title": LONG, "description": WORDS}),
    "task edit": ("{task}edit/", {"title": LONG, "description": WORDS, "tags": "a-tag, b-tag", "due_at": "soon"}),
    "note": ("{task}notes/", {"text": WORDS + "y" * 200_000, "kind": "comment"}),
    "plan": ("{task}plan/", {"at": "never", "title": WORDS, "tags": "a-tag"}),
    "ask": ("{task}ask/", {"to": "user:member", "message": WORDS, "due_at": "soon", "then": "complete"}),
    "new container": ("/containers/new/", {"title": LONG, "slug": "A b", "description": WORDS}),
    "container settings": ("/containers/desk/settings/", {"title": LONG, "description": WORDS, "everyone": "none"}),
    "new member": ("/containers/desk/members/", {"member": "user:nobody-here", "role": "viewer"}),
    "cancel": ("{task}cancel/", {"note": WORDS + "\0", "confirm": "yes"}),
}


@pytest.mark.parametrize("name", FORMS)
def test_refused_form_keeps_what_was_typed(
    browse: Browse, owner: User, owner_actor: Actor, desk: Container, name: str
) -> None:
    with unit_of_work():
        put_builtin(desk)
    task, _made = services.create_task(owner_actor, {"container": "desk", "type": "task", "title": "Tidy"})
    path, typed = FORMS[name]
    answer = browse(owner).post(path.format(task=url_of(task)), typed)
    assert answer.status_code >= 400
    page = text_of(answer)
    missing = [key for key, text in typed.items() if re.sub(r"\0", "", text)[:300] not in page and key != "confirm"]
    assert missing == []


def test_fault_of_the_server_shows_what_was_typed(
    browse: Browse, owner: User, desk: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.containers.services.make_container", lambda *args, **kwargs: 1 / 0)
    client = browse(owner)
    client.raise_request_exception = False
    answer = client.post("/containers/new/", {"title": "Cellar", "description": WORDS, "password": "hunter2"})
    assert (answer.status_code, WORDS in text_of(answer), "hunter2" in text_of(answer)) == (500, True, False)
