"""Sending one request as one identity through the whole product, and undoing what it wrote."""

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client

from apps.actors.actor import Actor
from apps.actors.models import User

from .requests import Request

BACKEND = "apps.actors.sign_in.backend.PasswordBackend"
# CSRF tokens differ in each response.
TOKENS = re.compile(
    r'(csrfmiddlewaretoken" value="|csrf-token" content="|X-CSRFToken(?:"|&quot;): ?(?:"|&quot;))[A-Za-z0-9]+'
)
# Responses of the queue contain ages and ends of leases by the clock of the database. The end of a lease is part of a
# version, and its token is random.
TIMED = "api/v1/queue/"
CLOCKS = re.compile(
    r'("(?:oldest_ready_age|expires_at|token|until|version|updated_at|status_changed_at)": ?)(?:"[^"]*"|[0-9.]+)'
)
# Which fields are hidden is known only after the scheduled update and its task were read, so these routes may take
# more statements for an existing id. Nobody can guess one: it has 74 random bits.
READ_FIRST = ("api/v1/scheduled-updates/{id}", "scheduled-updates/{id}/drop/")
EXCERPT = 60
PASSING_HEADERS = frozenset({"X-Request-ID", "Server-Timing"})
# The values of these headers change every second; only their presence could reveal something.
CLOCK_HEADERS = frozenset({"Expires"})
PASSING_COOKIES = frozenset({settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_NAME})


@dataclass(frozen=True)
class Response:
    """All that a caller receives, and the number of SQL statements, because a caller can measure extra work."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    statements: int = 0

    def without_clocks(self) -> "Response":
        """Without times by the database's clock, which runs on between the worlds, and the statements that use it."""
        headers = tuple(pair for pair in self.headers if pair[0] != "Content-Length")
        return replace(self, headers=headers, statements=0, body=CLOCKS.sub(r"\1…", self.body))

    def difference(self, other: "Response") -> str:
        """What differs between two responses: status, statements, headers, and where the bodies start to differ."""
        parts = [f"{self.status} != {other.status}"] if self.status != other.status else []
        parts += [f"{self.statements} != {other.statements} statements"] if self.statements != other.statements else []
        mine, theirs = set(self.headers), set(other.headers)
        parts += [f"{sorted(mine - theirs)} != {sorted(theirs - mine)}"] if mine != theirs else []
        if self.body != other.body:
            pairs = enumerate(zip(self.body, other.body, strict=False))
            at = next((index for index, pair in pairs if pair[0] != pair[1]), min(len(self.body), len(other.body)))
            at = max(0, at - EXCERPT)
            parts.append(f"{self.body[at : at + 3 * EXCERPT]!r} != {other.body[at : at + 3 * EXCERPT]!r}")
        return "; ".join(parts)


class Identity:
    """Somebody who sends requests: a signed-in user, an application with a key, or an anonymous caller.

    `name` is for reports. `actor` is None for those who are refused at the door.
    """

    def __init__(self, name: str, *, user: User | None = None, key: str = "", actor: Actor | None = None) -> None:
        self.name, self.actor = name, actor
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}
        if user is not None:
            self.client.force_login(user, BACKEND)
        self._cookies = self.client.cookies.output(header="", sep=";")

    def __str__(self) -> str:
        return self.name

    def send(self, request: Request) -> Response:
        """The response to one request; its writes are rolled back. Call it inside a transaction."""
        with transaction.atomic():
            self.client.cookies = SimpleCookie(self._cookies)
            try:
                return self._send(request)
            finally:
                transaction.set_rollback(True)

    def _send(self, request: Request) -> Response:
        path = f"{request.path}?{request.query}" if request.query else request.path
        headers = {**self.headers, **dict(request.headers)}
        ContentType.objects.clear_cache()  # else the first of two equal requests would fill it for the second
        with _StatementCounter() as counter:
            response = normalized(
                self.client.generic(
                    request.method, path, headers=headers, secure=settings.SECURE_SSL_REDIRECT, SERVER_NAME=_host(),
                    **_encoded(request),
                )
            )  # fmt: skip
        response = replace(response, statements=0 if request.route in READ_FIRST else counter.statements)
        return response.without_clocks() if request.route.startswith(TIMED) else response


class _StatementCounter:
    """Counts the statements that are sent to the database inside, except those around transactions."""

    def __init__(self) -> None:
        self.statements = 0
        self._wrapper = connection.execute_wrapper(self._count)

    def _count(self, execute: Callable[..., object], sql: str, *rest: object) -> object:
        self.statements += not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))
        return execute(sql, *rest)

    def __enter__(self) -> "_StatementCounter":
        self._wrapper.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._wrapper.__exit__(*raised)


def _encoded(request: Request) -> dict[str, Any]:
    if request.method in ("GET", "HEAD", "OPTIONS", "DELETE"):
        return {}
    if request.is_form:
        form = urlencode(orjson.loads(request.body), doseq=True)
        return {"data": form, "content_type": "application/x-www-form-urlencoded"}
    return {"data": request.body, "content_type": "application/json"}


def _host() -> str:
    hosts = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    return hosts[0] if hosts else "localhost"


def normalized(response: HttpResponseBase) -> Response:
    """A response without tokens, clocks and the id of the request, which differ between equal responses."""
    content = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    headers = [
        (name, "…" if name in CLOCK_HEADERS else value)
        for name, value in response.headers.items()
        if name not in PASSING_HEADERS
    ]
    cookies = [
        ("Set-Cookie", name if name in PASSING_COOKIES else morsel.OutputString())
        for name, morsel in response.cookies.items()
    ]
    body = TOKENS.sub(r"\1…", content.decode(errors="backslashreplace"))
    if request_id := response.headers.get("X-Request-ID"):
        body = body.replace(request_id, "…")  # error pages show it
    return Response(response.status_code, tuple(sorted(headers + cookies)), body)


Responses = dict[tuple[str, Request], Response]


def send_all(
    identities: Iterable[Identity], requests: Iterable[Request], *, before: Callable[[], None] = lambda: None
) -> Responses:
    """Send every request as every identity; `before` is called before each."""
    requests, responses = list(requests), {}
    logging.disable(logging.CRITICAL)  # most requests are refused, and each refusal would be logged
    try:
        for identity in identities:
            for request in requests:
                before()
                responses[identity.name, request] = identity.send(request)
    finally:
        logging.disable(logging.NOTSET)
    return responses
