"""Every write to tasks, by noun. Each service authorises, locks, writes conditionally and records its event, in one
transaction; it takes the actor first, raises only `core.errors`, and knows no surface."""

from .answers import (
    claim_handover,
    decline_handover,
    ended_words,
    get_handover,
    get_receipt,
    read_handover,
    release_handover,
    save_draft,
    submit_handover,
    submit_handovers,
    take_next,
    withdraw_handover,
)
from .attachments import attach, remove_attachment
from .attempts import retry_task
from .bulk import create_tasks
from .create import create_task, fields_to_give
from .edit import edit_task, preview_privacy, reachable_stages, unset_fields
from .exposure import Exposure
from .files import Received, receive
from .glass import MOST_MINUTES, break_glass, look_of, mend_glass
from .handovers import hand_over, take_over
from .migrating import get_migration, migrate_type
from .move import move_task, preview_move
from .notes import add_note
from .outcome import cancel_task, complete_task, reopen_task, start_task
from .passing import delegate_handover, resolve_handover
from .planning import drop_scheduled_update, get_scheduled_update, list_scheduled_updates, schedule_update
from .relations import add_link, grant, revoke_grant, unwatch, watch

__all__ = [
    "MOST_MINUTES",
    "Exposure",
    "Received",
    "add_link",
    "add_note",
    "attach",
    "break_glass",
    "cancel_task",
    "claim_handover",
    "complete_task",
    "create_task",
    "create_tasks",
    "decline_handover",
    "delegate_handover",
    "drop_scheduled_update",
    "edit_task",
    "ended_words",
    "fields_to_give",
    "get_handover",
    "get_migration",
    "get_receipt",
    "get_scheduled_update",
    "grant",
    "hand_over",
    "list_scheduled_updates",
    "look_of",
    "mend_glass",
    "migrate_type",
    "move_task",
    "preview_move",
    "preview_privacy",
    "reachable_stages",
    "read_handover",
    "receive",
    "release_handover",
    "remove_attachment",
    "reopen_task",
    "resolve_handover",
    "retry_task",
    "revoke_grant",
    "save_draft",
    "schedule_update",
    "start_task",
    "submit_handover",
    "submit_handovers",
    "take_next",
    "take_over",
    "unset_fields",
    "unwatch",
    "watch",
    "withdraw_handover",
]
