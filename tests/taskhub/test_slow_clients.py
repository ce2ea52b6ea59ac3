"""Slow clients cost connections, never threads: what others ask is answered beside a hundred of them."""

import contextlib
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Server, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]
MANY = 100
DOORS = {
    "sign-in": "POST /login/ HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 900",
    "api": "POST /api/v1/tasks HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 900",
    "chunks": "POST /api/v1/tasks HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked",
    "upload": "POST /api/v1/tasks/T-1/attachments?name=a HTTP/1.1\r\nContent-Type: a/b\r\nContent-Length: 9000000",
    "head": "GET /login/ HTTP/1.1",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("slow")
    Server(place, DEBUG="true").migrate()
    return place


@contextlib.contextmanager
def serving(place: Path, *, seconds: int) -> Iterator[Server]:
    """With four threads, and so many seconds for a body."""
    with Server(place, DEBUG="true", WEB_THREADS="4", WEB_BODY_SECONDS=str(seconds)) as server:
        server.serve()
        yield server


@pytest.fixture(scope="module")
def patient(place: Path) -> Iterator[Server]:
    with serving(place, seconds=600) as server:
        yield server


@pytest.fixture(scope="module")
def hasty(place: Path) -> Iterator[Server]:
    with serving(place, seconds=1) as server:
        yield server


def open_slowly(server: Server, door: str, body: bytes = b"") -> socket.socket:
    """A request whose body does not come; of `head` not even its end."""
    client = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    end = "" if door == "head" else "\r\n\r\n"
    client.sendall(f"{DOORS[door]}\r\nHost: localhost{end}".encode() + body)
    return client


def answers(server: Server, path: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=20) as answer:
        return int(answer.status)


@pytest.mark.parametrize("door", DOORS)
def test_others_are_answered_beside_slow_clients(patient: Server, door: str) -> None:
    with contextlib.ExitStack() as clients:
        slow = [clients.enter_context(open_slowly(patient, door)) for _ in range(MANY)]
        assert [answers(patient, path) for path in ("/healthz", "/login/")] == [200, 200]
        if door != "head":
            for client in slow:
                client.sendall(b"1\r\nx\r\n" if door == "chunks" else b"x")
        assert [answers(patient, path) for path in ("/healthz", "/login/")] == [200, 200]


@pytest.mark.parametrize("door", ["sign-in", "chunks", "upload"])
def test_slow_body_is_refused_and_its_connection_closed(hasty: Server, door: str) -> None:
    with (
        open_slowly(hasty, door, b"1\r\nx\r\n" if door == "chunks" else b"x") as client,
        client.makefile("rb") as answer,
    ):
        assert b" 408 " in answer.readline()
        answer.read()  # to its end


def test_body_that_breaks_off_reaches_nobody(patient: Server) -> None:
    with open_slowly(patient, "upload", b"half") as client:
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100).startswith((b"", b"HTTP/1.1 400"))
    assert patient.logged("Traceback") == []


def test_readers_that_never_read_hold_no_thread(patient: Server) -> None:
    """Each asks for more than its window takes."""
    largest = max((path for path in Path("static").rglob("*.js")), key=lambda path: path.stat().st_size)
    with contextlib.ExitStack() as clients:
        for _ in range(MANY):
            client = clients.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.connect(("127.0.0.1", patient.port))
            client.sendall(f"GET /{largest} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 20)
        assert [answers(patient, path) for path in ("/healthz", "/login/")] == [200, 200]


def test_server_ends_while_bodies_are_awaited(place: Path) -> None:
    with serving(place, seconds=600) as server, open_slowly(server, "sign-in") as client:
        wait_until(lambda: server.status(server.port, "/healthz") == 200)
        assert server.stop() == 0
        assert b" 503 " in client.recv(100)
