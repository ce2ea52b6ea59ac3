"""Files over REST: in as bytes or as a form, out as downloads, for those alone who may read them."""

import hashlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.tasks.models import Attachment, StoredFile

from .world import Caller, Json

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 rest"


def send(caller: Caller, path: str, data: bytes = PDF, *, type: str = "application/pdf", **headers: str) -> Any:
    """The bytes themselves as the body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return caller.client.generic("POST", "/api/v1" + path, data, content_type=type, headers={**caller.headers, **named})


def send_form(caller: Caller, path: str, **parts: Any) -> Any:
    return caller.client.post("/api/v1" + path, parts, headers=caller.headers)


def attached(caller: Caller, task: Json, query: str = "name=a.pdf", **more: Any) -> Json:
    answer = send(caller, f"/tasks/{task['id']}/attachments?{query}", **more)
    assert answer.status_code == 201, answer.content
    made: Json = answer.json()
    return made


def bytes_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_bytes_come_back_as_they_went_in(app: Caller, task: Json) -> None:
    made = attached(app, task)
    assert (made["name"], made["content_type"], made["size"], made["kind"], made["author"]) == (
        "a.pdf", "application/pdf", len(PDF), "comment", "application:migrator",
    )  # fmt: skip
    assert made["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert app.get(f"/tasks/{task['id']}/attachments").json()["results"] == [made]
    assert bytes_of(app.get(f"/attachments/{made['id']}")) == PDF
    assert app("HEAD", f"/attachments/{made['id']}").headers["Content-Length"] == str(len(PDF))


def test_form_carries_a_file_too(app: Caller, task: Json) -> None:
    path = f"/tasks/{task['id']}/attachments"
    part = SimpleUploadedFile("x/../Report.csv", b"a,b", "text/csv")
    answer = send_form(app, path, file=part, kind="work_note")
    assert answer.status_code == 201, answer.content
    assert (answer.json()["name"], answer.json()["content_type"], answer.json()["kind"]) == (
        "Report.csv", "text/csv", "work_note",
    )  # fmt: skip


def test_download_is_never_shown_by_a_browser(app: Caller, task: Json) -> None:
    answer = app.get(f"/attachments/{attached(app, task)['id']}")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    ("path", "data", "type", "pointer"),
    [
        ("", b'{"name": "x"}', "application/json", "/name"),
        ("?name=", b"x", "text/plain", "/name"),
        ("?name=a&kind=secret", b"x", "text/plain", "/kind"),
        ("?name=a&extra=1", b"x", "text/plain", "/extra"),
        ("", b'{"file": "x"}', "multipart/form-data; boundary=x", "/file"),
        ("", b'{"files": [{"path": "/etc/passwd"}]}', "multipart/form-data", None),
    ],
)
def test_what_is_no_upload_is_refused(
    app: Caller, task: Json, path: str, data: bytes, type: str, pointer: str | None
) -> None:
    answer = send(app, f"/tasks/{task['id']}/attachments{path}", data, type=type)
    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert pointer is None or [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not StoredFile.objects.exists()


def test_too_large_is_refused_while_it_is_read(app: Caller, task: Json, settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 10
    path = f"/tasks/{task['id']}/attachments"
    for answer in (
        send(app, path + "?name=a"),
        send_form(app, path, file=SimpleUploadedFile("a", b"x" * 11)),
    ):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert not Attachment.objects.exists()
    assert not StoredFile.objects.exists()


def test_superseded_lease_attaches_nothing(app: Caller, task: Json) -> None:
    answer = send(app, f"/tasks/{task['id']}/attachments?name=a&lease_token=nonsense")
    assert (answer.status_code, answer.json()["code"]) == (409, "lease_superseded")
    assert not StoredFile.objects.exists()


def test_same_key_attaches_once(app: Caller, task: Json) -> None:
    path = f"/tasks/{task['id']}/attachments?name=a.pdf"
    first, second = (send(app, path, Idempotency_Key="k").json() for _ in range(2))
    assert first == second
    assert send(app, path, b"%PDF other", Idempotency_Key="k").status_code == 422
    assert Attachment.objects.count() == StoredFile.objects.count() == 1


def test_hidden_file_is_an_absent_one(app: Caller, outsider: Caller, contributor: Caller, task: Json) -> None:
    made = attached(app, task, "name=a.pdf&kind=work_note")
    absent = outsider.get("/attachments/0193a1b2-0000-7000-8000-000000000001")
    for answer in (outsider.get(f"/attachments/{made['id']}"), outsider.get("/attachments/nonsense")):
        assert (answer.status_code, answer.content) == (absent.status_code, absent.content) == (404, absent.content)
    assert outsider.delete(f"/attachments/{made['id']}").status_code == 404
    assert send(outsider, f"/tasks/{task['id']}/attachments?name=a").status_code == 404
    assert contributor.get(f"/attachments/{made['id']}").status_code == 200


def test_removed_file_is_gone_and_its_history_stays(app: Caller, contributor: Caller, task: Json) -> None:
    made = attached(app, task)
    assert contributor.delete(f"/attachments/{made['id']}").status_code == 403
    assert app.delete(f"/attachments/{made['id']}").status_code == 204
    assert app.get(f"/attachments/{made['id']}").status_code == 404
    told = [event["type"] for event in app.get(f"/tasks/{task['id']}/events").json()["results"]]
    assert told[-2:] == ["task.attached", "task.detached"]


@pytest.mark.parametrize(
    ("name", "type", "data"),
    [
        ("x.html", "text/html", b"<script>alert(1)</script>"),
        ("x.html", "text/html; charset=utf-7", b"+ADw-script+AD4-"),
        ("x.svg", "image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("x.pdf", "application/pdf", b"<html><script>alert(1)</script>"),
        ("..%2F..%2Fx.js", "text/javascript", b"alert(1)"),
        ("x%0D%0ASet-Cookie:%20a=b", "text/xml", b"<x/>"),
        ("%E2%80%AEgnp.exe", "application/x-msdownload", b"MZ"),
        ("x" * 4096, "application/xhtml+xml", b""),
    ],
)
def test_what_could_run_comes_back_as_bytes_alone(app: Caller, task: Json, name: str, type: str, data: bytes) -> None:
    made = attached(app, task, f"name={name}", data=data, type=type)
    assert made["content_type"] == "application/octet-stream"
    assert not set(made["name"]) & set("/\\\r\n\u202e")
    answer = app.get(f"/attachments/{made['id']}")
    assert bytes_of(answer) == data
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert "Set-Cookie" not in answer.headers
