"""What of a task is hidden from an identity: its names, and its removal, which the caller rolls back."""

from uuid import UUID

from django.db.models import QuerySet

from apps.actors.actor import SYSTEM
from apps.events.models import Event
from apps.tasks import access, queries
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Attachment, Grant, Handover, Link, Note, StoredFile, Task

from .client import Identity
from .requests import Names

LONGEST_TEXT = 60


def attempts_of(task: Task) -> QuerySet[Task]:
    """The task and its earlier attempts: they are hidden together."""
    return queries.tasks_for(SYSTEM).filter(newest=task.newest)


def remove_hidden(identity: Identity, task: Task) -> None:
    """Delete everything of the task that is hidden from the identity: the whole task, or its fields and work notes."""
    permissions = TaskPermissions(identity.actor, task) if identity.actor else None
    if permissions is None or not permissions.sees():
        _remove_task(task)
        return
    hidden = hidden_fields(permissions)
    for row in list(attempts_of(task)):
        fields = {name: value for name, value in row.fields.items() if name not in hidden}
        queries.tasks_for(SYSTEM).filter(pk=row.pk).update(fields=fields)
    if not permissions.works_on_it:
        _remove_work_notes(task)


def hidden_fields(permissions: TaskPermissions) -> frozenset[str]:
    """The names of the fields that do not exist for the reader."""
    return frozenset(name for name, field in access.field_access(permissions).items() if field.level == "hidden")


def _remove_task(task: Task) -> None:
    attempts = _ids(attempts_of(task))
    _remove_files(Attachment.objects.filter(task__in=attempts))
    Event.objects.filter(task_id__in=attempts).delete()
    attempts_of(task).delete()


def _remove_work_notes(task: Task) -> None:
    attempts = _ids(attempts_of(task))
    _remove_files(Attachment.objects.filter(task__in=attempts, kind=Attachment.Kind.WORK_NOTE))
    Note.objects.filter(task__in=attempts, kind=Note.Kind.WORK_NOTE).delete()
    Event.objects.filter(task_id__in=attempts, audience=Event.Audience.WORK).delete()


def _remove_files(rows: QuerySet[Attachment]) -> None:
    """Delete the rows; the files on the disk stay, because the transaction is rolled back."""
    files = list(rows.values_list("file", flat=True))
    rows.delete()
    StoredFile.objects.filter(pk__in=files).delete()


def _ids(rows: QuerySet[Task]) -> list[UUID]:
    return [row.pk for row in rows]


def names_of(identity: Identity, task: Task) -> Names:
    """The names that requests can use: hidden ones if the identity does not see the task, else ordinary ones."""
    permissions = TaskPermissions(identity.actor, task) if identity.actor else None
    own = {"tasks": (str(task.pk), task.key or str(task.pk)), **_parts_of(task)}
    around = {"containers": (task.container.slug,), "types": (task.type_version.type.name,)}
    if permissions is None or not permissions.sees():
        return Names(hidden={**own, "texts": _texts_of(task)}, plain=around)
    fields = sorted(hidden_fields(permissions))
    texts = [str(task.fields[name])[:LONGEST_TEXT] for name in fields if name in task.fields]
    return Names(hidden={"fields": tuple(fields), "texts": tuple(texts)}, plain={**own, **around})


def _parts_of(task: Task) -> dict[str, tuple[str, ...]]:
    attempts = _ids(attempts_of(task))
    first = {
        "handovers": Handover.objects.filter(task__in=attempts).order_by("pk").first(),
        "attachments": Attachment.objects.filter(task__in=attempts).order_by("pk").first(),
        "links": Link.objects.filter(source__in=attempts).order_by("pk").first(),
        "grantees": Grant.objects.filter(task__in=attempts).order_by("pk").first(),
    }
    return {noun: (str(row.pk),) if row else () for noun, row in first.items()}


def _texts_of(task: Task) -> tuple[str, ...]:
    texts = [task.title, task.correlation_id, task.external_id, *task.tags[:1]]
    return tuple(text[:LONGEST_TEXT] for text in texts if text)
