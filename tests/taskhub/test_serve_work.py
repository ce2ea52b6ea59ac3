"""A served TaskHub at work: over HTTP, with real processes, until the signal and beyond."""

import http.client
import json
import signal
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import PATIENCE, Server, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


class Caller:
    """An application that calls the API with its key."""

    def __init__(self, server: Server, name: str) -> None:
        self.base = f"http://127.0.0.1:{server.port}/api/v1"
        self.key = server.manage("create_application", name)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.base + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=2 * PATIENCE) as answer:
            return json.load(answer)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, DEBUG="true").migrate() as server:
        server.start()
        yield server


@pytest.fixture
def caller(server: Server) -> Caller:
    caller = Caller(server, "migrator")
    caller.call("PUT", "/functions/copy", {"mode": "pull"})
    return caller


def test_task_is_made_claimed_and_completed(caller: Caller) -> None:
    task = caller.call("POST", "/tasks", {"function": "copy", "title": "Copy"})
    [claimed] = caller.call("POST", "/queue/claim", {"functions": ["copy"], "max": 1, "wait": 10})["tasks"]
    assert claimed["id"] == task["id"]
    result = {"task": claimed["id"], "token": claimed["lease"]["token"], "result": {"rows": 3}}
    assert caller.call("POST", "/queue/complete", {"results": [result]})["results"][0]["ok"] is True
    assert caller.call("GET", f"/tasks/{task['id']}")["status"] == "complete"


def test_waiting_worker_is_woken_by_a_new_task(caller: Caller) -> None:
    tasks: list[Any] = []
    waiting = threading.Thread(
        target=lambda: tasks.extend(caller.call("POST", "/queue/claim", {"functions": ["copy"], "wait": 30})["tasks"])
    )
    waiting.start()
    task = caller.call("POST", "/tasks", {"function": "copy", "title": "Copy"})
    waiting.join(PATIENCE)
    assert [claimed["id"] for claimed in tasks] == [task["id"]]


def test_waiting_call_is_answered_when_the_server_ends(server: Server, caller: Caller) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=2 * PATIENCE)
    headers = {"Authorization": f"Bearer {caller.key}", "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/queue/claim", json.dumps({"functions": ["copy"], "wait": 30}), headers)
    wait_until(lambda: server.is_ready)
    assert server.stop(signal.SIGTERM) == 0
    answer = connection.getresponse()
    assert (answer.status, json.load(answer)["tasks"]) == (200, [])
