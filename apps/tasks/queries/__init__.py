"""Every read that joins or aggregates, by noun. Each starts from what exists for the actor."""

from .boards import DONE_DAYS, Lane, board
from .counts import COUNTED_TO
from .files import attachments, get_attachment, open_attachment
from .handovers import (
    answered_by,
    get_handover,
    get_receipt,
    handover_history,
    handovers_for,
    inbox,
    inbox_count,
    read_handover,
    waiting_on_me,
    waiting_on_teams,
)
from .relations import grants, leads_to, links, links_and_family, links_between, notes, related, visible_links
from .scheduled_updates import get_scheduled_update, list_scheduled_updates
from .tasks import (
    InboxTab,
    asked_for,
    attempts,
    break_glass_of,
    followed,
    loaded,
    newest_attempt,
    of_person,
    permissions_of,
    tasks_for,
)
from .type_migrations import candidates, get_migration, held_tasks, old_tasks, old_versions, tasks_left

__all__ = [
    "COUNTED_TO",
    "DONE_DAYS",
    "InboxTab",
    "Lane",
    "answered_by",
    "asked_for",
    "attachments",
    "attempts",
    "board",
    "break_glass_of",
    "candidates",
    "followed",
    "get_attachment",
    "get_handover",
    "get_migration",
    "get_receipt",
    "get_scheduled_update",
    "grants",
    "handover_history",
    "handovers_for",
    "held_tasks",
    "inbox",
    "inbox_count",
    "leads_to",
    "links",
    "links_and_family",
    "links_between",
    "list_scheduled_updates",
    "loaded",
    "newest_attempt",
    "notes",
    "of_person",
    "old_tasks",
    "old_versions",
    "open_attachment",
    "permissions_of",
    "read_handover",
    "related",
    "tasks_for",
    "tasks_left",
    "visible_links",
    "waiting_on_me",
    "waiting_on_teams",
]
