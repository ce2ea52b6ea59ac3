"""Notifications as the API answers them."""

from collections.abc import Iterable
from typing import Any

from apps.actors.actor import Actor
from apps.tasks.rendering import when

from .models import Notification
from .queries import Entry, entries


def render_many(actor: Actor, rows: Iterable[Notification]) -> list[dict[str, Any]]:
    """Each notification as its reader sees it."""
    return [render(entry) for entry in entries(actor, rows)]


def render(entry: Entry) -> dict[str, Any]:
    """One of them."""
    row = entry.notification
    return {
        "id": str(row.pk),
        "task": str(entry.task.pk),
        "key": entry.task.key,
        "title": entry.title,
        "reason": row.reason,
        "actor": row.actor,
        "handover": str(row.handover_id) if row.handover_id else None,
        "created_at": when(row.created_at),
        "read_at": when(row.read_at),
    }
