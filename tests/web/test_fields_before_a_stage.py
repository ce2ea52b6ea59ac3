"""Moving a card to a stage that requires fields asks for just those, and moves it when they are there."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Attachment, Task
from tests.tasks.test_required_in_stage import TYPE

from .conftest import Browse, text_of, url_of

pytestmark = pytest.mark.django_db
WAY = {"name": "agree", "title": "Agree", "from": ["open"], "to": "agreed", "who": ["contributor"]}


def made(actor: Actor, **more: object) -> Task:
    put_type(actor, "desk", "trip", {**TYPE, **more})
    return services.create_task(actor, {"container": "desk", "type": "trip", "title": "Trip"})[0]


@pytest.mark.parametrize(
    ("action", "post", "more"),
    [
        ("move", {"stage": "agreed", "seen": "open"}, {}),
        ("press", {"transition": "agree", "seen": "open"}, {"transitions": [WAY]}),
    ],
)
def test_dialog_asks_then_moves(
    browse: Browse, desk: Container, owner: User, owner_actor: Actor, action: str, post: dict, more: dict
) -> None:
    task, browser = made(owner_actor, **more), browse(owner)
    url = f"{url_of(task)}{action}/"
    html = text_of(browser.post(url, post))
    assert "this is needed first" in html
    assert 'name="fields.cost"' in html
    assert 'name="fields.room"' in html
    assert "veiled" not in html
    short = browser.post(url, {**post, "filled": "yes", "fields.cost": "5"})
    assert short.status_code == 422
    assert Task.objects.get(pk=task.pk).stage == "open"
    assert browser.post(url, {**post, "filled": "yes", "fields.cost": "5", "fields.room": "12"}).status_code == 303
    task = Task.objects.get(pk=task.pk)
    assert (task.stage, task.fields) == ("agreed", {"cost": 5, "room": "12"})


def test_whoever_may_not_move_it_is_not_asked(
    browse: Browse, desk: Container, owner_actor: Actor, stranger: User
) -> None:
    task = made(owner_actor)
    assert browse(stranger).post(f"{url_of(task)}move/", {"stage": "agreed", "seen": "open"}).status_code == 404


def test_a_file_that_the_stage_requires_comes_with_the_dialog(
    browse: Browse, desk: Container, owner: User, owner_actor: Actor
) -> None:
    proof = {"type": "string", "x-taskhub": {"kind": "file"}}
    stages = [{"name": "open", "status": "new"}, {"name": "agreed", "requires": ["proof"]}]
    schema = {"type": "object", "properties": {"proof": proof}}
    task, browser = made(owner_actor, schema=schema, stages=stages), browse(owner)
    post = {"stage": "agreed", "seen": "open"}
    assert 'name="fields.proof.upload"' in text_of(browser.post(f"{url_of(task)}move/", post))
    sent = SimpleUploadedFile("proof.pdf", b"%PDF-1.7", "application/pdf")
    said = {**post, "filled": "yes", "fields.proof": "", "fields.proof.upload": sent}
    assert browser.post(f"{url_of(task)}move/", said).status_code == 303
    task = Task.objects.get(pk=task.pk)
    assert (task.stage, task.fields) == ("agreed", {"proof": str(Attachment.objects.get().pk)})
