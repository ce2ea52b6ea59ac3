"""One request and its answer: WSGI in front, granian's request and response objects behind."""

import contextlib
import errno
import functools
import json
import logging
import os
import secrets
import select
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import IO, Any

from apps.core import codes

logger = logging.getLogger(__name__)

Application = Callable[..., Iterable[bytes]]
Headers = list[tuple[str, str]]

STREAMS = 8
"""How many answers of unknown length (exports) one process sends at once: each holds a thread while it lasts."""
STALL_SECONDS = 30.0
"""How long such an answer waits for a client that does not read."""
OPEN_SECONDS = 5.0

_streams = threading.BoundedSemaphore(STREAMS)
_ENVIRON: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "TaskHub",
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
}


BREAK_OFF = 0.5
"""Seconds after which the head of an answer has been sent."""


class Exchange:
    """A request whose head has arrived. It is answered exactly once: granian ignores a second answer."""

    __slots__ = ("application", "proto", "scope")

    def __init__(self, application: Application, scope: Any, proto: Any) -> None:
        self.application, self.scope, self.proto = application, scope, proto

    @property
    def client(self) -> str:
        """The address that is connected, which may be a proxy's."""
        return str(self.scope.client).rpartition(":")[0].strip("[]")

    def run(self, body: IO[bytes]) -> None:
        """Answer the request, whose body has arrived completely."""
        started: list[Any] = []

        def start_response(status: str, headers: Headers, _: Any = None) -> None:
            started[:] = int(status[:3]), headers

        try:
            response = self.application(self._environ(body), start_response)
            try:
                send(self.proto, started[0], started[1], response)
            finally:
                close = getattr(response, "close", None)
                if close:
                    close()
        except Exception:
            logger.exception("A request could not be answered.")
            self.proto.response_empty(500, [])

    def refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer a request that never reaches the application, and close its connection."""
        code = codes.BY_STATUS[status]
        problem = {
            "type": codes.type_of(code),
            "title": status.phrase,
            "status": status,
            "detail": detail,
            "code": code,
            "errors": [],
        }
        headers = [("content-type", "application/problem+json"), ("connection", "close"), ("retry-after", "5")]
        self.proto.response_bytes(int(status), headers, json.dumps(problem).encode())

    def _environ(self, body: IO[bytes]) -> dict[str, Any]:
        scope = self.scope
        host, _, port = scope.server.rpartition(":")
        environ = {
            **_ENVIRON,
            "REQUEST_METHOD": scope.method,
            "PATH_INFO": scope.path.encode().decode("latin-1"),
            "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
            "REMOTE_ADDR": self.client,
            "SERVER_NAME": host.strip("[]"),
            "SERVER_PORT": port,
            "SERVER_PROTOCOL": "HTTP/" + scope.http_version,
            "wsgi.url_scheme": scope.scheme,
            "wsgi.input": body,
        }
        for name, value in scope.headers.items():
            key = _key(name)
            if key in environ:
                environ[key] += ("; " if name == "cookie" else ",") + value
            elif key:
                environ[key] = value
        if scope.authority:  # the address of an absolute request line
            environ.setdefault("HTTP_HOST", scope.authority)
        return environ


@functools.lru_cache(maxsize=256)
def _key(name: str) -> str:
    """What WSGI calls a header. Empty for a name with an underscore, which would pass for one with a hyphen."""
    if "_" in name:
        return ""
    key = name.upper().replace("-", "_")
    return key if name in {"content-type", "content-length"} else "HTTP_" + key


# --- Answers --------------------------------------------------------------------------------------


def send(proto: Any, status: int, headers: Headers, response: Iterable[bytes]) -> None:
    """Hand an answer to the event loop: whole, as a file, or, if its length is not known, in pieces."""
    if not getattr(response, "streaming", False):
        _send_whole(proto, status, headers, response)
    elif path := _path_of(response):
        proto.response_file(status, headers, path)
    elif _streams.acquire(blocking=False):
        try:
            _send_pieces(proto, status, headers, response)
        finally:
            _streams.release()
    else:
        proto.response_bytes(503, [("retry-after", "5")], b"Too many exports at once. Try again in a moment.")


def _send_whole(proto: Any, status: int, headers: Headers, response: Iterable[bytes]) -> None:
    try:
        content = b"".join(response)
    except Exception:  # the connection breaks off: the declared length never arrives
        stream = proto.response_stream(status, headers)
        time.sleep(BREAK_OFF)  # an answer that ends before its head was sent would be a whole, empty one
        del stream
        raise
    proto.response_bytes(status, headers, content)


def _path_of(response: Any) -> str:
    """Where the file lies that an answer consists of; empty if it is no whole file."""
    file: Any = getattr(response, "file_to_stream", None)
    path = getattr(file, "name", None)
    if not isinstance(path, str) or file.tell():
        return ""
    try:
        return path if stat.S_ISREG(os.stat(path).st_mode) else ""
    except OSError:
        return ""


def _send_pieces(proto: Any, status: int, headers: Headers, pieces: Iterable[bytes]) -> None:
    """Through a named pipe, whose small buffer makes this thread wait for the client: memory stays bounded."""
    path = os.path.join(tempfile.gettempdir(), f"taskhub-{secrets.token_hex(8)}")
    os.mkfifo(path, 0o600)
    try:
        proto.response_file(status, headers, path)
        pipe = _open_pipe(path)
    finally:
        os.unlink(path)
    if pipe is None:
        return
    try:
        for piece in pieces:
            if not _write(pipe, memoryview(piece)):
                return
    except BrokenPipeError:
        logger.info("A client left before its answer was complete.")
    finally:
        os.close(pipe)


def _open_pipe(path: str) -> int | None:
    """The pipe, when the event loop has opened its end; None if the client has gone."""
    end = time.monotonic() + OPEN_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        time.sleep(0.002)
    return None


def _write(pipe: int, data: memoryview) -> bool:
    """Write all of it; False when the client has not read for too long."""
    ready = select.poll()
    ready.register(pipe, select.POLLOUT)
    while data:
        if not ready.poll(STALL_SECONDS * 1000):
            return False
        try:
            data = data[os.write(pipe, data) :]
        except BlockingIOError as error:
            if error.errno != errno.EAGAIN:
                raise
    return True
