"""Every write to tasks, by noun. Each service authorises, locks, writes conditionally and records its event, in one
transaction; it takes the actor first, raises only `core.errors`, and knows no surface."""

from .attachments import attach, remove_attachment
from .attempts import retry_task, retry_tasks, waits_for_retry
from .break_glass import MOST_MINUTES, break_glass, end_break_glass
from .bulk import create_tasks
from .change_container import move_task, preview_move
from .create import create_in_unit, create_task, fields_to_give, until_free
from .edit import edit_task, preview_privacy, reachable_stages, unset_fields
from .exposure import Exposure
from .files import Received, receive
from .handovers.answer import (
    claim_handover,
    decline_handover,
    read_answer,
    release_handover,
    save_draft,
    submit_handover,
    submit_handovers,
    take_next,
    withdraw_handover,
)
from .handovers.opening import hand_over, take_over
from .handovers.reassign import delegate_handover, resolve_handover
from .notes import add_note
from .outcome import cancel_task, complete_task, reopen_task, skip_task, start_task
from .relations import add_link, grant, revoke_grant, unwatch, watch
from .scheduled_updates.plan import (
    drop_scheduled_update,
    schedule_update,
)
from .type_migration import migrate_type, render_left

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
    "create_in_unit",
    "create_task",
    "create_tasks",
    "decline_handover",
    "delegate_handover",
    "drop_scheduled_update",
    "edit_task",
    "end_break_glass",
    "fields_to_give",
    "grant",
    "hand_over",
    "migrate_type",
    "move_task",
    "preview_move",
    "preview_privacy",
    "reachable_stages",
    "read_answer",
    "receive",
    "release_handover",
    "remove_attachment",
    "render_left",
    "reopen_task",
    "resolve_handover",
    "retry_task",
    "retry_tasks",
    "revoke_grant",
    "save_draft",
    "schedule_update",
    "skip_task",
    "start_task",
    "submit_handover",
    "submit_handovers",
    "take_next",
    "take_over",
    "unset_fields",
    "until_free",
    "unwatch",
    "waits_for_retry",
    "watch",
    "withdraw_handover",
]
