"""Files in pages: attached with the composer, shown to whom they are for, removed after asking once more."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.actors.models import User
from apps.tasks.models import Attachment, Note

from .conftest import Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db


def sent(name: str = "plan.txt", data: bytes = b"text") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "text/plain")


def test_file_is_attached_without_words(browse: Browse, requester: User, make: Make) -> None:
    task, client = make(), browse(requester)
    answer = client.post(f"{url_of(task)}notes/", {"kind": "comment", "text": "", "file": sent()})
    assert answer.status_code == 303
    page = text_of(client.get(url_of(task)))
    assert page.count("plan.txt</a>") == 2
    assert not Note.objects.exists()
    file = client.get(f"/files/{Attachment.objects.get().pk}/")
    assert b"".join(file.streaming_content) == b"text"  # type: ignore[attr-defined]
    assert file.headers["Content-Disposition"] == 'attachment; filename="plan.txt"'
    assert file.headers["Content-Security-Policy"].startswith("sandbox")


def test_several_files_and_words(browse: Browse, member: User, make: Make) -> None:
    task = make(privacy="inherit")
    said = {"kind": "work_note", "text": "Look", "file": [sent("a.txt"), sent("b.txt")]}
    assert browse(member).post(f"{url_of(task)}notes/", said).status_code == 303
    assert {row.kind for row in Attachment.objects.all()} == {"work_note"}
    assert Note.objects.get().text == "Look"


def test_file_of_a_work_note_is_absent_for_others(browse: Browse, member: User, requester: User, make: Make) -> None:
    task = make(privacy="inherit")
    browse(member).post(f"{url_of(task)}notes/", {"kind": "work_note", "text": "", "file": sent("hidden.txt")})
    client, pk = browse(requester), Attachment.objects.get().pk
    assert "hidden.txt" not in text_of(client.get(url_of(task)))
    assert client.get(f"/files/{pk}/").status_code == 404
    assert client.post(f"/files/{pk}/remove/", {"confirm": "yes"}).status_code == 404
    said = {"kind": "work_note", "text": "", "file": sent()}
    assert client.post(f"{url_of(task)}notes/", said).status_code == 403


def test_what_is_too_large_is_told_and_the_text_stays(
    browse: Browse, requester: User, make: Make, settings: Any
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 3
    task = make()
    answer = browse(requester).post(f"{url_of(task)}notes/", {"kind": "comment", "text": "Kept words", "file": sent()})
    assert answer.status_code == 413
    assert "A file has at most 3 bytes." in text_of(answer)
    assert "Kept words" in text_of(answer)
    assert not Attachment.objects.exists()


def test_nothing_said_is_told(browse: Browse, requester: User, make: Make) -> None:
    assert browse(requester).post(f"{url_of(make())}notes/", {"kind": "comment", "text": ""}).status_code == 422


def test_removing_asks_once_more(browse: Browse, requester: User, make: Make) -> None:
    task, client = make(), browse(requester)
    client.post(f"{url_of(task)}notes/", {"kind": "comment", "text": "", "file": sent()})
    url = f"/files/{Attachment.objects.get().pk}/remove/"
    assert "Remove plan.txt?" in text_of(client.post(url))
    assert client.get(url).status_code == 303
    assert client.post(url, {"confirm": "yes"}).status_code == 303
    assert "removed the file plan.txt" in text_of(client.get(url_of(task)))
    assert not Attachment.objects.exists()
