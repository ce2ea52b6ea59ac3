"""Sending a request: the checked address is the one dialled, and nothing takes longer or reads more than allowed."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.core.egress import Refused, Unreachable, send

Talk = Callable[[socket.socket], None]


@contextlib.contextmanager
def server(talk: Talk) -> Iterator[tuple[int, list[bytes]]]:
    """A server on loopback that reads a request and then talks; its port, and what it was sent."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _peer = listener.accept()
                    with connection, contextlib.suppress(OSError):
                        heard.append(hear(connection))
                        talk(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1], heard
        listener.shutdown(socket.SHUT_RDWR)


def hear(connection: socket.socket) -> bytes:
    """One request, with its body if it says how long that is."""
    heard = b""
    while b"\r\n\r\n" not in heard and (more := connection.recv(65536)):
        heard += more
    head, _blank, body = heard.partition(b"\r\n\r\n")
    length = int(head.partition(b"Content-Length: ")[2].partition(b"\r")[0] or 0)
    while len(body) < length and (more := connection.recv(65536)):
        heard, body = heard + more, body + more
    return heard


def says(*parts: bytes, pause: float = 0.0) -> Talk:
    def talk(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)

    return talk


def drips(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _byte in range(1000):
        connection.sendall(b"x")
        time.sleep(0.05)


def pours(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


@pytest.fixture(autouse=True)
def _open_loopback(settings: Any) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1/32"]


def test_a_request_arrives_as_it_was_meant() -> None:
    with server(says(b"HTTP/1.1 202 Accepted\r\nX-Kind: Good\r\nContent-Length: 2\r\n\r\nok")) as (port, heard):
        reply = send("POST", f"http://127.0.0.1:{port}/a?b=c", headers={"X-Id": "1", "Host": "evil"}, body=b"{}")
    assert (reply.status, reply.headers["x-kind"], reply.body, reply.truncated) == (202, "Good", b"ok", False)
    (request,) = heard
    assert request.startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{port}\r\n".encode() in request
    assert b"evil" not in request
    assert b"X-Id: 1\r\n" in request
    assert request.endswith(b"\r\n\r\n{}")


def test_a_redirect_is_an_answer() -> None:
    with server(says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")) as (
        port,
        heard,
    ):
        assert send("GET", f"http://127.0.0.1:{port}/").status == 302
    assert len(heard) == 1


def test_a_body_is_cut_at_the_cap() -> None:
    with server(pours) as (port, _heard):
        reply = send("GET", f"http://127.0.0.1:{port}/", most=100_000)
    assert (len(reply.body), reply.truncated) == (100_000, True)


TALKS = {
    "drip": drips,
    "silence": says(b"", pause=5),
    "endless headers": says(b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n" * 100] * 500),
    "slow headers": says(b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 50, pause=0.05),
    "nonsense": says(b"hello\r\n\r\n"),
    "half an answer": says(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
    "hang up": says(),
}


@pytest.mark.parametrize("name", TALKS)
def test_an_answer_that_never_comes_to_an_end_is_given_up(name: str) -> None:
    started = time.monotonic()
    with server(TALKS[name]) as (port, _heard), pytest.raises(Unreachable):
        send("GET", f"http://127.0.0.1:{port}/", deadline=0.5)
    assert time.monotonic() - started < 3  # the deadline held, with room for a busy machine


def test_a_closed_port_and_a_missing_name_are_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable):
        send("GET", f"http://127.0.0.1:{port}/")
    with pytest.raises(Unreachable):
        send("GET", "http://no-such-name.invalid/", deadline=2)


def test_plain_text_where_tls_was_meant_is_unreachable() -> None:
    with server(says(b"HTTP/1.1 200 OK\r\n\r\n")) as (port, _heard), pytest.raises(Unreachable):
        send("GET", f"https://127.0.0.1:{port}/", deadline=2)


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost.", "[::1]", "0.0.0.0", "169.254.169.254", "user@127.0.0.1"])
def test_what_is_not_open_is_refused_before_anything_is_sent(host: str, settings: Any) -> None:
    settings.EGRESS_ALLOW = []
    with pytest.raises(Refused):
        send("GET", f"http://{host}:9/", deadline=2)


def test_a_name_that_changes_its_answer_is_dialled_where_it_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer is the one that counts: nobody asks a second time between checking and dialling."""
    answers = iter(["127.0.0.1"])

    def getaddrinfo(_host: str, port: int, **_kwargs: object) -> list[tuple]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    with server(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as (port, heard):
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *rest, **more: (
                getaddrinfo(host, rest[0]) if host == "twice.example" else real(host, *rest, **more)
            ),
        )
        assert send("GET", f"http://twice.example:{port}/").status == 200
    assert f"Host: twice.example:{port}".encode() in heard[0]


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with server(says(b"HTTP/1.1 204 No Content\r\n\r\n")) as (port, _heard):
        assert send("GET", f"http://127.0.0.1:{port}/").status == 204
