"""Called with each committed event, inside the transaction that marks it as handed out."""

from django.utils import timezone

from apps.actors.actor import SYSTEM
from apps.actors.queries import owners_of
from apps.core import background
from apps.core.errors import NotFound
from apps.events.models import Event
from apps.tasks import access
from apps.tasks.models import Task

from .audience import OWNERS_HEAR, Notice, may_concern, notices_of
from .models import Notification


def notify(event: Event) -> None:
    """One row for each person who should hear of the event; a repeated event makes none twice."""
    if event.type in OWNERS_HEAR:
        rows = _rows_of_owners(event)
    elif event.task_id is not None and may_concern(event):
        rows = _rows_of_task(event)
    else:
        return
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    if any(row.mail_due_at for row in rows):
        background.enqueue("notifications.send_mail")


def _rows_of_task(event: Event) -> list[Notification]:
    try:
        task = access.get_task(SYSTEM, str(event.task_id))
    except NotFound:
        return []
    return [_row(event, task, notice) for notice in notices_of(event, task)]


def _rows_of_owners(event: Event) -> list[Notification]:
    """What happened to a function, for those who own its application."""
    if event.application_id is None:
        return []
    reason, key = OWNERS_HEAR[event.type]
    return [
        Notification(
            user=user,
            application_id=event.application_id,
            event_id=event.pk,
            reason=reason,
            actor=event.actor,
            title=str(event.data.get(key, "")),
            mail_due_at=timezone.now() if user.email else None,
        )
        for user in owners_of(event.application_id)
    ]


def _row(event: Event, task: Task, notice: Notice) -> Notification:
    return Notification(
        user=notice.user,
        task=task,
        handover=notice.handover,
        event_id=event.pk,
        reason=notice.reason,
        actor=event.actor,
        title=str(event.data.get("title", "")) if notice.reason == Notification.Reason.LOST else "",
        mail_due_at=timezone.now() if notice.user.email else None,
    )
