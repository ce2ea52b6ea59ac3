"""A body whose length nobody said before is read like any other."""

from io import BytesIO
from typing import Any

import pytest

from .world import Caller, Json


def send(caller: Caller, path: str, body: bytes) -> Any:
    """A POST in chunks, as the web server hands it on."""
    environ: dict[str, Any] = {
        "CONTENT_LENGTH": "",
        "CONTENT_TYPE": "application/json",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
        "wsgi.input": BytesIO(body),
    }
    return caller.client.generic("POST", "/api/v1" + path, headers=caller.headers, **environ)


@pytest.mark.parametrize("path", ["/tasks", "/queue/claim"])
def test_body_is_not_lost(app: Caller, path: str) -> None:
    answer = send(app, path, b'{"frog": 1}')
    assert answer.status_code == 400
    assert "/frog" in [problem["pointer"] for problem in answer.json()["errors"]]


def test_title_arrives(app: Caller) -> None:
    assert send(app, "/tasks", b'{"title": "In chunks"}').json()["title"] == "In chunks"


@pytest.mark.parametrize("path", ["/tasks", "/queue/claim"])
def test_two_megabytes_are_too_many(app: Caller, path: str) -> None:
    assert send(app, path, b'{"title":"' + b"x" * 2_000_000 + b'"}').status_code == 413


def test_file_without_a_length_is_refused(app: Caller, task: Json) -> None:
    """One that breaks off would look whole."""
    answer = send(app, f"/tasks/{task['id']}/attachments?name=a", b"half of it")
    assert (answer.status_code, "Content-Length" in answer.json()["detail"]) == (400, True)
