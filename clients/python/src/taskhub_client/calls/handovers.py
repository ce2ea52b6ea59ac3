"""Calls about handovers: asking people, and answering for one of them."""

from __future__ import annotations

from typing import Any

from taskhub_client.protocol import Call
from taskhub_client.shapes import Handover, JsonObject, Page, Receipt

from . import spelling


def hand_over(task: str, to: str, **body: Any) -> Call[Handover]:
    """Ask `user:NAME`, `team:SLUG` or `reporter` (`title`, `message`, `fields`, `actions`, `key`, `lease_token`, …).

    Raises AlreadyAnswered if a question with this `key` was answered before.
    """
    return spelling.post(spelling.path_of("tasks", task, "hand-over"), {"to": to, **spelling.given(body)})


def handovers(**filters: Any) -> Call[Page[Handover]]:
    """The handovers that match (`task`, `state`), newest first, page after page."""
    return spelling.listing("/handovers", filters)


def handover(id: str) -> Call[Handover]:
    """One handover."""
    return spelling.get("handovers", id)


def withdraw_handover(id: str) -> Call[Handover]:
    """Take a question back."""
    return _act(id, "withdraw", {})


def receipt(id: str) -> Call[Receipt]:
    """What the person was shown who answered."""
    return spelling.get("handovers", id, "receipt")


# --- Answering: with the token or session of a person -------------------------------------------------


def inbox() -> Call[Page[Handover]]:
    """The open handovers that the caller may answer, most urgent first, page after page."""
    return spelling.listing("/inbox")


def claim_handover(id: str) -> Call[Handover]:
    """Make it one's own: nobody else can answer it then."""
    return _act(id, "claim", {})


def release_handover(id: str) -> Call[Handover]:
    """Give a claimed handover back to its team."""
    return _act(id, "release", {})


def answer_handover(
    id: str, action: str, *, fields: JsonObject | None = None, comment: str | None = None, version: str | None = None
) -> Call[Handover]:
    """Answer with one of its actions. With the `version` that was read, a change in between is refused."""
    return _act(id, "submit", {"action": action, "fields": fields, "comment": comment, "version": version})


def save_draft(id: str, fields: JsonObject, *, comment: str | None = None) -> Call[Handover]:
    """Store values, and perhaps the comment, for later. Without a comment the stored one stays."""
    body = {"fields": fields} if comment is None else {"fields": fields, "comment": comment}
    return Call("PUT", spelling.path_of("handovers", id, "draft"), spelling.document, body=body)


def decline_handover(id: str, *, comment: str | None = None) -> Call[Handover]:
    """Refuse to answer: the task goes back to the asker."""
    return _act(id, "decline", {"comment": comment})


def delegate_handover(id: str, to: str, *, returns: bool | None = None) -> Call[Handover]:
    """Let somebody else answer; with `returns` they look at it, and it comes back to be decided."""
    return _act(id, "delegate", {"to": to, "returns": returns})


def _act(id: str, action: str, body: JsonObject) -> Call[Any]:
    return spelling.post(spelling.path_of("handovers", id, action), spelling.given(body))
