"""The layer around the WSGI application that disturbs calls of the worker protocol."""

import io
import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from apps.core import shutdown
from taskhub.rehearsal.chaos import rules
from taskhub.rehearsal.chaos.book import OUTCOMES, Book, Call, Lease, digest_of
from taskhub.rehearsal.chaos.plan import Plan

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

API = "/api/v1"
PROTOCOL = re.compile(
    rf"{API}/(?:queue/(claim|heartbeat|complete|fail|release|confirm-cancel)|tasks/[^/]+/(hand-over|notes))"
)
REPORT = "/chaos"
BESIDE = frozenset({"hand-over", "notes"})
LOSABLE = OUTCOMES | {"claim", "heartbeat"}
TAKEN_AT = frozenset({"heartbeat", "complete", "fail", "hand-over"})


class AnswerLostError(Exception):
    """Ends the connection in the place of an answer."""


@dataclass(frozen=True)
class Answer:
    """What the application answered."""

    status: str
    headers: list[tuple[str, str]]
    content: bytes

    def document(self) -> dict[str, Any]:
        """Its JSON object; empty if it is none."""
        try:
            result = json.loads(self.content)
        except ValueError:
            return {}
        return result if isinstance(result, dict) else {}


class Chaos:
    """Disturbs calls by its plan, and records in its book what happens. `GET /chaos` answers the report so far."""

    def __init__(self, application: Application, plan: Plan) -> None:
        self.application, self.plan, self.book = application, plan, Book(plan.patience)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == REPORT:
            start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")])
            return [self.report().text.encode()]
        result = PROTOCOL.fullmatch(path)
        if environ["REQUEST_METHOD"] != "POST" or not result:
            return self.application(environ, start_response)
        return self._disturbed(result[1] or result[2], environ, start_response)

    def report(self) -> rules.Report:
        """What is known by now."""
        return rules.report(self.book, self.plan)

    def conclude(self, path: Path) -> None:
        """Write the last report for the process that started this one; a worker that has just ended is waited for."""
        time.sleep(self.book.seconds_until(rules.QUIET))
        report = self.report()
        path.write_text(json.dumps({"code": report.code, "text": report.text}))

    # --- one call -----------------------------------------------------------------------------------

    def _disturbed(self, action: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        call = _call(action, environ, content)
        if call is None or call.body.get("draining"):
            return _send(self._process(environ, content), start_response)
        if action == "claim":
            answer, lost = self._claim(call, environ, content)
        else:
            answer, lost = self._write(call, environ, content)
        return _lose(start_response) if lost else _send(answer, start_response)

    def _claim(self, call: Call, environ: Environ, content: bytes) -> tuple[Answer, bool]:
        """New leases may get a cancel at once; an answer that is lost has tasks in it."""
        self.book.claim_begins(call)
        answer = self._process(environ, content)
        tasks = answer.document().get("tasks") or []
        if tasks and call.body.get("claim_id") and self._strikes("double", "claim"):
            answer = self._process(environ, content)
            tasks = answer.document().get("tasks") or []
        for task in tasks:
            task["lease"]["seconds"] = _seconds_to(task["lease"]["expires_at"])
        lost = bool(tasks) and self._strikes("lose", "claim")
        server_ends = shutdown.stopping.is_set()
        for lease in self.book.claim_ends(call, tasks, lost=lost, server_ends=server_ends):
            self._disturb_lease(lease, environ)
        return answer, lost

    def _write(self, call: Call, environ: Environ, content: bytes) -> tuple[Answer, bool]:
        """A lease may be ended before its worker writes; then the write is refused."""
        if call.action in TAKEN_AT:
            for lease in self.book.due_to_end(call):
                self._take(lease, environ)
        self.book.record_write(call)
        answer = self._process(environ, content)
        if call.action not in BESIDE and self._strikes("double", call.action):
            answer = self._process(environ, content)
        lost = call.action in LOSABLE and self._strikes("lose", call.action)
        self.book.record_answers(call, _results(call, answer), lost=lost)
        return answer, lost

    def _disturb_lease(self, lease: Lease, environ: Environ) -> None:
        """A cancel is asked for now; an early end comes before the first write. Each task gets one of them, once."""
        if self.book.was_disturbed(lease.task):
            return
        if self._strikes("cancel", "lease"):
            self._call(environ, f"/tasks/{lease.task}/cancel", {})
            lease.canceled = True
        elif self._strikes("take", "lease"):
            lease.to_be_ended = True

    def _take(self, lease: Lease, environ: Environ) -> None:
        """Ends a lease early: to its worker it looks as if it had expired and the task were with somebody else."""
        item = {"task": lease.task, "token": lease.token}
        results = self._call(environ, "/queue/release", {"leases": [item]}).get("results") or [{}]
        lease.taken = bool(results[0].get("ok"))

    def _strikes(self, kind: str, what: str) -> bool:
        struck = self.plan.strikes(kind, what)
        self.book.counts[kind] += struck
        return struck

    # --- the application ----------------------------------------------------------------------------

    def _process(self, environ: Environ, content: bytes) -> Answer:
        seen: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            seen[:] = [status, headers]

        parts = self.application(
            {**environ, "wsgi.input": io.BytesIO(content), "CONTENT_LENGTH": str(len(content))}, start_response
        )
        try:
            body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close:
                close()
        return Answer(seen[0], seen[1], body)

    def _call(self, environ: Environ, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A call of our own with the worker's key."""
        like = {name: value for name, value in environ.items() if name != "HTTP_IDEMPOTENCY_KEY"}
        return self._process(
            {**like, "PATH_INFO": API + path, "QUERY_STRING": ""}, json.dumps(body).encode()
        ).document()


def _call(action: str, environ: Environ, content: bytes) -> Call | None:
    """The call; None for one that is no JSON object or, beside the queue, names no lease."""
    try:
        body = json.loads(content or b"{}")
    except ValueError:
        return None
    if not isinstance(body, dict) or (action in BESIDE and not body.get("lease_token")):
        return None
    caller = f"the holder of key {digest_of(environ.get('HTTP_AUTHORIZATION'))[:6]}"
    return Call(action, body, caller, time.monotonic())


def _results(call: Call, answer: Answer) -> list[dict[str, Any]]:
    """One entry for each lease that the call names; none if all of it was refused."""
    document = answer.document()
    if "lease_token" in call.body:
        return [{"ok": answer.status.startswith("2"), "code": document.get("code")}]
    results = document.get("results") or []
    for result in results:
        if result.get("expires_at"):
            result["seconds"] = _seconds_to(result["expires_at"])
    return results


def _seconds_to(text: str) -> float:
    return (datetime.fromisoformat(text) - datetime.now(UTC)).total_seconds()


def _send(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    start_response(answer.status, answer.headers)
    return [answer.content]


def _lose(start_response: StartResponse) -> Iterable[bytes]:
    """The web server closes the connection when the body of an answer breaks off."""
    start_response("200 OK", [("Content-Length", "1")])
    return Cut()


class Cut:
    """A body that breaks off before its first byte."""

    def __iter__(self) -> "Cut":
        return self

    def __next__(self) -> bytes:
        raise AnswerLostError
