"""What a person has been told, as far as it still exists for them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from apps.actors.actor import Actor
from apps.tasks import access
from apps.tasks import queries as tasks
from apps.tasks.models import Task

from .models import Notification

Reason = Notification.Reason
# The bell counts no further.
MOST_UNREAD = 100


def list_notifications(actor: Actor) -> QuerySet[Notification]:
    """The person's notifications, newest first; those of tasks or notes that they may no longer see are absent."""
    if not actor.is_user:
        return Notification.objects.none()
    seen = tasks.tasks_for(actor)
    working = seen.filter(access.working_condition(actor))
    shown = ~Q(reason=Reason.WORK_NOTE) | Q(task__in=working.values("pk"))
    rows = Notification.objects.filter(shown, user=actor.id, task__in=seen.values("pk"))
    return rows.select_related("task", "handover").order_by("-created_at", "-id")


def unread_count(actor: Actor) -> int:
    """How many are unread, up to MOST_UNREAD."""
    return len(list_notifications(actor).filter(read_at=None).values_list("pk", flat=True)[:MOST_UNREAD])


@dataclass(frozen=True)
class Entry:
    """A notification as it is shown: of a retried task, key and title are the newest one's."""

    notification: Notification
    task: Task

    @property
    def title(self) -> str:
        """What is asked, else the task's title."""
        handover = self.notification.handover
        return handover.title if handover else self.task.title

    @property
    def reason(self) -> str:
        """Why, in the reader's words."""
        return str(Reason(self.notification.reason).label)

    @property
    def path(self) -> str:
        """The page of the task, relative to the installation's root."""
        return f"/tasks/{self.task.key}/"


def entries(actor: Actor, rows: Iterable[Notification]) -> list[Entry]:
    """The notifications with the newest attempts of their tasks, in one query; those without one are left out."""
    rows = list(rows)
    newest = {task.pk: task for task in tasks.tasks_for(actor).filter(pk__in={row.task.newest for row in rows})}
    return [Entry(row, newest[row.task.newest]) for row in rows if row.task.newest in newest]
