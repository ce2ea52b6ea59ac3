"""Notifications as the API answers them."""

from collections.abc import Iterable

from apps.actors.actor import Actor
from apps.core.timestamps import format_timestamp

from .models import Notification
from .queries import Entry, entries


def render_many(actor: Actor, rows: Iterable[Notification]) -> list[dict[str, object]]:
    """Each notification as its reader sees it."""
    return [render(entry) for entry in entries(actor, rows)]


def render(entry: Entry) -> dict[str, object]:
    """One of them."""
    row = entry.notification
    return {
        "id": str(row.pk),
        "task": str(entry.task.pk) if entry.task else None,
        "key": entry.task.key if entry.task else None,
        "application": row.application.name if row.application else None,
        "title": entry.title,
        "reason": row.reason,
        "actor": row.actor,
        "handover": str(row.handover_id) if row.handover_id else None,
        "created_at": format_timestamp(row.created_at),
        "read_at": format_timestamp(row.read_at),
    }
