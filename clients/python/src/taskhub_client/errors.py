"""Refusals of TaskHub as exceptions: one class for each code of its problem documents (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with what was sent; `pointer` is a JSON Pointer into it, "" is all of it."""

    pointer: str
    code: str
    detail: str

    def __str__(self) -> str:
        return f"{self.pointer or 'body'}: {self.detail}"


class TaskHubError(Exception):
    """Base of all errors of calls to TaskHub."""


class Unreachable(TaskHubError):
    """No answer came in all the time that was allowed. Whether the call took effect is not known."""


class Refused(TaskHubError):
    """TaskHub refused the call. Its class and `code` name the reason.

    `request_id` finds the call in the logs of TaskHub.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        *,
        status: int = 0,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        self.status = int(document.get("status") or status)
        self.code = str(document.get("code") or "unknown")
        self.detail = str(document.get("detail") or document.get("title") or "The answer is not one of TaskHub's.")
        self.errors = tuple(_problems(document.get("errors") or ()))
        self.retry_after, self.request_id = retry_after, request_id
        super().__init__(self.detail)

    def __str__(self) -> str:
        more = [str(problem) for problem in self.errors if problem.pointer or problem.detail != self.detail]
        text = "; ".join([f"{self.status} {self.code}: {self.detail}", *more])
        return f"{text} (request {self.request_id})" if self.request_id else text


class Unauthenticated(Refused):
    """No key, or one that is wrong, expired or revoked."""


class Forbidden(Refused):
    """There, but not yours to do; `locked` in `errors` names fields that are locked now."""


class NotFound(Refused):
    """Absent, or hidden from you: the two read the same."""


class Invalid(Refused):
    """The body or a parameter has the wrong shape."""


class Conflict(Refused):
    """The state does not allow it now."""


class LeaseLost(Conflict):
    """The task is no longer this worker's: its lease was superseded, or it has ended. Stop working on it."""


class AlreadyAnswered(Conflict):
    """A handover with this key was answered before; `answer` is that answer, as `answers` of a claimed task."""

    def __init__(self, document: Mapping[str, Any], **more: Any) -> None:
        super().__init__(document, **more)
        self.answer = _answer(document.get("errors") or ())


class VersionMismatch(Refused):
    """It was changed since the version named by `if_match`."""


class SchemaViolation(Refused):
    """Values that the type's schema does not allow."""


class IdempotencyMismatch(Refused):
    """The key was used before, with another body."""


class RateLimited(Refused):
    """Too many calls; `retry_after` is when to call again, in seconds."""


class Unavailable(Refused):
    """TaskHub cannot answer now."""


BY_CODE: dict[str, type[Refused]] = {
    "unauthenticated": Unauthenticated,
    "forbidden": Forbidden,
    "not_found": NotFound,
    "invalid": Invalid,
    "unknown_field": Invalid,
    "conflict": Conflict,
    "already_answered": AlreadyAnswered,
    "already_ended": Conflict,
    "confirm_widen": Conflict,
    "plan_changed": Conflict,
    "paused": Conflict,
    "lease_superseded": LeaseLost,
    "version_mismatch": VersionMismatch,
    "too_large": Invalid,
    "method_not_allowed": Invalid,
    "request_timeout": Unavailable,
    "internal": Refused,
    "unsupported_media_type": Invalid,
    "schema_violation": SchemaViolation,
    "idempotency_mismatch": IdempotencyMismatch,
    "too_broad": Invalid,
    "rate_limited": RateLimited,
    "unavailable": Unavailable,
}
BY_STATUS: dict[int, type[Refused]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: VersionMismatch,
    429: RateLimited,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


def refusal(
    document: object, *, status: int, retry_after: float | None = None, request_id: str | None = None
) -> Refused:
    """The error that an answer stands for, also an answer that TaskHub did not write (a proxy's page)."""
    known = document if isinstance(document, Mapping) else {}
    kind = BY_CODE.get(str(known.get("code"))) or BY_STATUS.get(status, Refused)
    return kind(known, status=status, retry_after=retry_after, request_id=request_id)


def _problems(entries: Iterable[object]) -> Iterable[Problem]:
    for entry in entries:
        if isinstance(entry, Mapping):
            yield Problem(*(str(entry.get(name) or "") for name in ("pointer", "code", "detail")))


def _answer(entries: Iterable[object]) -> dict[str, Any] | None:
    """The answer in the first entry: an object, or one written as text."""
    for entry in entries:
        detail = entry.get("detail") if isinstance(entry, Mapping) else None
        try:
            detail = json.loads(detail) if isinstance(detail, str) else detail
        except ValueError:
            continue
        if isinstance(detail, Mapping) and "action" in detail:
            return dict(detail)
    return None
