"""Who may change a task's properties and move it between stages."""

from django.utils.translation import gettext as _

from apps.core.codes import Code
from apps.core.errors import Conflict, Forbidden, Problem
from apps.core.json_types import JsonMapping
from apps.tasks.custody import owner_words

from .permissions import TaskPermissions


def goes_by_transitions(permissions: TaskPermissions) -> bool:
    """Whether the actor moves the task by the type's transitions alone: everybody but its owner."""
    return bool(permissions.spec.manual) and not permissions.is_owner


def require_editor(permissions: TaskPermissions, changes: JsonMapping) -> None:
    """Raises Forbidden (not the actor's to change), Conflict (the task has ended)."""
    by_transition = goes_by_transitions(permissions)
    free = {"fields", "stage"} if by_transition else {"fields"}
    refused = [name for name in changes if name not in free] if not permissions.is_asker else []
    if refused:
        reason = _("Only %(owner)s can change this.") % {"owner": owner_words(permissions.task)}
        raise Forbidden(reason, errors=[Problem(f"/{name}", "locked", reason) for name in refused])
    moves = by_transition and set(changes) == {"stage"}
    closed = permissions.task.has_ended and not permissions.task.container.is_peoples and not moves
    if closed:
        raise Conflict(_("The task has ended."), code=Code.ALREADY_ENDED)
