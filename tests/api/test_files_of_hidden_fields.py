"""A file that says its field is for the readers of that field: in lists, downloads, history, search, quotas."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.containers.models import Container
from apps.tasks.models import Attachment, Task

from .world import Caller, Json

FILE: Json = {"type": "string", "x-taskhub": {"kind": "file", "read": ["manager"], "write": ["manager"]}}
KIND: Json = {"schema": {"type": "object", "properties": {"contract": FILE, "note": {"type": "string"}}}}


@pytest.fixture
def card(manager: Caller, contributor: Caller, desk: Container) -> Json:
    """A task of contributors with a field of files that is the managers'."""
    manager.put("/containers/desk/types/card", KIND)
    return contributor.made("/tasks", {"container": "desk", "type": "card", "title": "Mine"})


def upload(caller: Caller, card: Json, query: str) -> Any:
    path = f"/api/v1/tasks/{card['id']}/attachments?{query}"
    return caller.client.post(path, b"bytes", content_type="application/octet-stream", headers=caller.headers)


def told(caller: Caller, card: Json) -> str:
    """Everything that tells of files."""
    paths = [f"/tasks/{card['id']}{part}" for part in ("", "/attachments", "/events")] + ["/search?q=zqxfile"]
    return "".join(caller.get(path).content.decode() for path in paths) + page(caller, card)


def page(caller: Caller, card: Json) -> str:
    return str(caller.client.get(f"/tasks/{card['key']}/").content.decode())


def test_it_is_for_the_readers_of_the_field(manager: Caller, contributor: Caller, card: Json) -> None:
    before = contributor.get(f"/tasks/{card['id']}").json()
    made = upload(manager, card, "name=zqxfile.pdf&field=contract").json()
    assert made["field"] == "contract"
    manager.patch(f"/tasks/{card['id']}", {"fields": {"contract": made["id"]}})
    assert "zqxfile" in told(manager, card)
    assert "zqxfile" not in told(contributor, card)
    assert contributor.get(f"/tasks/{card['id']}").json() == before
    for path, status in ((f"/attachments/{made['id']}", 404), (f"/attachments/{card['id']}", 404)):
        assert contributor.get(path).status_code == status
        assert contributor.delete(path).status_code == status
    assert manager.get(f"/attachments/{made['id']}").status_code == 200


def test_a_hidden_field_is_named_as_a_typo_is(contributor: Caller, manager: Caller, card: Json) -> None:
    refused = [upload(contributor, card, f"name=x&field={name}") for name in ("contract", "typo")]
    assert [(one.status_code, one.json()["code"]) for one in refused] == [(400, "unknown_field")] * 2
    assert upload(manager, card, "name=x&field=typo").status_code == 400


def test_what_it_takes_up_is_no_room_of_others(manager: Caller, contributor: Caller, card: Json, settings: Any) -> None:
    settings.ATTACHMENT_TASK_BYTES = 8
    assert upload(manager, card, "name=x&field=contract").status_code == 201
    assert upload(contributor, card, "name=x").status_code == 201
    assert upload(manager, card, "name=x&field=contract").status_code == 413


def test_a_form_says_the_field(manager: Caller, contributor: Caller, card: Json) -> None:
    sent = SimpleUploadedFile("zqxfile.pdf", b"%PDF-1.7", "application/pdf")
    said = {"title": "Mine", "fields.contract": "", "fields.contract.upload": sent}
    manager.client.post(f"/tasks/{card['key']}/edit/", said)
    assert (Attachment.objects.get().field, Task.objects.get().fields) == (
        "contract", {"contract": str(Attachment.objects.get().pk)},
    )  # fmt: skip
    assert "zqxfile" in page(manager, card)
    assert "zqxfile" not in told(contributor, card)
