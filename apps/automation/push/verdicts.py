"""What an answer means. Pure: a reply in, a verdict out.

200 completes with the JSON that it says, 202 accepts, and all else is an error: recoverable are 408, 425, 429, 5xx, no
answer in time and no connection. What was answered as done but cannot be stored is not repeated: it may have been done.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.http import parse_http_date_safe
from django.utils.translation import gettext as _

from apps.automation.functions.retry_policy import LONGEST_WISH
from apps.core import strict_json
from apps.core.egress import Refused, Reply, TimedOut
from apps.core.errors import TaskHubError
from apps.core.shapes import Problems
from apps.tasks.bodies import ERROR

RECOVERABLE = frozenset({408, 425, 429})
KIND = "push"
"""The `type` of every error that is not the application's own."""


@dataclass(frozen=True)
class Completed:
    """Done, with this result."""

    result: Any


@dataclass(frozen=True)
class Accepted:
    """Under way: the application reports by itself."""


@dataclass(frozen=True)
class Failed:
    """An error as workers report it."""

    error: dict[str, Any]


Verdict = Completed | Accepted | Failed


def of_reply(reply: Reply) -> Verdict:
    """What the application answered."""
    if reply.status == 202:
        return Accepted()
    if 200 <= reply.status < 300:
        return _completed(reply)
    recoverable = reply.status in RECOVERABLE or reply.status >= 500
    error = failure(f"http_{reply.status}", _answered(reply.status), recoverable=recoverable)
    error |= {"details": {"status": reply.status}, **_reported_error(reply), "recoverable": recoverable}
    wish = retry_after(reply.headers)
    return Failed({**error, "retry_after_seconds": wish} if wish is not None else error)


def of_exception(error: Exception) -> Failed:
    """What it means that there was no answer: `Refused`, `TimedOut` or `Unreachable`."""
    if isinstance(error, Refused):
        return Failed(failure("address_refused", str(error), recoverable=False))
    if isinstance(error, TimedOut):
        return Failed(failure("timed_out", _("The function did not answer in time."), recoverable=True))
    return Failed(failure("no_connection", _("The function could not be reached."), recoverable=True))


def failure(name: str, message: str, *, recoverable: bool) -> dict[str, Any]:
    """An error that TaskHub finds by itself."""
    return {"name": name, "type": KIND, "message": message, "recoverable": recoverable}


def _answered(status: int) -> str:
    if 300 <= status < 400:
        return _("The function answered %(status)s: redirects are not followed.") % {"status": status}
    return _("The function answered %(status)s.") % {"status": status}


def _completed(reply: Reply) -> Verdict:
    if reply.truncated:
        return Failed(failure("answer_too_large", _("The function's answer is too large."), recoverable=False))
    if not reply.body.strip():
        return Completed(None)
    try:
        return Completed(strict_json.parse(reply.body))
    except TaskHubError as error:
        return Failed(
            failure("bad_answer", _("The function's answer cannot be read: ") + error.detail, recoverable=False)
        )


def _reported_error(reply: Reply) -> dict[str, object]:
    """The error as the application reports it, `{"error": {…}}`, as far as it is well formed; else nothing."""
    try:
        body = strict_json.parse(reply.body) if not reply.truncated else None
    except TaskHubError:
        return {}
    problems: Problems = []
    error: Any = ERROR.read(body.get("error") if isinstance(body, dict) else None, "", problems)
    return {} if problems else {"message": "", **error}


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Seconds that `Retry-After` asks for, as a number or a date, at most a day; None if it says neither."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return min(int(text[:9]), LONGEST_WISH)
    timestamp = parse_http_date_safe(text)
    return None if timestamp is None else max(0, min(timestamp - int(time.time()), LONGEST_WISH))
