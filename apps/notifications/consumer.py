"""Called with each committed event, inside the transaction that marks it as handed out."""

from django.utils import timezone

from apps.actors.actor import SYSTEM
from apps.core import background
from apps.core.errors import NotFound
from apps.events.models import Event
from apps.tasks import access
from apps.tasks.models import Task

from .audience import Notice, may_concern, notices_of, people_without_task, reason_without_task
from .models import Notification


def notify(event: Event) -> None:
    """One row for each person who should hear of the event; a repeated event makes none twice."""
    named = reason_without_task(event)
    if named is not None:
        rows = _rows_without_task(event, *named)
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


def _rows_without_task(event: Event, reason: str, name: str) -> list[Notification]:
    """What happened to a function, or to an operation."""
    return [
        Notification(
            user=user,
            application_id=event.application_id,
            event_id=event.pk,
            reason=reason,
            actor=event.actor,
            title=name,
            mail_due_at=timezone.now() if user.email else None,
        )
        for user in people_without_task(event)
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
