"""The table of answers: what each does to the task (domain: functions)."""

import contextlib
import socket
import time
from email.utils import formatdate
from typing import Any

import pytest

from apps.automation.models import Function
from apps.automation.push import executor
from apps.tasks.models import Task
from tests.automation.conftest import MakeTask

from .receiver import Receiver


def after_call(task: Task) -> Task:
    assert executor.call_next()
    task.refresh_from_db()
    return task


@pytest.mark.parametrize(
    ("status", "body", "result"),
    [
        (200, {"rows": 5}, {"rows": 5}),
        (200, [1, "é"], [1, "é"]),
        (200, 5, 5),
        (200, None, None),
        (204, None, None),
        (201, {"id": 1}, {"id": 1}),
    ],
)
def test_200_completes_with_the_result(
    make_task: MakeTask, receiver: Receiver, status: int, body: Any, result: Any
) -> None:
    receiver.says(status, body)
    task = after_call(make_task())
    assert (task.status, task.result, task.is_leased) == ("complete", result, False)


NONRECOVERABLE = [400, 401, 403, 404, 409, 410, 422, 301, 302, 307, 308, 304]
RECOVERABLE = [408, 425, 429, 500, 502, 503, 504, 599]


@pytest.mark.parametrize("status", NONRECOVERABLE)
def test_4xx_and_redirects_are_nonrecoverable(make_task: MakeTask, receiver: Receiver, status: int) -> None:
    receiver.says(status, None, Location=receiver.url)
    task = after_call(make_task())
    assert (task.status, task.error["name"], task.error["recoverable"]) == ("failed", f"http_{status}", False)
    assert task.error["details"] == {"status": status}
    assert len(receiver.heard) == 1


@pytest.mark.parametrize("status", RECOVERABLE)
def test_other_errors_are_recoverable(make_task: MakeTask, receiver: Receiver, status: int) -> None:
    receiver.says(status)
    task = after_call(make_task())
    assert (task.status, task.error["name"], task.error["recoverable"]) == ("retried", f"http_{status}", True)
    assert not executor.call_next(), "the retry waits for its delay"


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("300", 290, 301),
        ("in five minutes", 200, 301),
        ("999999999999999999999", 86_000, 86_401),
        ("soon", 90, 101),
        ("-5", 90, 101),
        ("3", 90, 101),
    ],
)
def test_retry_after_is_honoured_within_bounds(
    make_task: MakeTask, receiver: Receiver, said: str, least: int, most: int
) -> None:
    date = formatdate(time.time() + 300, usegmt=True)
    receiver.says(503, None, Retry_After=date if said == "in five minutes" else said)
    task = after_call(make_task())
    newest = Task.objects.get(pk=task.newest)
    assert least < (newest.start_at - task.status_changed_at).total_seconds() < most


def test_error_that_the_application_tells_is_kept(make_task: MakeTask, receiver: Receiver) -> None:
    receiver.says(
        422, {"error": {"name": "noSuchTable", "message": "orders", "details": {"a": 1}, "recoverable": True}}
    )
    error = after_call(make_task()).error
    assert (error["name"], error["message"], error["details"]) == ("noSuchTable", "orders", {"a": 1})
    assert error["recoverable"] is False, "the status decides"


@pytest.mark.parametrize("body", [b"\xff", b"[]", {"error": "x"}, {"error": {"name": 5}}, {"error": {"colour": 1}}])
def test_error_that_is_none_counts_by_its_status(make_task: MakeTask, receiver: Receiver, body: Any) -> None:
    receiver.says(500, body)
    assert after_call(make_task()).error["name"] == "http_500"


@pytest.mark.parametrize("body", [b"OK", b"<html>", b"{", b"NaN", b'{"a":1,"a":2}', b"\xff\xfe", b"[" * 100])
def test_200_that_is_no_json_fails_for_good(make_task: MakeTask, receiver: Receiver, body: bytes) -> None:
    receiver.says(200, body)
    task = after_call(make_task())
    assert (task.status, task.error["name"], task.error["recoverable"]) == ("failed", "bad_answer", False)


def test_oversize_answer_fails_for_good(make_task: MakeTask, receiver: Receiver) -> None:
    receiver.says(200, b'"' + b"x" * 1_100_000 + b'"')
    task = after_call(make_task())
    assert (task.status, task.error["name"]) == ("failed", "answer_too_large")


def drips(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _byte in range(1000):
            connection.sendall(b"1")
            time.sleep(0.05)


def hangs_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def breaks_off(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n12")


@pytest.mark.parametrize(
    ("talk", "name"), [(drips, "timed_out"), (hangs_up, "no_connection"), (breaks_off, "no_connection")]
)
def test_no_whole_answer_is_recoverable(
    make_task: MakeTask, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, talk: Any, name: str
) -> None:
    monkeypatch.setattr(executor, "CALL_SECONDS", 2)
    receiver.answer = talk
    task = after_call(make_task())
    assert (task.status, task.error["name"], task.error["recoverable"]) == ("retried", name, True)


def test_nobody_there_is_recoverable(make_task: MakeTask, function: Function) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    Function.objects.update(url=f"http://127.0.0.1:{port}/")
    task = after_call(make_task())
    assert (task.status, task.error["name"]) == ("retried", "no_connection")


def test_address_is_refused_at_every_attempt(make_task: MakeTask, receiver: Receiver, settings: Any) -> None:
    task = make_task()
    settings.EGRESS_ALLOW = []
    task = after_call(task)
    assert (task.status, task.error["name"], task.error["recoverable"]) == ("failed", "address_refused", False)
    assert receiver.heard == []
