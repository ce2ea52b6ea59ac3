"""The shop's proxy layer: a small HTTP control that says how the shop works and switches it.

`GET /status` answers the mode and what the shop did; `PUT /mode` with `{"writes": "async", …}` switches.
It listens on loopback only and has no key: anybody on this machine could change the mode file as well.
"""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx2

from .problems import ShopUnreachable
from .shop_mode import ModeRefused, change_mode
from .shop_process import Shop


class ControlServer(ThreadingHTTPServer):
    """Serves the control of one shop; run `serve_forever` in a thread."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, shop: Shop) -> None:
        address = urlsplit(shop.config.shop_control)
        super().__init__((address.hostname or "127.0.0.1", address.port or 0), ControlRequest)
        self.shop = shop


class ControlRequest(BaseHTTPRequestHandler):
    """One request to the control."""

    server: ControlServer

    def do_GET(self) -> None:
        """Answers the status."""
        if self.path != "/status":
            self._answer(404, {"error": "there is /status and /mode"})
        else:
            self._answer(200, self.server.shop.status())

    def do_PUT(self) -> None:
        """Changes the mode; 400 says why it cannot be."""
        try:
            changes = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
            change_mode(self.server.shop.config, changes)
        except (ValueError, TypeError) as refused:
            self._answer(400, {"error": str(refused)})
        else:
            self._answer(200, self.server.shop.status())

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the terminal quiet."""

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class ShopControl:
    """The other end: asks a running shop, and switches it."""

    def __init__(self, address: str) -> None:
        self._client = httpx2.Client(base_url=address, timeout=5, trust_env=False)

    def status(self) -> dict[str, Any]:
        """The state of the shop. Raises `ShopUnreachable`."""
        return self._call("GET", "/status")

    def switch(self, **changes: str) -> dict[str, Any]:
        """Changes the mode. Raises `ShopUnreachable`, or `ModeRefused` with the shop's reason."""
        return self._call("PUT", "/mode", changes)

    def _call(self, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, json=body)
        except httpx2.TransportError as error:
            raise ShopUnreachable("The shop does not answer: is it running?") from error
        document: dict[str, Any] = answer.json()
        if answer.status_code == 400:
            raise ModeRefused(document["error"])
        return document
