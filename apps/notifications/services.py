"""Marking notifications as read."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from django.utils import timezone

from apps.actors.actor import Actor
from apps.core.errors import Forbidden, Invalid, Problem
from apps.core.ids import parse_uuid

from .models import Notification

MOST_IDS = 500


def mark_read(actor: Actor, which: Sequence[object] | Literal["all"]) -> int:
    """Mark some or all of the person's notifications as read; how many were unread.

    Ids that are not theirs, or not there, change nothing. Raises Forbidden for applications, Invalid for no ids.
    """
    if not actor.is_user:
        raise Forbidden("Only people have notifications.")
    unread = Notification.objects.filter(user=actor.id, read_at=None)
    if which != "all":
        unread = unread.filter(pk__in=_ids(which))
    return unread.update(read_at=timezone.now())


def mark_task_read(actor: Actor, task_ids: Sequence[UUID]) -> int:
    """Mark the person's notifications of some tasks as read: they are looking at them."""
    rows = Notification.objects.filter(user=actor.id, read_at=None, task__in=task_ids)
    return rows.update(read_at=timezone.now()) if actor.is_user else 0


def _ids(which: Sequence[object]) -> list[UUID]:
    if len(which) > MOST_IDS:
        raise Invalid.at("/ids", f"At most {MOST_IDS} at once.")
    ids = [parse_uuid(id) for id in which]
    problems = [Problem(f"/ids/{n}", "invalid", "Is not an id.") for n, id in enumerate(ids) if id is None]
    if problems:
        raise Invalid(problems[0].detail, errors=problems)
    return [id for id in ids if id is not None]
