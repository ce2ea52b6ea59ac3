"""The documents that tasks and handovers store as JSON."""

from typing import NotRequired, TypedDict

from apps.core.json_types import Json, JsonObject


class ErrorDocument(TypedDict):
    """Why a task failed."""

    name: str
    type: str | None
    message: str
    recoverable: bool
    details: Json
    retry_after_seconds: float | None


class TimeoutDocument(TypedDict):
    """What happens when `due_at` of a handover passes without an answer.

    With `due_in` an escalation has so many seconds, and then does its own `on_timeout`.
    """

    do: str
    to: str | None
    action: str | None
    fields: JsonObject
    due_in: NotRequired[int]
    on_timeout: NotRequired["TimeoutDocument | None"]


class AnswerDocument(TypedDict):
    """How a handover was answered, and why it had been opened. Values of secret fields are encrypted."""

    key: str | None
    reason: str
    action: str
    effect: str
    fields: JsonObject
    comment: str
    by: str
    at: str | None
    handover: str


class PastRules(TypedDict):
    """Access rules that a task left at an event: in which container, and who read the fields that not all read."""

    container: str
    readers: dict[str, list[str]]
    sequence: int
    at: str | None


Changes = dict[str, list[Json]]
"""What an event records of changes: name → [old, new]."""
