"""Who may write a task now: exactly one holder at any moment (domain: custody)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from apps.actors.models import Application
from apps.containers.spec import spec_of

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


def writers_now(
    task: Task, handover: Handover | None, name: str, *, asked: Collection[str], known: Collection[str]
) -> tuple[str, ...]:
    """Who may write the field now: references, or the audiences reporter, assignee, contributor, manager, everyone.

    Nobody where it is locked to all. Single users and teams that a type names are told only to those `known` audiences.
    """
    owner = task.container.application
    if handover is not None and not task.has_ended:
        answers = handover.claimed_by.reference if handover.claimed_by else handover.to
        return (answers,) if name in asked else ()
    if task.has_ended:
        return ()
    writers = spec_of(task.type_version).writers(name, task.stage, peoples=task.container.is_peoples)
    if task.is_leased:
        writers &= {"application"}
    said = {owner.reference if owner and who == "application" else who for who in writers}
    return tuple(sorted(who for who in said if who in OPEN_AUDIENCES or who == _reference(owner) or who in known))


OPEN_AUDIENCES = frozenset(("everyone", "reporter", "assignee", "contributor", "manager"))


def _reference(owner: Application | None) -> str | None:
    return owner.reference if owner else None


def owner_title(task: Task) -> str:
    """Who owns the task, for sentences."""
    application = task.container.application
    return application.title if application else "The container's people"


def owner_words(task: Task) -> str:
    """Who owns the task, for sentences."""
    application = task.container.application
    return application.title if application else "the container's contributors"
