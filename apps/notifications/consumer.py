"""Called with each committed event, inside the transaction that marks it as handed out."""

from django.utils import timezone

from apps.actors.actor import SYSTEM
from apps.core import background
from apps.core.errors import NotFound
from apps.events.models import Event
from apps.tasks import access
from apps.tasks.models import Task

from .audience import FINDERS, Telling, tellings
from .models import Notification


def notify(event: Event) -> None:
    """One row for each person who should hear of the event; a repeated event makes none twice."""
    if event.task_id is None or event.type not in FINDERS:
        return
    try:
        task = access.get_task(SYSTEM, str(event.task_id))
    except NotFound:
        return
    rows = [_row(event, task, telling) for telling in tellings(event, task)]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    if any(row.mail_due_at for row in rows):
        background.enqueue("notifications.send_mail")


def _row(event: Event, task: Task, telling: Telling) -> Notification:
    return Notification(
        user=telling.user,
        task=task,
        handover=telling.handover,
        event_id=event.pk,
        reason=telling.reason,
        actor=event.actor,
        mail_due_at=timezone.now() if telling.user.email else None,
    )
