"""Asking: one call by one caller, answered by the whole product, and taken back again."""

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
from django.test import Client

from apps.actors.models import User

from .calls import Call

BACKEND = "django.contrib.auth.backends.ModelBackend"
# What differs between two equal answers: tokens against forgery, and ids of requests.
TOKENS = re.compile(
    r'(csrfmiddlewaretoken" value="|csrf-token" content="|X-CSRFToken(?:"|&quot;): ?(?:"|&quot;))[A-Za-z0-9]+'
)
# The queue tells ages and ends of leases by the clock of the database; a lease's end is part of a version, and its
# token is drawn anew.
TIMED = "api/v1/queue/"
CLOCKS = re.compile(
    r'("(?:oldest_ready_age|expires_at|token|until|version|updated_at|status_changed_at)": ?)(?:"[^"]*"|[0-9.]+)'
)
# Which fields are hidden is known only once a plan and its task are read. Its id cannot be guessed: 74 random bits.
READ_FIRST = ("api/v1/scheduled-updates/{id}", "scheduled-updates/{id}/drop/")
AROUND = 60
PASSING_HEADERS = frozenset({"X-Request-ID", "Server-Timing"})
# Moments of pages that are never kept: their second goes on, only their being there could tell something.
CLOCK_HEADERS = frozenset({"Expires"})
PASSING_COOKIES = frozenset({settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_NAME})


@dataclass(frozen=True)
class Answer:
    """All that a caller gets, and the number of statements it took: a caller with a clock might tell more work."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    statements: int = 0

    def without_clocks(self) -> "Answer":
        """Without times by the database's clock, which goes on between the worlds, and what is looked up by a clock."""
        headers = tuple(pair for pair in self.headers if pair[0] != "Content-Length")
        return replace(self, headers=headers, statements=0, body=CLOCKS.sub(r"\1…", self.body))

    def difference(self, other: "Answer") -> str:
        """What differs between two answers: the status, the headers, and where the bodies begin to."""
        said = [f"{self.status} != {other.status}"] if self.status != other.status else []
        said += [f"{self.statements} != {other.statements} statements"] if self.statements != other.statements else []
        mine, theirs = set(self.headers), set(other.headers)
        said += [f"{sorted(mine - theirs)} != {sorted(theirs - mine)}"] if mine != theirs else []
        if self.body != other.body:
            pairs = enumerate(zip(self.body, other.body, strict=False))
            at = next((index for index, pair in pairs if pair[0] != pair[1]), min(len(self.body), len(other.body)))
            at = max(0, at - AROUND)
            said.append(f"{self.body[at : at + 3 * AROUND]!r} != {other.body[at : at + 3 * AROUND]!r}")
        return "; ".join(said)


class Asker:
    """Somebody who asks: signed in, with a key, or nobody. `name` is for reports."""

    def __init__(self, name: str, *, user: User | None = None, key: str = "") -> None:
        self.name = name
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}
        if user is not None:
            self.client.force_login(user, BACKEND)
        self._cookies = self.client.cookies.output(header="", sep=";")

    def __str__(self) -> str:
        return self.name

    def ask(self, call: Call) -> Answer:
        """The answer to one call; what it wrote is taken back. Runs inside a transaction."""
        with transaction.atomic():
            self.client.cookies = SimpleCookie(self._cookies)
            try:
                return self._answer(call)
            finally:
                transaction.set_rollback(True)

    def _answer(self, call: Call) -> Answer:
        path = f"{call.path}?{call.query}" if call.query else call.path
        ContentType.objects.clear_cache()  # the first of two equal calls would fill it
        with _Counted() as counted:
            response = self.client.generic(
                call.method, path, headers={**self.headers, **dict(call.headers)}, secure=settings.SECURE_SSL_REDIRECT,
                SERVER_NAME=_host(), **_encoded(call),
            )  # fmt: skip
            answer = answer_of(response)
        answer = replace(answer, statements=0 if call.route in READ_FIRST else counted.statements)
        return answer.without_clocks() if call.route.startswith(TIMED) else answer


class _Counted:
    """How many statements were sent to the database inside, those around transactions left out."""

    def __init__(self) -> None:
        self.statements = 0
        self._wrapping = connection.execute_wrapper(self._count)

    def _count(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self.statements += not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))
        return execute(sql, *rest)

    def __enter__(self) -> "_Counted":
        self._wrapping.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._wrapping.__exit__(*raised)


def _encoded(call: Call) -> dict[str, Any]:
    if call.method in ("GET", "HEAD", "OPTIONS", "DELETE"):
        return {}
    if call.is_form:
        form = urlencode(orjson.loads(call.body), doseq=True)
        return {"data": form, "content_type": "application/x-www-form-urlencoded"}
    return {"data": call.body, "content_type": "application/json"}


def _host() -> str:
    hosts = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    return hosts[0] if hosts else "localhost"


def answer_of(response: Any) -> Answer:
    """A response without what differs between equal ones."""
    content = b"".join(response) if response.streaming else response.content
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
    if own := response.headers.get("X-Request-ID"):
        body = body.replace(own, "…")  # pages of errors show it
    return Answer(response.status_code, tuple(sorted(headers + cookies)), body)


Answers = dict[tuple[str, Call], Answer]


def ask_all(askers: Iterable[Asker], calls: Iterable[Call], *, before: Callable[[], None] = lambda: None) -> Answers:
    """Every call by every asker; `before` is called before each."""
    calls, found = list(calls), {}
    logging.disable(logging.CRITICAL)  # refusals are what is asked for
    try:
        for asker in askers:
            for call in calls:
                before()
                found[asker.name, call] = asker.ask(call)
    finally:
        logging.disable(logging.NOTSET)
    return found
