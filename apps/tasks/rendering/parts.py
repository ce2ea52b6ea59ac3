"""Notes and attachments as the API renders them."""

from apps.core.json_types import JsonObject
from apps.core.timestamps import format_timestamp
from apps.tasks.models import Attachment, Note


def render_note(note: Note) -> JsonObject:
    """A note as the API answers it."""
    return {
        "id": str(note.pk),
        "task": str(note.task_id),
        "kind": note.kind,
        "text": note.text,
        "author": note.author,
        "created_at": format_timestamp(note.created_at),
    }


def render_attachment(attachment: Attachment) -> JsonObject:
    """A file of a task as the API answers it; its bytes are at `/attachments/{id}`."""
    return {
        "id": str(attachment.pk),
        "task": str(attachment.task_id),
        "kind": attachment.kind,
        "field": attachment.field,
        "name": attachment.name,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "author": attachment.author,
        "created_at": format_timestamp(attachment.created_at),
    }
