"""The one error tree: what services raise and surfaces render (RFC 9457 over REST, a sentence in pages)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


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
    """Base of everything a service refuses. `code` is part of the REST contract, `detail` is for people."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Error"
    default_code: ClassVar[str] = "error"

    def __init__(self, detail: str = "", *, code: str | None = None, errors: Sequence[Problem] = ()) -> None:
        self.detail = str(detail) or self.title
        self.code = code or self.default_code
        self.errors = list(errors)
        super().__init__(self.detail)

    def as_json(self) -> dict[str, object]:
        """The problem document without its `instance`."""
        return {
            "type": f"urn:taskhub:error:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "errors": [problem.as_json() for problem in self.errors],
        }


class Unauthenticated(TaskHubError):
    """Nobody, or a key that is wrong, expired or revoked."""

    status, title, default_code = 401, "Sign in", "unauthenticated"


class Forbidden(TaskHubError):
    """Visible to the actor, but not theirs to do. What is hidden raises NotFound instead."""

    status, title, default_code = 403, "Not allowed", "forbidden"


class NotFound(TaskHubError):
    """Absent, or hidden from the actor: the two must read the same."""

    status, title, default_code = 404, "Not found", "not_found"

    def __init__(self, detail: str = "There is nothing here.") -> None:
        super().__init__(detail)


class Invalid(TaskHubError):
    """A body or parameter of the wrong shape; code `unknown_field` for keys that do not exist."""

    status, title, default_code = 400, "Invalid input", "invalid"

    @classmethod
    def at(cls, pointer: str, detail: str, *, code: str = "invalid") -> "Invalid":
        """One problem at one place."""
        return cls(detail, code=code, errors=[Problem(pointer, code, detail)])


class SchemaViolation(TaskHubError):
    """Field values that the type's schema does not allow."""

    status, title, default_code = 422, "Values do not fit", "schema_violation"


class IdempotencyMismatch(TaskHubError):
    """A key that was used before, with another body."""

    status, title, default_code = 422, "Key used for something else", "idempotency_mismatch"


class Conflict(TaskHubError):
    """The state does not allow it now; codes `lease_superseded` and `already_ended` say more."""

    status, title, default_code = 409, "Conflict", "conflict"


class Widens(Conflict):
    """A change that lets people see something, or more of it, and was not confirmed: who would gain, and who lose."""

    default_code = "confirm_widen"

    def __init__(
        self, detail: str, *, gains: Sequence[Mapping[str, object]], loses: Sequence[Mapping[str, object]]
    ) -> None:
        super().__init__(detail, errors=[Problem("/confirm_widen", "required", detail)])
        self.gains, self.loses = list(gains), list(loses)

    def as_json(self) -> dict[str, object]:
        return {**super().as_json(), "gains": self.gains, "loses": self.loses}


class VersionMismatch(TaskHubError):
    """If-Match named a version that is no longer the current one."""

    status, title, default_code = 412, "Changed meanwhile", "version_mismatch"


class TooLarge(TaskHubError):
    """A body over its limit."""

    status, title, default_code = 413, "Too large", "too_large"


class LimitExceeded(TaskHubError):
    """Too many requests; `retry_after` is in seconds."""

    status, title, default_code = 429, "Too many requests", "rate_limited"

    def __init__(self, detail: str = "", *, retry_after: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(TaskHubError):
    """TaskHub cannot answer now: the database is away or overloaded."""

    status, title, default_code = 503, "Unavailable", "unavailable"
