"""A field that holds a file: uploaded with the answer, or chosen among the task's; nothing else fits."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.actors.references import actor_of_user
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.core.errors import SchemaViolation
from apps.tasks import services
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Attachment, Handover, Task
from apps.tasks.services import values

from .conftest import Browse, text_of, url_of

pytestmark = pytest.mark.django_db
SHAPE: dict[str, Any] = {
    "schema": {
        "type": "object",
        "properties": {
            "proof": {"type": "string", "title": "Proof", "x-taskhub": {"kind": "file"}},
            "count": {"type": "integer", "title": "Count"},
        },
    }
}


@pytest.fixture
def task(container: Container, requester: User, application_actor: Actor) -> Task:
    put_type(application_actor, container.slug, "check", SHAPE)
    body = {"container": container.slug, "type": "check", "title": "Check", "reporter": "user:ana"}
    return services.create_task(application_actor, body)[0]


@pytest.fixture
def asked(task: Task, application_actor: Actor) -> Handover:
    fields = [{"name": "proof", "required": True}, {"name": "count", "required": True}]
    return services.hand_over(application_actor, str(task.pk), {"to": "user:ana", "fields": fields})


def sent() -> SimpleUploadedFile:
    return SimpleUploadedFile("proof.pdf", b"%PDF-1.7", "application/pdf")


def test_file_comes_with_the_answer(browse: Browse, requester: User, task: Task, asked: Handover) -> None:
    client = browse(requester)
    assert 'name="fields.proof.upload"' in text_of(client.get(url_of(task)))
    said = {"fields.proof": "", "fields.proof.upload": sent(), "fields.count": "3", "action": "submit"}
    assert client.post(f"/handovers/{asked.pk}/submit/", said).status_code == 303
    task.refresh_from_db()
    file = Attachment.objects.get()
    assert task.fields == {"proof": str(file.pk), "count": 3}
    assert f'href="/files/{file.pk}/"' in text_of(client.get(url_of(task)))


def test_file_stays_when_the_rest_is_wrong(browse: Browse, requester: User, task: Task, asked: Handover) -> None:
    client = browse(requester)
    said = {"fields.proof": "", "fields.proof.upload": sent(), "fields.count": "many", "action": "submit"}
    answer = client.post(f"/handovers/{asked.pk}/submit/", said)
    assert answer.status_code == 422
    file = Attachment.objects.get()
    assert f'<option value="{file.pk}" selected>proof.pdf</option>' in text_of(answer)
    said = {"fields.proof": str(file.pk), "fields.count": "3", "action": "submit"}
    assert client.post(f"/handovers/{asked.pk}/submit/", said).status_code == 303


@pytest.mark.parametrize("is_of_the_task", [True, False])
def test_only_a_file_of_the_task_fits(task: Task, application_actor: Actor, is_of_the_task: bool) -> None:
    body = {"container": task.container.slug, "type": "check", "title": "Other"}
    place = task if is_of_the_task else services.create_task(application_actor, body)[0]
    with services.receive([b"x"], name="x") as received:
        file = str(services.attach(application_actor, str(place.pk), received).pk)
    if is_of_the_task:
        assert services.edit_task(application_actor, str(task.pk), {"fields": {"proof": file}}).fields["proof"] == file
        return
    with pytest.raises(SchemaViolation) as caught:
        services.edit_task(application_actor, str(task.pk), {"fields": {"proof": file}})
    assert [problem.pointer for problem in caught.value.errors] == ["/fields/proof"]


def test_hidden_file_is_an_unknown_one(task: Task, application_actor: Actor, requester: User) -> None:
    """Nobody's id and that of a file which the writer does not read are told apart by nothing."""
    with services.receive([b"x"], name="x") as received:
        hidden = str(services.attach(application_actor, str(task.pk), received, kind="work_note").pk)
    reader = TaskPermissions(actor_of_user(requester), task)
    refusals = []
    for file in (hidden, "0193a1b2-0000-7000-8000-000000000001"):
        with pytest.raises(SchemaViolation) as caught:
            values.merged(reader, {"proof": file})
        refusals.append(caught.value.as_json())
    assert refusals[0] == refusals[1]


def test_new_task_names_no_file(task: Task, application_actor: Actor) -> None:
    body = {"container": task.container.slug, "type": "check", "title": "New", "fields": {"proof": str(task.pk)}}
    with pytest.raises(SchemaViolation):
        services.create_task(application_actor, body)


def test_upload_for_a_field_that_was_not_asked_is_not_taken(
    browse: Browse, requester: User, task: Task, application_actor: Actor
) -> None:
    handover = services.hand_over(application_actor, str(task.pk), {"to": "user:ana", "fields": ["count"]})
    said = {"fields.proof.upload": sent(), "fields.count": "3", "action": "submit"}
    assert browse(requester).post(f"/handovers/{handover.pk}/submit/", said).status_code == 303
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("items", [True, False])
def test_lists_whose_items_are_anything_or_nothing_hold_no_files(
    container: Container, application_actor: Actor, items: bool
) -> None:
    shape = {"schema": {"type": "object", "properties": {"all": {"type": "array", "items": items}}}}
    put_type(application_actor, container.slug, "loose", shape)
    said = ["x"] if items else []
    body = {"container": container.slug, "type": "loose", "title": "Loose", "fields": {"all": said}}
    assert services.create_task(application_actor, body)[0].fields == {"all": said}
