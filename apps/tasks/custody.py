"""Who may write a task now: exactly one holder at any moment.

`access/fields.py` enforces it for each field and caller; workers write through the queue, with their lease's token.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from apps.actors.models import Application
from apps.containers.type_document.spec import spec_of

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
    """Why nobody but the holder may write fields now, in people's words; "" when no lease and no handover is open."""
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

    While a worker holds a lease that is the application, which writes through the queue alone. Empty where the field
    is locked to all. `known` are the reader's audiences: other users and teams are left out.
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
    references = {owner.reference if owner and who == "application" else who for who in writers}
    return tuple(sorted(who for who in references if who in OPEN_AUDIENCES or who == _reference(owner) or who in known))


OPEN_AUDIENCES = frozenset(("everyone", "reporter", "assignee", "contributor", "manager"))


def _reference(owner: Application | None) -> str | None:
    return owner.reference if owner else None


def owner_title(task: Task) -> str:
    """Who owns the task, to begin a sentence with."""
    application = task.container.application
    return application.title if application else "The container's people"


def owner_words(task: Task) -> str:
    """Who may change what the owner may, within a sentence."""
    application = task.container.application
    return application.title if application else "the container's contributors"
