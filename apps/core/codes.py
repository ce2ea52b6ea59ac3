"""The closed list of codes by which programs tell refusals apart, and what each of them means.

`docs/errors.md` and the page at `PAGE` show this list; `type` of a problem document leads to its entry there.
"""

from enum import StrEnum
from typing import NamedTuple

from django.conf import settings

PAGE = "/api/v1/errors"
"""Where TaskHub serves the list."""


class Code(StrEnum):
    """What `code` of a refusal can be. A new one needs its meaning below and its line in `docs/errors.md`."""

    INVALID = "invalid"
    UNKNOWN_FIELD = "unknown_field"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    REQUEST_TIMEOUT = "request_timeout"
    CONFLICT = "conflict"
    ALREADY_ENDED = "already_ended"
    ALREADY_ANSWERED = "already_answered"
    LEASE_SUPERSEDED = "lease_superseded"
    CONFIRM_WIDEN = "confirm_widen"
    PAUSED = "paused"
    PLAN_CHANGED = "plan_changed"
    VERSION_MISMATCH = "version_mismatch"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    SCHEMA_VIOLATION = "schema_violation"
    IDEMPOTENCY_MISMATCH = "idempotency_mismatch"
    TOO_BROAD = "too_broad"
    RATE_LIMITED = "rate_limited"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


class Meaning(NamedTuple):
    """The HTTP status of a code, when it is answered, and what its reader does."""

    status: int
    when: str
    advice: str


MEANINGS: dict[Code, Meaning] = {
    Code.INVALID: Meaning(
        400, "The body or a parameter has the wrong shape, or names something that you do not see.", "Mend it."
    ),
    Code.UNKNOWN_FIELD: Meaning(
        400, "A key or field does not exist, or is hidden from you.", "Leave it out; look for a typing error."
    ),
    Code.UNAUTHENTICATED: Meaning(
        401, "There is no key, or it is wrong, expired or revoked.", "Send another key, or sign in."
    ),
    Code.FORBIDDEN: Meaning(
        403,
        "You see it, but may not do this. An entry `locked` is a field that is not yours to write now.",
        "Do not repeat it. `GET /tasks/{id}/custody` says who may.",
    ),
    Code.NOT_FOUND: Meaning(404, "It is not there, or hidden from you.", "Do not repeat it."),
    Code.METHOD_NOT_ALLOWED: Meaning(
        405, "The address exists, but does not take this method.", "Use one of the methods in `Allow`."
    ),
    Code.REQUEST_TIMEOUT: Meaning(408, "The body came too slowly.", "Repeat the call."),
    Code.CONFLICT: Meaning(
        409, "The state does not allow it now, or somebody else was faster.", "Read it again, then decide."
    ),
    Code.ALREADY_ENDED: Meaning(409, "The task has ended.", "There is nothing left to do; to begin again, reopen it."),
    Code.ALREADY_ANSWERED: Meaning(
        409,
        "The question with this key was answered before.",
        "Go on with that answer: it is in `errors[0].detail`, as JSON.",
    ),
    Code.LEASE_SUPERSEDED: Meaning(
        409, "The lease is no longer current: another worker or a person has the task.", "Stop, and write nothing."
    ),
    Code.CONFIRM_WIDEN: Meaning(
        409,
        "More people would see it; `gains` and `loses` name them.",
        "Ask whether that is meant, then repeat with `confirm_widen: true`.",
    ),
    Code.PAUSED: Meaning(
        409,
        "The function is paused: nothing of it runs now.",
        "Wait until it is resumed. A task that you make meanwhile waits for that.",
    ),
    Code.PLAN_CHANGED: Meaning(
        409,
        "An operation would not do what was planned: tasks came or went, or the plan is older than 15 minutes.",
        "Look at the new counts, then begin it with the new `plan` that the answer has.",
    ),
    Code.VERSION_MISMATCH: Meaning(
        412, "It has changed since you read the version that you name.", "Read it again, then decide."
    ),
    Code.TOO_LARGE: Meaning(413, "The body or a file is larger than allowed.", "Send less."),
    Code.UNSUPPORTED_MEDIA_TYPE: Meaning(
        415, "The body is not of a media type that this call takes.", "Send JSON, or what the document names."
    ),
    Code.SCHEMA_VIOLATION: Meaning(
        422, "Values do not fit the schema of the task's type.", "Mend the values that `errors` names."
    ),
    Code.IDEMPOTENCY_MISMATCH: Meaning(
        422,
        "The `Idempotency-Key` or `claim_id` was used with another body.",
        "Use a new key for a new intention.",
    ),
    Code.TOO_BROAD: Meaning(
        422,
        "The list would read too many tasks: by a filter or in an order that no index serves.",
        "Narrow it down: name a container, a status, a type.",
    ),
    Code.RATE_LIMITED: Meaning(429, "You call too often.", "Wait for `Retry-After` seconds, then repeat."),
    Code.INTERNAL: Meaning(
        500, "TaskHub made a mistake.", "Give `X-Request-Id` to the operator; repeat with the same key and body."
    ),
    Code.UNAVAILABLE: Meaning(
        503,
        "TaskHub cannot answer now.",
        "Wait for `Retry-After` seconds, then repeat with the same key and body.",
    ),
}

BY_STATUS: dict[int, Code] = {meaning.status: code for code, meaning in reversed(MEANINGS.items())}
"""The general code of each status: the first of its codes in the list."""

DETAIL_CODES: dict[str, str] = {
    "invalid": "The value is not allowed here.",
    "required": "It is missing.",
    "null": "It must not be null.",
    "blank": "It must not be empty.",
    "max_length": "It is too long, or has too many members.",
    "min_length": "It has too few members.",
    "min_value": "It is less than allowed.",
    "max_value": "It is more than allowed.",
    "invalid_choice": "It is none of the values that are allowed.",
    "not_a_list": "It must be a list.",
    "not_a_dict": "It must be an object.",
    "unknown_field": "There is no such key or field.",
    "locked": "The field exists for you, but cannot be written now; `detail` says why.",
    "forbidden": "It is not yours to do.",
    "conflict": "It is taken.",
    "schema_violation": "It does not fit the schema of the type.",
    "already_answered": "`detail` is the answer, as JSON.",
    "too_large": "It has too many bytes or members.",
    "changed": "This part has changed since you looked.",
    "gone": "In a migration: the field is gone and has a value.",
    "taken": "In a migration: the field that it becomes has a value already.",
    "held": "In a migration: a worker or a person has the task.",
    "stage": "In a migration: the stage is gone.",
    "too_wide": "In a migration: the privacy is wider than the type allows.",
    "unreadable": "The stored value cannot be read now.",
    "pushed": "Workers cannot claim tasks of a push function.",
    "invalid_json": "The body is not JSON.",
    "invalid_text": "The text cannot be stored: not UTF-8, NUL, or half of a surrogate pair.",
    "number_out_of_range": "The number is not finite or too large to be exact.",
    "duplicate_key": "The key is there twice.",
    "too_deep": "It is nested too deeply.",
}
"""What `code` of an entry in `errors` can be, besides the codes of refusals and the keywords of JSON Schema."""


def type_of(code: str) -> str:
    """The `type` of a problem document: the address of the code's entry on this TaskHub."""
    return f"{settings.BASE_URL}{PAGE}#{code}"
