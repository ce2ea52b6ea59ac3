"""Files of tasks that exist for a reader."""

from datetime import datetime

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.errors import NotFound, Unavailable
from apps.core.ids import parse_uuid
from apps.tasks import access
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Attachment

from .tasks import permissions_of


def attachments(permissions: TaskPermissions) -> QuerySet[Attachment]:
    """The files that the reader may read, oldest first: of the task and its attempts."""
    rows = Attachment.objects.filter(_of_fields(permissions), task__newest=permissions.task.newest)
    return rows if permissions.works_on_it else rows.filter(kind=Attachment.Kind.COMMENT)


def _of_fields(permissions: TaskPermissions) -> Q:
    """Condition on Attachment: it belongs to no field, or to one that the reader reads by the rules of its time."""
    result, past = Q(field=None), access.past_fields_of(permissions)
    left: datetime | None = None
    for rules in permissions.task.past_rules:
        until = datetime.fromisoformat(rules["at"])
        since = Q(created_at__gt=left) if left else Q()
        result |= since & Q(created_at__lte=until, field__in=past(until))
        left = until
    now = Q(field__in=access.visible_fields(permissions).keys())
    return result | (now & Q(created_at__gt=left) if left else now)


def get_attachment(actor: Actor, attachment_id: object) -> Attachment:
    """The file of this id, if it exists for the actor. Raises NotFound. Hidden and absent cost one query alike."""
    number = parse_uuid(attachment_id)
    seen, worked_on = (access.task_exists_for(actor, "task__newest", working=working) for working in (False, True))
    readable = Q(seen, kind=Attachment.Kind.COMMENT) | Q(worked_on, kind=Attachment.Kind.WORK_NOTE)
    result = Attachment.objects.filter(readable, pk=number).select_related("file", "task").first() if number else None
    if result is None or (result.field is not None and not _reads(actor, result)):
        raise NotFound("There is no such file.")
    return result


def _reads(actor: Actor, attachment: Attachment) -> bool:
    """Whether the file of a field is for the actor, who sees its task."""
    return attachments(permissions_of(actor, attachment.task.newest)).filter(pk=attachment.pk).exists()


def open_attachment(attachment: Attachment) -> File:
    """Its bytes. Raises Unavailable if the storage does not have them now."""
    try:
        return default_storage.open(attachment.file.name)
    except OSError:
        raise Unavailable(_("The file cannot be read now. Try again later.")) from None
