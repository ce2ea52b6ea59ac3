"""Files of a task: attached and removed like notes are written, for the same audiences."""

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers.models import Role
from apps.core import background
from apps.core.errors import Forbidden, Invalid, Problem, TooLarge, Unavailable
from apps.events import verbs
from apps.events.units import unit
from apps.tasks import leases, queries, search
from apps.tasks.access import Standing, visible_fields
from apps.tasks.models import Attachment, Task

from . import files, notes, writing
from .files import Received


@unit()
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
    standing = writing.lock(actor, name)
    if lease_token is not None:
        leases.require_lease(standing.task, lease_token)
    notes.require_speaker(standing, kind)
    require_field(standing, field)
    _require_room(standing.task, kind, field, received.size)
    files.adopt(received)
    attachment = Attachment.objects.create(
        task=standing.task,
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
        search.remember_said(attachment)
    _tell(standing, attachment, verbs.TASK_ATTACHED)
    return attachment


def require_attacher(actor: Actor, name: object, kind: str, field: str | None = None) -> None:
    """Refuses, before a byte is read, whom `attach` would refuse. Raises NotFound, Invalid, Forbidden."""
    standing = queries.standing_of(actor, name)
    notes.require_speaker(standing, kind)
    require_field(standing, field)


def require_field(standing: Standing, field: str | None) -> None:
    """Raises Invalid `unknown_field` for one that does not exist for the actor."""
    if field is not None and field not in visible_fields(standing):
        problem = Problem("/field", "unknown_field", _("There is no such field."))
        raise Invalid(problem.detail, code="unknown_field", errors=[problem])


@unit()
def remove_attachment(actor: Actor, attachment_id: object) -> None:
    """Delete a file for good; that it was there stays in the history.

    Its author, the task's owner and managers may. Raises NotFound, Forbidden.
    """
    attachment = queries.get_attachment(actor, attachment_id)
    standing = writing.lock(actor, attachment.task_id)
    if not may_remove(standing, attachment):
        raise Forbidden(_("Only who attached the file, and the owner of the task, can remove it."))
    attachment = queries.get_attachment(actor, attachment_id)  # as it is under the lock
    _tell(standing, attachment, verbs.TASK_DETACHED)
    search.forget_said(attachment)
    attachment.delete()
    files.disown(attachment.file)
    background.enqueue("tasks.sweep_files")


def may_remove(standing: Standing, attachment: Attachment) -> bool:
    """Whoever attached it, the task's owner, and managers."""
    return attachment.author == str(standing.actor) or standing.is_asker or standing.has_role(Role.MANAGER)


def open_attachment(attachment: Attachment) -> File:
    """Its bytes. Raises Unavailable if the storage does not have them now."""
    try:
        return default_storage.open(attachment.file.name)
    except OSError:
        raise Unavailable(_("The file cannot be read now. Try again later.")) from None


def _tell(standing: Standing, attachment: Attachment, verb: str) -> None:
    internal = attachment.kind == Attachment.Kind.WORK_NOTE
    said = {"attachment": str(attachment.pk), "kind": attachment.kind, "name": attachment.name, "size": attachment.size}
    said |= {"field": attachment.field} if attachment.field else {}
    writing.emit(standing.task, verb, actor=standing.actor, internal=internal, **said)
    writing.update(standing.task, quiet=internal or attachment.field is not None)


def _require_room(task: Task, kind: str, field: str | None, size: int) -> None:
    """Raises TooLarge when a quota is used up. Those of container and application may be passed by a few files that
    arrive at the same moment."""
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
