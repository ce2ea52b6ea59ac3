"""The hub in memory as a transport of httpx2: what a client sends is answered here, and nothing leaves the process."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import httpx2

from taskhub_client.client import Client

from . import routes
from .state import Refusal, State, digest

KEY = "th_memory"


class MemoryTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers requests from a state. `losses` are answers still to be lost, as a cut network loses them."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.losses = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        status, document = self._answer(request)
        with self.state.changed:
            self.state.changed.notify_all()
            if self.losses:
                self.losses -= 1
                raise httpx2.ReadError("The answer was lost.")
        kind = "application/json" if status < 400 else "application/problem+json"
        headers = {"Content-Type": kind, "X-Request-Id": str(uuid.uuid4())}
        return httpx2.Response(status, headers=headers, content=json.dumps(document).encode())

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        return await asyncio.to_thread(self.handle_request, request)

    def _answer(self, request: httpx2.Request) -> tuple[int, Any]:
        body = _body(request)
        path = request.url.path.removeprefix("/api/v1")
        try:
            asked = routes.Request(_actor(request), body, dict(request.url.params), request.headers)
            with self.state.changed:
                return self._once(request, path, asked)
        except Refusal as refusal:
            return refusal.status, refusal.document()

    def _once(self, request: httpx2.Request, path: str, asked: routes.Request) -> tuple[int, Any]:
        """The same answer for a call that is repeated under its `Idempotency-Key`."""
        key = request.headers.get("idempotency-key")
        if not key:
            return routes.answer(self.state, request.method, path, asked)
        name, words = (asked.actor, path, key), digest(asked.body)
        if name not in self.state.repeated:
            self.state.repeated[name] = (words, *routes.answer(self.state, request.method, path, asked))
        known, status, document = self.state.repeated[name]
        if known != words:
            raise Refusal(422, "idempotency_mismatch", "This key was used with another body.")
        return status, document


def _body(request: httpx2.Request) -> Any:
    """The JSON; the bytes of a file in hexadecimal digits."""
    if "json" not in request.headers.get("content-type", "json"):
        return request.content.hex()
    return json.loads(request.content) if request.content else {}


def _actor(request: httpx2.Request) -> str:
    """`user:NAME` is the key of that person, `th_memory` that of the application."""
    key = request.headers.get("authorization", "").removeprefix("Bearer ")
    if key.startswith("user:"):
        return key
    if key != KEY:
        raise Refusal(401, "unauthenticated", "The key is wrong.")
    return "application:memory"


class Person:
    """Somebody who answers."""

    def __init__(self, client: Client, name: str) -> None:
        self.client, self.name = client, name

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Any call as this person."""
        return self.client.request(method, path, body)

    def inbox(self) -> list[Any]:
        """What waits for this person."""
        return list(self.call("GET", "/inbox")["results"])

    def answer(self, handover: Any, action: str, *, comment: str = "", **fields: Any) -> Any:
        """Answers a handover."""
        body = {"action": action, "fields": fields, "comment": comment}
        return self.call("POST", f"/handovers/{handover['id']}/submit", body)
