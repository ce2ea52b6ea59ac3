"""Who may write a task now: exactly one holder at any moment (domain: custody)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .models import Handover, Task

Holder = Literal["lease", "handover", "application", "people"]


@dataclass(frozen=True)
class Custody:
    """The holder, the reference of who that is (None for people at large), and until when at the latest."""

    holder: Holder
    who: str | None
    until: datetime | None = None


def custody_of(task: Task, handover: Handover | None) -> Custody:
    """The one holder: a worker's lease, the open handover, else the owner."""
    owner = task.container.application
    if task.is_leased:
        return Custody("lease", owner.reference if owner else None, task.lease_expires_at)
    if handover is not None:
        who = handover.claimed_by.reference if handover.claimed_by else handover.to
        return Custody("handover", who, handover.due_at)
    return Custody("application", owner.reference) if owner else Custody("people", None)


def lock_reason(task: Task, handover: Handover | None) -> str:
    """Why the owner may not write fields now, in people's words; "" when it may."""
    if task.has_ended:
        return "The task has ended."
    if task.is_leased:
        return f"{owner_title(task)} is working on it."
    if handover is not None:
        person = handover.claimed_by or handover.to_user
        who = person.display_name if person else f"the {handover.to_team} team"
        return f"Being answered by {who}."
    return ""


def owner_title(task: Task) -> str:
    """Who owns the task, for sentences."""
    application = task.container.application
    return application.title if application else "The container's people"


def owner_words(task: Task) -> str:
    """Who owns the task, for sentences."""
    application = task.container.application
    return application.title if application else "the container's contributors"
