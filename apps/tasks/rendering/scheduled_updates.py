"""A scheduled update as a reader of its task sees it."""

from django.utils.translation import gettext as _

from apps.core.json_types import JsonObject
from apps.core.timestamps import format_timestamp
from apps.tasks import access
from apps.tasks.access import TaskPermissions
from apps.tasks.models import ScheduledUpdate


def render_scheduled_update(permissions: TaskPermissions, update: ScheduledUpdate) -> JsonObject:
    """As the API renders it; refusal and typed input are whole only for a reader who sees all that they are about."""
    error, whole = update.error, access.sees_whole_update(permissions, update)
    if error is not None and not whole:
        error = {**error, "detail": _("It was not possible then."), "errors": []}
    return {
        "id": str(update.pk),
        "task": str(update.task_id),
        "at": format_timestamp(update.at),
        "set": access.visible_part_of_update(permissions, update),
        "transition": update.transition,
        "input": update.input if whole else {},
        "created_by": update.created_by,
        "state": update.state,
        "error": error,
        "created_at": format_timestamp(update.created_at),
        "ended_at": format_timestamp(update.ended_at),
    }
