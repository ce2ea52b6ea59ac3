"""The two clients: they send the calls and make the pauses that `protocol.exchange` yields, and nothing else."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2

from .api import Api
from .calls import next_page
from .protocol import Call, Lost, Pause, Reply, Retry, exchange
from .shapes import Page

T = TypeVar("T")
VERSION = "1.0.0"
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


@dataclass(frozen=True)
class Connection:
    """Where TaskHub is, with which key, and how long a call is repeated. The key is never shown."""

    url: str
    key: str = field(repr=False)
    retry: Retry = field(default_factory=Retry)
    timeout: float = 30.0
    options: dict[str, Any] = field(default_factory=dict)
    """More arguments for httpx2: `verify`, `proxy`, `limits`, …"""

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError("TaskHub's address must begin with http:// or https://.")

    @classmethod
    def from_environment(cls) -> Connection:
        """`TASKHUB_URL` (else this machine) and `TASKHUB_KEY`. Raises ValueError without a key."""
        key = os.environ.get("TASKHUB_KEY", "").strip()
        if not key:
            raise ValueError("TASKHUB_KEY is not set: it holds the application's API key.")
        return cls(os.environ.get("TASKHUB_URL") or "http://127.0.0.1:8000", key)

    def http(self) -> dict[str, Any]:
        """The arguments of an httpx2 client."""
        headers = {"Authorization": f"Bearer {self.key}", "User-Agent": f"taskhub-client/{VERSION}"}
        return {"base_url": f"{self.url.rstrip('/')}/api/v1", "headers": headers, **self.options}

    def request(self, call: Call[Any]) -> dict[str, Any]:
        """The arguments of one request. An answer that is held back gets the time for it."""
        allowed = call.within or self.timeout
        timeout = httpx2.Timeout(allowed, read=allowed + call.holds, connect=min(allowed, 10.0))
        request = {"method": call.method, "url": call.path, "headers": dict(call.headers), "timeout": timeout}
        sent = {"json": call.body} if call.body is not None else {}
        if call.content is not None:
            sent = {"content": call.content}
        return {**request, "params": dict(call.params), **sent}


def _sleep(pause: Pause) -> None:
    time.sleep(pause.seconds)


def _reply(answer: httpx2.Response) -> Reply:
    return Reply(answer.status_code, answer.headers, answer.content)


def _lost(error: httpx2.TransportError) -> Lost:
    sent = not isinstance(error, NEVER_SENT)
    return Lost(f"TaskHub did not answer: {type(error).__name__}: {error}", sent=sent)


class Client(Api):
    """TaskHub with one API key. Calls block; safe to use from several threads.

    Raises `Refused` (or a subclass) when TaskHub refuses, `Unreachable` when `retry` has given up.
    """

    def __init__(self, url: str, key: str, *, retry: Retry | None = None, timeout: float = 30.0, **options: Any):
        self.connection = Connection(url, key, retry or Retry(), timeout, options)
        self._http = httpx2.Client(**self.connection.http())

    @classmethod
    def of(cls, at: Connection) -> Self:
        """A client of its own for a connection."""
        return cls(at.url, at.key, retry=at.retry, timeout=at.timeout, **at.options)

    @classmethod
    def from_environment(cls) -> Self:
        """The TaskHub of `TASKHUB_URL` and `TASKHUB_KEY`. Raises ValueError without a key."""
        return cls.of(Connection.from_environment())

    def run(self, call: Call[T], *, retry: Retry | None = None, pause: Callable[[Pause], object] | None = None) -> T:
        """Send a call until it is answered; `pause` waits between two tries and may raise to give up."""
        steps = exchange(call, retry or self.connection.retry)
        answer: Reply | Lost | None = None
        try:
            while True:
                step = steps.send(answer)
                if isinstance(step, Pause):
                    answer = None
                    (pause or _sleep)(step)
                else:
                    answer = self._send(step)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def iterate(self, call: Call[Page[T]]) -> Iterator[T]:
        """All rows of a list, page after page."""
        following: Call[Page[T]] | None = call
        while following:
            page = self.run(following)
            yield from page["results"]
            following = next_page(following, page)

    def _send(self, call: Call[Any]) -> Reply | Lost:
        try:
            return _reply(self._http.request(**self.connection.request(call)))
        except httpx2.TransportError as error:
            return _lost(error)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(Api):
    """The same for asyncio: every method is awaited, lists are `async for`."""

    def __init__(self, url: str, key: str, *, retry: Retry | None = None, timeout: float = 30.0, **options: Any):
        self.connection = Connection(url, key, retry or Retry(), timeout, options)
        self._http = httpx2.AsyncClient(**self.connection.http())

    async def run(self, call: Call[T], *, retry: Retry | None = None) -> T:
        """Send a call until it is answered."""
        steps = exchange(call, retry or self.connection.retry)
        answer: Reply | Lost | None = None
        try:
            while True:
                step = steps.send(answer)
                if isinstance(step, Pause):
                    answer = None
                    await asyncio.sleep(step.seconds)
                else:
                    answer = await self._send(step)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def iterate(self, call: Call[Page[T]]) -> AsyncIterator[T]:
        """All rows of a list, page after page."""
        following: Call[Page[T]] | None = call
        while following:
            page = await self.run(following)
            for row in page["results"]:
                yield row
            following = next_page(following, page)

    async def _send(self, call: Call[Any]) -> Reply | Lost:
        try:
            return _reply(await self._http.request(**self.connection.request(call)))
        except httpx2.TransportError as error:
            return _lost(error)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
