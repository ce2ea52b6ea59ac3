"""The one error tree: what services raise and surfaces render (RFC 9457 over REST, a sentence in pages)."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from .budgets import PROBLEMS_LISTED
from .codes import Code, type_of


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input. `pointer` is a JSON Pointer (RFC 6901) into it; "" is the whole of it."""

    pointer: str
    code: str
    detail: str

    def under(self, prefix: str) -> "Problem":
        """The same problem seen from an enclosing document, where it lies under `prefix`."""
        return Problem(prefix + self.pointer, self.code, self.detail)

    def as_json(self) -> dict[str, str]:
        """The member of `errors` in a problem document."""
        return {"pointer": self.pointer, "code": self.code, "detail": self.detail}


class TaskHubError(Exception):
    """Base of everything a service refuses. `code` is one of the closed list, `detail` is for people.

    Of `errors` the first hundred are listed. A refusal that must leave a trace has a `trace`, which records it when the
    transaction that was refused is undone (`events/unit_of_work.py`).
    """

    trace: Callable[[], object] | None = None

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Error"
    default_code: ClassVar[Code] = Code.INTERNAL

    def __init__(self, detail: str = "", *, code: Code | None = None, errors: Sequence[Problem] = ()) -> None:
        self.detail = str(detail) or self.title
        self.code = code or self.default_code
        self.errors = list(errors[:PROBLEMS_LISTED])
        super().__init__(self.detail)

    def as_json(self) -> dict[str, object]:
        """The problem document without its `instance`."""
        return {
            "type": type_of(self.code),
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "errors": [problem.as_json() for problem in self.errors],
        }


class Unauthenticated(TaskHubError):
    """Nobody, or a key that is wrong, expired or revoked."""

    status, title, default_code = 401, "Sign in", Code.UNAUTHENTICATED


class Forbidden(TaskHubError):
    """Visible to the actor, but not theirs to do. What is hidden raises NotFound instead."""

    status, title, default_code = 403, "Not allowed", Code.FORBIDDEN


class NotFound(TaskHubError):
    """Absent, or hidden from the actor: the two must read the same."""

    status, title, default_code = 404, "Not found", Code.NOT_FOUND

    def __init__(self, detail: str = "There is nothing here.") -> None:
        super().__init__(detail)


class Invalid(TaskHubError):
    """A body or parameter of the wrong shape; code `unknown_field` for keys that do not exist."""

    status, title, default_code = 400, "Invalid input", Code.INVALID

    @classmethod
    def at(cls, pointer: str, detail: str, *, code: Code = Code.INVALID) -> "Invalid":
        """One problem at one place."""
        return cls(detail, code=code, errors=[Problem(pointer, code, detail)])


class SchemaViolation(TaskHubError):
    """Field values that the type's schema does not allow."""

    status, title, default_code = 422, "Values do not fit", Code.SCHEMA_VIOLATION


class TooBroad(TaskHubError):
    """A list that would have to read too many rows."""

    status, title, default_code = 422, "Too much to read", Code.TOO_BROAD

    @classmethod
    def at(cls, pointer: str, detail: str) -> "TooBroad":
        """The problem is one parameter."""
        return cls(detail, errors=[Problem(pointer, Code.TOO_BROAD, detail)])


class IdempotencyMismatch(TaskHubError):
    """A key that was used before, with another body."""

    status, title, default_code = 422, "Key used for something else", Code.IDEMPOTENCY_MISMATCH


class Conflict(TaskHubError):
    """The state does not allow it now; codes `lease_superseded` and `already_ended` say more."""

    status, title, default_code = 409, "Conflict", Code.CONFLICT


class Widens(Conflict):
    """A change that lets people see something, or more of it, and was not confirmed: who would gain, and who lose."""

    default_code = Code.CONFIRM_WIDEN

    def __init__(
        self, detail: str, *, gains: Sequence[Mapping[str, object]], loses: Sequence[Mapping[str, object]]
    ) -> None:
        super().__init__(detail, errors=[Problem("/confirm_widen", "required", detail)])
        self.gains, self.loses = list(gains), list(loses)

    def as_json(self) -> dict[str, object]:
        return {**super().as_json(), "gains": self.gains, "loses": self.loses}


class PlanChanged(Conflict):
    """What was planned is not what would be done now; `plan` is the new one as a dry run answers it."""

    default_code = Code.PLAN_CHANGED

    def __init__(self, detail: str, plan: Mapping[str, object]) -> None:
        super().__init__(detail, errors=[Problem("/plan", "changed", detail)])
        self.plan = plan

    def as_json(self) -> dict[str, object]:
        return {**super().as_json(), **self.plan}


class VersionMismatch(TaskHubError):
    """If-Match named a version that is no longer the current one."""

    status, title, default_code = 412, "Changed meanwhile", Code.VERSION_MISMATCH


class TooLarge(TaskHubError):
    """A body over its limit."""

    status, title, default_code = 413, "Too large", Code.TOO_LARGE


class LimitExceeded(TaskHubError):
    """Too many requests; `retry_after` is in seconds."""

    status, title, default_code = 429, "Too many requests", Code.RATE_LIMITED

    def __init__(self, detail: str = "", *, retry_after: float = 1.0, quota: int = 0, window: int = 0) -> None:
        super().__init__(detail)
        self.retry_after, self.quota, self.window = retry_after, quota, window

    def headers(self) -> dict[str, str]:
        """When to come back, and what the limit is (RateLimit of the IETF's draft)."""
        wait = math.ceil(self.retry_after)
        headers = {"Retry-After": str(wait)}
        if self.quota:
            headers["RateLimit-Policy"] = f'"writes";q={self.quota};w={self.window}'
            headers["RateLimit"] = f'"writes";r=0;t={wait}'
        return headers


class Unavailable(TaskHubError):
    """TaskHub cannot answer now: the database is away or overloaded."""

    status, title, default_code = 503, "Unavailable", Code.UNAVAILABLE


class errors_under:
    """Moves the pointers of errors raised inside below a prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TaskHubError):
            error.errors = [problem.under(self.prefix) for problem in error.errors]
