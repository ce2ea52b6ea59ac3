"""A form that makes something makes it once, however often it is sent; a changed one is another call."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container, Membership
from apps.containers.services import put_type
from apps.events.models import Event
from apps.tasks import services
from apps.tasks.models import Attachment, Grant, Handover, Note, ScheduledUpdate, Task

from .conftest import Browse, text_of

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="once" value="([0-9a-f-]{36})"')


@dataclass(frozen=True)
class Form:
    """The page of a form, where it is posted, what is typed, and what there is one more of then."""

    page: str
    typed: dict[str, Any]
    count: Callable[[], int]
    changed: dict[str, Any] = field(default_factory=dict)
    action: str = ""


def delegations() -> int:
    return Event.objects.filter(data__did="delegated").count()


FORMS = {
    "task": Form("/containers/desk/tasks/new/", {"title": "New"}, Task.objects.count, {"title": "Newer"}),
    "note": Form("/tasks/TASK/", {"text": "Look", "kind": "comment"}, Note.objects.count, {"text": "Well"}, "notes/"),
    "file": Form("/tasks/TASK/", {"kind": "comment"}, Attachment.objects.count, {}, "notes/"),
    "handover": Form("/tasks/TASK/ask/", {"to": "user:member", "message": "Well?"}, Handover.objects.count),
    "delegation": Form("/handovers/HANDOVER/delegate/", {"to": "user:stranger"}, delegations),
    "plan": Form(
        "/tasks/TASK/plan/", {"at": "2040-05-01T09:30", "title": "Later"}, ScheduledUpdate.objects.count,
        {"title": "Latest"},
    ),
    "grant": Form("/tasks/TASK/sharing/", {"to": "user:stranger"}, Grant.objects.count, {}, "with/"),
    "container": Form("/containers/new/", {"title": "Cellar"}, Container.objects.count, {"title": "Attic"}),
    "member": Form(
        "/containers/desk/settings/", {"member": "user:stranger", "role": "requester"}, Membership.objects.count, {},
        "../members/",
    ),
}  # fmt: skip


@pytest.fixture
def path_of(desk: Container, owner_actor: Actor, member: User, stranger: User) -> Callable[[str], str]:
    put_type(owner_actor, "desk", "card", {"title": "Card"})
    body = {"container": "desk", "type": "card", "title": "Tidy up"}
    task, _made = services.create_task(owner_actor, body)
    asked, _made = services.create_task(owner_actor, body)
    handover = services.hand_over(owner_actor, str(asked.pk), {"to": "user:member"})
    return lambda path: path.replace("TASK", task.key or "").replace("HANDOVER", str(handover.pk))


def token_of(page: str) -> str:
    tokens = TOKEN.findall(page)
    assert tokens, page
    return tokens[0]


def sent(form: Form, name: str, **more: Any) -> dict[str, Any]:
    files = {"file": SimpleUploadedFile("a.txt", b"abc", "text/plain")} if name == "file" else {}
    return {**form.typed, **files, **more}


@pytest.mark.parametrize("name", FORMS)
def test_two_clicks_make_one(browse: Browse, owner: User, path_of: Callable[[str], str], name: str) -> None:
    form, client = FORMS[name], browse(owner)
    page = path_of(form.page)
    once = token_of(text_of(client.post(page) if name == "delegation" else client.get(page)))
    action = page.replace("settings/", "members/") if form.action.startswith("..") else page + form.action
    before = form.count()
    first, second = (client.post(action, sent(form, name, once=once)) for _click in range(2))
    assert (first.status_code, second.status_code) == (303, 303), text_of(second)
    assert first.headers["Location"] == second.headers["Location"]
    assert form.count() == before + 1
    if form.changed:
        assert client.post(action, sent(form, name, once=once, **form.changed)).status_code == 303
        assert form.count() == before + 2


def test_refused_form_keeps_its_token_and_is_taken_when_it_is_right(
    browse: Browse, owner: User, path_of: Callable[[str], str]
) -> None:
    client, page = browse(owner), path_of("/tasks/TASK/plan/")
    once = token_of(text_of(client.get(page)))
    typed = {"at": "", "title": "Later", "once": once}
    for _click in range(2):
        refused = client.post(page, typed)
        assert (refused.status_code, token_of(text_of(refused))) == (422, once)
    assert client.post(page, {**typed, "at": "2040-05-01T09:30"}).status_code == 303
    assert ScheduledUpdate.objects.count() == 1


def test_a_token_is_of_one_person(browse: Browse, owner: User, member: User, path_of: Callable[[str], str]) -> None:
    page = path_of("/tasks/TASK/notes/")
    for user in (owner, member):
        browse(user).post(page, {"text": "Look", "kind": "comment", "once": "abc"})
    assert Note.objects.count() == 2
