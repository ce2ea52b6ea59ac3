"""A proxy that hands every request on, and now and then loses the answer."""

import http.client
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class LosingProxy(ThreadingHTTPServer):
    """Stands before a port; `lost` counts the answers that nobody got."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, share: float, seed: str) -> None:
        super().__init__(("127.0.0.1", 0), Between)
        self.behind, self.share, self.dice, self.lost = port, share, random.Random(seed), 0
        self.port: int = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked went away."""


class Between(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: LosingProxy

    def _hand_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=60)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if self.server.dice.random() < self.server.share:
            self.server.lost += 1
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = _hand_on

    def log_message(self, *_: Any) -> None:
        """Nothing."""
