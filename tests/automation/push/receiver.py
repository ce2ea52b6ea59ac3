"""An application's server on loopback: it hears what TaskHub calls, and answers as it is told."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Talk = Callable[[socket.socket], None]


class Receiver:
    """`answer` is what is said to the next calls: a status, headers and bytes; or whoever talks on the socket."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/tasks"
        self.answer: tuple[int, dict[str, str], bytes] | Talk = (200, {}, b"{}")
        self.heard: list[tuple[dict[str, str], bytes]] = []

    def says(self, status: int, body: Any = None, **headers: str) -> None:
        """Answer with this from now on; `body` is bytes, or JSON to be."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        self.answer = (status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)

    @property
    def tasks(self) -> list[dict[str, Any]]:
        """The bodies that were heard."""
        return [json.loads(body) for _headers, body in self.heard]


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if callable(receiver.answer):
                with contextlib.suppress(OSError):
                    receiver.answer(self.connection)
                self.close_connection = True
                return
            status, headers, said = receiver.answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(said))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield receiver
        server.shutdown()
