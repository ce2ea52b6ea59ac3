"""The files of a task as its reader meets them: in the history, beside the task, as values of fields."""

from collections.abc import Sequence
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from apps.tasks.access import Standing
from apps.tasks.models import Attachment
from apps.tasks.services.attachments import may_remove


def file_row(standing: Standing, attachment: Attachment) -> dict[str, Any]:
    """One file: what it is called, how large it is, where it is fetched and removed."""
    removable = standing.actor.is_user and may_remove(standing, attachment)
    return {
        "name": attachment.name,
        "size": filesizeformat(attachment.size),
        "url": url_of(attachment),
        "remove_url": reverse("web:file_remove", args=[attachment.pk]) if removable else "",
        "is_note": attachment.kind == Attachment.Kind.WORK_NOTE,
        "author": attachment.author,
        "at": attachment.created_at,
    }


def file_rows(standing: Standing, attachments: Sequence[Attachment]) -> list[dict[str, Any]]:
    """Those beside the task, the newest first."""
    return [file_row(standing, attachment) for attachment in reversed(attachments)]


def url_of(attachment: Attachment) -> str:
    """Where it is downloaded."""
    return reverse("web:file", args=[attachment.pk])
