"""An application that push functions call: it works a little, answers, and keeps a journal of what it was asked."""

import json
import random
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .client import Journal


class Receiver(ThreadingHTTPServer):
    """Listens on a port of its own; `done` counts what it answered."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, journal: Path, seed: str, work: tuple[float, float]) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.journal, self.dice, self.work = Journal(str(journal), "receiver"), random.Random(seed), work
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        self.done = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked was killed."""


class Answering(BaseHTTPRequestHandler):
    """One call."""

    server: Receiver

    def do_POST(self) -> None:
        task = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = str(uuid.uuid4())
        told = {"task": task["id"], "delivery": task["lease"]["delivery"], "id": self.headers["webhook-id"]}
        self.server.journal.write(do="called", **{"is": "ok"}, **told, said=answer)
        time.sleep(self.server.dice.uniform(*self.server.work))
        self._say(200, json.dumps(answer).encode())
        self.server.done += 1

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """The journal has it."""
