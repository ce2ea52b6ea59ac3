"""The files of a task as its reader meets them: in the history, beside the task, as values of fields."""

from collections.abc import Sequence

from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from apps.tasks.access import TaskPermissions, may_remove_attachment
from apps.tasks.models import Attachment
from apps.web.contexts.task import FileRow


def file_row(permissions: TaskPermissions, attachment: Attachment) -> FileRow:
    """One file: what it is called, how large it is, where it is fetched and removed."""
    removable = permissions.actor.is_user and may_remove_attachment(permissions, attachment)
    return {
        "name": attachment.name,
        "size": filesizeformat(attachment.size),
        "url": url_of(attachment),
        "remove_url": reverse("web:file_remove", args=[attachment.pk]) if removable else "",
        "is_note": attachment.kind == Attachment.Kind.WORK_NOTE,
    }


def file_rows(permissions: TaskPermissions, attachments: Sequence[Attachment]) -> list[FileRow]:
    """Those beside the task, the newest first."""
    return [file_row(permissions, attachment) for attachment in reversed(attachments)]


def url_of(attachment: Attachment) -> str:
    """Where it is downloaded."""
    return reverse("web:file", args=[attachment.pk])
