"""Direct execution: a task is made, run by whoever runs it, and the call answers its end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from apps.actors.actor import Actor
from apps.actors.models import Application
from apps.actors.references import actor_of_application
from apps.actors.services import issue_key
from apps.automation import execution, queue
from apps.automation.functions import services
from apps.automation.push import executor
from apps.core import wakeups
from apps.tasks.models import Task
from tests.automation.push.receiver import receiving

pytestmark = pytest.mark.django_db(transaction=True)
Call = Callable[..., Any]


def caller(key: str) -> Call:
    def call(path: str, body: Any = None, **headers: str) -> Any:
        said = {"authorization": f"Bearer {key}", **headers}
        return Client(headers=said).post(f"/api/v1{path}", body or {}, content_type="application/json")

    return call


@pytest.fixture
def call(worker: str, application_actor: Actor) -> Call:
    services.put_function(application_actor, "copy", {})
    return caller(worker)


@contextmanager
def working(actor: Actor, act: Callable[[dict[str, Any]], Any]) -> Iterator[None]:
    """A worker in a thread, that does this with each task."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            for task in queue.claim(actor, {"functions": ["copy"]})["tasks"]:
                act({"task": task["id"], "token": task["lease"]["token"]})
            stop.wait(0.05)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def completing(actor: Actor, result: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda lease: queue.complete(actor, {"results": [{**lease, "result": result}]})


def test_answers_the_finished_task(call: Call, application_actor: Actor) -> None:
    with working(application_actor, completing(application_actor, {"rows": 5})):
        answer = call("/functions/copy/execute", {"data": {"from": "a"}})
    task = answer.json()
    assert (answer.status_code, task["status"], task["result"]) == (200, "complete", {"rows": 5})
    assert (task["data"], task["container"], task["function"]) == ({"from": "a"}, "app-migrator", "copy")
    assert answer.headers["ETag"] == f'"{task["version"]}"'


def test_answers_a_failed_task_too(call: Call, application_actor: Actor) -> None:
    error = {"name": "broken"}
    with working(
        application_actor, lambda lease: queue.fail(application_actor, {"failures": [{**lease, "error": error}]})
    ):
        answer = call("/functions/copy/execute")
    assert (answer.status_code, answer.json()["status"], answer.json()["error"]["name"]) == (200, "failed", "broken")


def test_follows_retries_to_the_newest(call: Call, application_actor: Actor) -> None:
    services.put_function(application_actor, "copy", {"retry_policy": {"enabled": True, "delays": [0]}})
    tried: list[str] = []

    def act(lease: dict[str, Any]) -> None:
        tried.append(lease["task"])
        if len(tried) == 3:
            completing(application_actor, "third")(lease)
        else:
            queue.fail(application_actor, {"failures": [{**lease, "error": {"name": "broken"}}]})

    with working(application_actor, act):
        task = call("/functions/copy/execute").json()
    assert (task["id"], task["result"], task["retry_for_task_ids"]) == (tried[2], "third", tried[:2])


def test_202_when_time_is_over(call: Call) -> None:
    answer = call("/functions/copy/execute", {"timeout": 0.3})
    assert (answer.status_code, answer.json()["status"], answer.json()["retry_after"]) == (202, "new", 0)
    assert Task.objects.count() == 1


def test_202_at_once_without_a_seat(call: Call, settings: Any) -> None:
    settings.WEB_THREADS = 2
    with wakeups.seat("application:migrator") as seated:
        assert seated
        answer = call("/functions/copy/execute")
    assert (answer.status_code, answer.json()["retry_after"]) == (202, execution.TRY_LATER)


def test_push_function_is_executed(call: Call, application_actor: Actor, settings: Any) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1/32"]
    with receiving() as receiver:
        receiver.says(200, [1, 2])
        services.put_function(application_actor, "copy", {"mode": "push", "url": receiver.url})
        stop = threading.Event()

        def run() -> None:
            while not stop.is_set():
                executor.run()
                stop.wait(0.05)
            connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        answer = call("/functions/copy/execute", {"data": 7})
        stop.set()
        thread.join()
    assert (answer.status_code, answer.json()["result"], receiver.tasks[0]["data"]) == (200, [1, 2], 7)


def test_same_key_makes_one_task(call: Call, application_actor: Actor) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = call("/functions/copy/execute", {"timeout": 0}, **key)
    with working(application_actor, completing(application_actor, 1)):
        while Task.objects.get().status != "complete":
            time.sleep(0.05)
    again = call("/functions/copy/execute", {"timeout": 0}, **key)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    assert call("/functions/copy/execute", {"timeout": 1}, **key).status_code == 422


def test_waiting_holds_no_connection(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[Any] = []
    pause = execution.shutdown.stopping.wait
    monkeypatch.setattr(
        execution.shutdown.stopping, "wait", lambda seconds: held.append(connection.connection) or pause(seconds)
    )
    call("/functions/copy/execute", {"timeout": 0.2})
    assert held
    assert set(held) == {None}


def test_caller_executes(call: Call, application_actor: Actor, other_application: Application) -> None:
    services.put_function(application_actor, "copy", {"callers": ["application:billing"]})
    other = caller(issue_key(actor=actor_of_application(other_application), application=other_application))
    with working(application_actor, completing(application_actor, "for you")):
        for body in ({"data": 1}, {"container": "app-migrator"}):
            answer = other("/functions/copy/execute", body)
            assert (answer.status_code, answer.json()["result"]) == (200, "for you")
            assert "data" not in answer.json()
    services.put_function(application_actor, "copy", {})
    assert other("/functions/copy/execute").status_code == 404


@pytest.mark.parametrize(
    ("name", "body", "status", "pointer"),
    [
        ("other", {}, 404, None),
        ("copy", {"timeout": 31}, 400, "/timeout"),
        ("copy", {"timeout": "5"}, 400, "/timeout"),
        ("copy", {"fields": []}, 400, "/fields"),
        ("copy", {"fields": {"x": 1}}, 400, "/fields/x"),
        ("copy", {"container": "nowhere"}, 400, "/container"),
        ("copy", {"type": "nothing"}, 400, "/type"),
        ("copy", {"colour": 1}, 400, "/colour"),
    ],
)
def test_what_is_wrong_is_named(call: Call, name: str, body: Any, status: int, pointer: str | None) -> None:
    answer = call(f"/functions/{name}/execute", body)
    assert answer.status_code == status
    assert pointer is None or [problem["pointer"] for problem in answer.json()["errors"]] == [pointer]
    assert not Task.objects.exists()
