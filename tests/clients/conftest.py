"""A real TaskHub for the client: an application, a container with one type, a function for each test."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from taskhub_client import Client, Worker, cli

from tests.person import Person
from tests.servers import Server, wait_until

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}, "ok": {"type": "boolean"}}}


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("hub")).migrate() as made:
        made.manage("create_user", "ana", "--password-stdin", stdin="a-long-enough-password-41")
        (made.place / "key").write_text(made.manage("create_application", "counter"))
        made.start()
        yield made


@pytest.fixture(scope="session")
def key(hub: Server) -> str:
    return (hub.place / "key").read_text().strip()


@pytest.fixture(scope="session")
def signed_in_ana(hub: Server) -> Person:
    return Person(hub, "ana")


@pytest.fixture
def client(hub: Server, key: str) -> Iterator[Client]:
    with Client(hub.url, key) as made:
        yield made


@pytest.fixture
def function(client: Client) -> str:
    """A function, a container and a type of this test alone: all with the same name."""
    name = f"count-{uuid.uuid4().hex[:8]}"
    client.put(f"/functions/{name}", {"mode": "pull", "lease_seconds": 10})
    client.put(f"/containers/{name}", {"title": name, "everyone": "viewer"})
    client.put(f"/containers/{name}/types/count", {"title": "Count", "schema": SCHEMA, "function": name})
    return name


@pytest.fixture
def make(client: Client, function: str) -> Callable[..., str]:
    """Makes a task of the function; answers its key."""

    def made(**more: Any) -> str:
        body = {"container": function, "type": "count", "title": "Count", **more}
        return client.create_task(body)["key"]

    return made


@pytest.fixture
def worker(client):
    return Worker(client, wait=1)


@pytest.fixture
def ended(client):
    """Waits until a task has one of these statuses; answers it."""

    def look(key, *statuses, seconds=60):
        wait_until(lambda: client.task(key)["status"] in statuses, f"{key} {statuses}", seconds=seconds)
        return client.task(key)

    return look


@pytest.fixture
def taskhub(hub, key, monkeypatch, capsys):
    """Runs a command of the client; its status, output and complaints."""
    monkeypatch.setenv("TASKHUB_URL", hub.url)
    monkeypatch.setenv("TASKHUB_KEY", key)

    def run(*arguments):
        capsys.readouterr()
        status = cli.main(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@contextmanager
def working(worker: Worker) -> Iterator[Worker]:
    """The worker runs in a thread; it has ended afterwards."""
    thread = threading.Thread(target=worker.run, kwargs={"signals": False})
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(60)
        assert not thread.is_alive()
