"""Calls about the files of tasks."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from taskhub_client.protocol import Call, Reply
from taskhub_client.shapes import Attachment, Page

from . import spelling


def attachments(task: str) -> Call[Page[Attachment]]:
    """The files of a task, page after page."""
    return spelling.listing(spelling.path_of("tasks", task, "attachments"))


def attach(
    task: str,
    file: bytes | Path,
    *,
    name: str | None = None,
    content_type: str | None = None,
    kind: str = "comment",
    field: str | None = None,
    lease_token: str | None = None,
    idempotency_key: str | None = None,
) -> Call[Attachment]:
    """Attach a file, or bytes under a name: for all who see the task (`comment`) or who work on it (`work_note`).

    With a `field` it is for the readers of that field alone.
    """
    if isinstance(file, Path):
        name, file = name or file.name, file.read_bytes()
    if not name:
        raise ValueError("Bytes need a name: attach(task, data, name='report.pdf').")
    content_type = content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    params = spelling.given({"name": name, "kind": kind, "field": field, "lease_token": lease_token})
    call = spelling.post(spelling.path_of("tasks", task, "attachments"), None, key=idempotency_key, params=params)
    headers = {**call.headers, "Content-Type": content_type}
    return Call("POST", call.path, call.read, params=params, headers=headers, content=file)


def read_attachment(id: str) -> Call[bytes]:
    """The bytes of a file."""
    return Call("GET", spelling.path_of("attachments", id), _bytes)


def delete_attachment(id: str) -> Call[None]:
    """Remove a file for good."""
    return spelling.delete("attachments", id)


def _bytes(reply: Reply) -> bytes:
    return reply.content
