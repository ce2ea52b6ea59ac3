"""A person's notifications, without those whose subject they may not see any more."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.actors.queries import applications_owned_by
from apps.tasks import access
from apps.tasks import queries as tasks
from apps.tasks.models import Task

from .models import Notification

Reason = Notification.Reason
FOR_WORKERS = (Reason.WORK_NOTE, Reason.RULE_FAILED)
"""Reasons whose events only those who work on the task read."""
# The bell counts no further.
MOST_UNREAD = 100


def list_notifications(actor: Actor) -> QuerySet[Notification]:
    """The person's notifications, newest first; those of tasks or notes that they may no longer see are absent."""
    if not actor.is_user:
        return Notification.objects.none()
    seen, worked_on = (access.task_exists_for(actor, "task_id", working=working) for working in (False, True))
    shown = ~Q(reason__in=FOR_WORKERS) | Q(worked_on)
    of_mine = Q(application=None) | Q(application__in=applications_owned_by(actor.id).values("pk"))
    mine = Q(of_mine, task=None)
    exists = Q(seen) | Q(reason=Reason.LOST) | mine
    rows = Notification.objects.filter(shown, exists, user=actor.id)
    return rows.select_related("task", "handover__to_user", "application").order_by("-created_at", "-id")


def unread_count(actor: Actor) -> int:
    """How many are unread, up to MOST_UNREAD."""
    return len(list_notifications(actor).filter(read_at=None).values_list("pk", flat=True)[:MOST_UNREAD])


@dataclass(frozen=True)
class Entry:
    """A notification as it is shown: of a retried task, key and title are the newest one's.

    One without a task is about a function or an operation.
    """

    notification: Notification
    task: Task | None

    @property
    def title(self) -> str:
        """What is asked, else the task's title, as it was when the reader lost the task."""
        handover, stored = self.notification.handover, self.notification.title
        if stored or self.task is None:
            return stored
        return handover.title if handover else self.task.title

    @property
    def subject(self) -> str:
        """The key of the task, the application's title, or TaskHub for an operation of the person's own."""
        application = self.notification.application
        if self.task is None:
            return application.title if application else "TaskHub"
        return self.task.key or ""

    @property
    def reason(self) -> str:
        """Why, in the reader's words."""
        handover, reason = self.notification.handover, Reason(self.notification.reason)
        if reason == Reason.GIVEN_BACK and handover is not None and handover.to_user is not None:
            return _("your question comes back: %(who)s has left") % {"who": handover.to_user.display_name}
        return str(reason.label)

    @property
    def path(self) -> str:
        """The page of the task, relative to the installation's root; of a lost one or none, that of notifications."""
        if self.task is None or self.notification.reason == Reason.LOST:
            return "/notifications/"
        return f"/tasks/{self.task.key}/"


def entries(actor: Actor, rows: Iterable[Notification]) -> list[Entry]:
    """The notifications with the newest attempts of their tasks, in one query; those without one are left out."""
    rows = list(rows)
    ids = {row.task.newest for row in rows if row.task is not None}
    newest = {task.pk: task for task in tasks.tasks_for(actor).filter(pk__in=ids)}
    result = []
    for row in rows:
        task = row.task if row.task is None or row.reason == Reason.LOST else newest.get(row.task.newest)
        if row.task is None or task is not None:
            result.append(Entry(row, task))
    return result
