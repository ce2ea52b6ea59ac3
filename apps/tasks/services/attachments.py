"""Files of a task: attached and removed like notes are written, for the same audiences."""

from django.conf import settings
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core import background
from apps.core.errors import TooLarge
from apps.events import event_types
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, leases, queries, search
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Attachment, Task

from . import files, writing
from .files import Received


@unit_of_work()
def attach(
    actor: Actor,
    name: object,
    received: Received,
    *,
    kind: str = Attachment.Kind.COMMENT,
    field: str | None = None,
    lease_token: str | None = None,
) -> Attachment:
    """Attach what has been received, for the readers of a field if one is named. A lease token must be the current one.

    Raises NotFound, Invalid (also `unknown_field`), Forbidden (as `add_note`), Conflict `lease_superseded`, TooLarge (a
    quota is used up).
    """
    permissions = writing.lock(actor, name)
    if lease_token is not None:
        leases.require_lease(permissions.task, lease_token)
    access.require_note_writer(permissions, kind)
    access.require_visible_field(permissions, field)
    _require_room(permissions.task, kind, field, received.size)
    files.adopt(received)
    attachment = Attachment.objects.create(
        task=permissions.task,
        file=received.file,
        kind=kind,
        field=field,
        name=received.name,
        content_type=received.content_type,
        size=received.size,
        sha256=received.sha256,
        author=str(actor),
    )
    if field is None:
        search.index_text(attachment)
    _tell(permissions, attachment, event_types.TASK_ATTACHED)
    return attachment


@unit_of_work()
def remove_attachment(actor: Actor, attachment_id: object) -> None:
    """Delete a file for good; that it was there stays in the history.

    Its author, the task's owner and managers may. Raises NotFound, Forbidden.
    """
    attachment = queries.get_attachment(actor, attachment_id)
    permissions = writing.lock(actor, attachment.task_id)
    access.require_remover(permissions, attachment)
    attachment = queries.get_attachment(actor, attachment_id)  # as it is under the lock
    _tell(permissions, attachment, event_types.TASK_DETACHED)
    search.forget_text(attachment)
    attachment.delete()
    files.disown(attachment.file)
    background.enqueue("tasks.sweep_files")


def _tell(permissions: TaskPermissions, attachment: Attachment, type: str) -> None:
    internal = attachment.kind == Attachment.Kind.WORK_NOTE
    value = {
        "attachment": str(attachment.pk),
        "kind": attachment.kind,
        "name": attachment.name,
        "size": attachment.size,
    }
    value |= {"field": attachment.field} if attachment.field else {}
    writing.emit(permissions.task, type, actor=permissions.actor, internal=internal, **value)
    writing.update(permissions.task, quiet=internal or attachment.field is not None)


def _require_room(task: Task, kind: str, field: str | None, size: int) -> None:
    """Raises TooLarge when a quota is used up. Those of container and application may be passed by a few files that
    arrive at the same time."""
    quotas = [
        (settings.ATTACHMENT_TASK_BYTES, Q(task__newest=task.newest, kind=kind, field=field)),
        (settings.ATTACHMENT_CONTAINER_BYTES, Q(task__container=task.container_id)),
    ]
    if task.application_id:
        quotas.append((settings.ATTACHMENT_APPLICATION_BYTES, Q(task__application=task.application_id)))
    for most, where in quotas:
        used = Attachment.objects.filter(where).aggregate(sum=Sum("size"))["sum"] or 0 if most else 0
        if most and used + size > most:
            raise TooLarge(_("There is no room left for this file here."))
