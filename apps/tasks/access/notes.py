"""Who may write notes on a task, attach files to it, and remove them."""

from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers.models import Role
from apps.core.errors import Forbidden, Invalid
from apps.tasks.models import Attachment, Note

from .fields import require_visible_field
from .permissions import TaskPermissions
from .visibility import get_task


def may_comment(permissions: TaskPermissions) -> bool:
    """The people of the task: those who work on it, the reporter, and other applications that created it."""
    if permissions.looks_in:
        return False
    actor, task = permissions.actor, permissions.task
    own = actor.is_user and actor.id in (task.reporter_id, task.private_to_id)
    return permissions.works_on_it or own or (actor.is_application and task.created_by_application_id == actor.id)


def require_note_writer(permissions: TaskPermissions, kind: str) -> None:
    """Raises Invalid for an unknown kind, Forbidden unless the actor may write a note of that kind on the task."""
    if kind not in Note.Kind.values:
        raise Invalid.at("/kind", _("A note is a comment or a work_note."))
    if kind == Note.Kind.WORK_NOTE and not permissions.works_on_it:
        raise Forbidden(_("Work notes are for those who work on the task."))
    if not may_comment(permissions):
        raise Forbidden(_("Your role in this container does not allow you to comment."))


def may_remove_attachment(permissions: TaskPermissions, attachment: Attachment) -> bool:
    """The author of the attachment, the task's owner, and managers."""
    return attachment.author == str(permissions.actor) or permissions.is_asker or permissions.has_role(Role.MANAGER)


def require_remover(permissions: TaskPermissions, attachment: Attachment) -> None:
    """Raises Forbidden unless the actor may remove the attachment."""
    if not may_remove_attachment(permissions, attachment):
        raise Forbidden(_("Only who attached the file, and the owner of the task, can remove it."))


def require_attacher(actor: Actor, name: object, kind: str, field: str | None = None) -> None:
    """Refuses, before a byte is read, whom `services.attach` would refuse. Raises NotFound, Invalid, Forbidden."""
    permissions = TaskPermissions(actor, get_task(actor, name))
    require_note_writer(permissions, kind)
    require_visible_field(permissions, field)
