"""Every line of the log names its request, also those that Django writes when the answer is made."""

import io
import json
import logging
import sys

import pytest
from django.test import Client

from taskhub.logs import JSONFormatter, RequestIdFilter


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the log as it is configured writes."""
    handlers = logging.getLogger().handlers
    [configured] = [handler for handler in handlers if any(isinstance(f, RequestIdFilter) for f in handler.filters)]
    stream = io.StringIO()
    monkeypatch.setattr(configured, "stream", stream)
    return stream


def record(**extra: object) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "apps.x", "levelname": "WARNING", "msg": "%s left", "args": (2,), **extra})


@pytest.mark.django_db
def test_line_after_the_answer_names_the_request(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.get("/nowhere/")
    [line] = [line for line in caplog.records if line.name == "django.request"]
    assert RequestIdFilter().filter(line)
    assert line.request_id == answer.headers["X-Request-ID"]  # type: ignore[attr-defined]


def test_json_is_one_object_a_line() -> None:
    try:
        raise ValueError("broken\nin two lines")
    except ValueError:
        text = JSONFormatter().format(record(request_id="r1", exc_info=sys.exc_info()))
    line = json.loads(text)
    assert "\n" not in text
    assert (line["message"], line["level"], line["request_id"]) == ("2 left", "WARNING", "r1")
    assert "broken" in line["exception"]


@pytest.mark.parametrize("path", ["/api/v1/me", "/inbox/", "/healthz", "/static/x.css"])
def test_foreign_host_is_one_warning(client: Client, output: io.StringIO, path: str) -> None:
    answer = client.get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    [line] = output.getvalue().splitlines()
    assert " WARNING django.security.DisallowedHost " in line
    assert "evil.example" in line
    assert answer.headers["X-Request-ID"] in line


@pytest.mark.django_db
def test_too_many_inputs_are_one_warning(client: Client, output: io.StringIO) -> None:
    answer = client.post("/login/", {f"input{number}": "" for number in range(2001)})
    assert answer.status_code == 400
    [line] = output.getvalue().splitlines()
    assert " WARNING django.security.TooManyFieldsSent " in line
