"""Notifications: one row for each person and event, with what is left to do about its mail."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.actors.models import Application, User
from apps.core.models import Record
from apps.tasks.models import Handover, Task


class Notification(Record):
    """One person hears of one event. Shown only while the task still exists for them, unless it says that they lost it.

    Of a task that they lost it has the `title` that they knew. What concerns an `application` and no task is shown to
    those who own it, with the name of the function or operation as its title. Without both it is the person's own.

    `mail_due_at` is when the next try to mail it is due; null when there is nothing (more) to send.
    """

    class Reason(models.TextChoices):
        """Why the person hears of it, as they read it."""

        ASKED = "asked", _("you are asked")
        TEAM_ASKED = "team_asked", _("your team is asked")
        FAILED_OVER = "failed_over", _("the automation stopped and needs you")
        COMPLETE = "complete", _("your request is complete")
        FOLLOWED = "followed", _("a task that you follow is complete")
        COMMENT = "comment", _("there is a new comment")
        WORK_NOTE = "work_note", _("there is a new work note")
        NAMED = "told", _("a rule tells you")
        RULE_FAILED = "rule_failed", _("a rule or transition here cannot be run")
        REMINDED = "reminded", _("you are reminded")
        NOT_DONE = "not_done", _("what you planned did not happen")
        OPENED = "opened", _("an administrator looks into the task")
        SHARED = "shared", _("the managers of its container see the task now")
        GIVEN_BACK = "given_back", _("whom you asked has left: your question comes back")
        LOST = "lost", _("you no longer see the task")
        SCHEDULE = "schedule", _("its schedule cannot make a task")
        UNATTENDED = "unattended", _("tasks of it are ready and no worker takes them")
        PAUSED = "paused", _("it is paused: none of its tasks runs")
        SETTLED = "settled", _("this operation has ended")
        HELD = "held", _("this operation is held: the first few tasks did not go well")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    task = models.ForeignKey(Task, null=True, on_delete=models.CASCADE, related_name="notifications")
    application = models.ForeignKey(Application, null=True, on_delete=models.CASCADE, related_name="+")
    handover = models.ForeignKey(Handover, null=True, on_delete=models.CASCADE, related_name="+")
    event_id = models.UUIDField()
    reason = models.CharField(max_length=12, choices=Reason)
    actor = models.CharField(max_length=200)
    title = models.CharField(max_length=300, blank=True, default="", db_default="")
    read_at = models.DateTimeField(null=True)
    mail_due_at = models.DateTimeField(null=True)
    mail_attempts = models.PositiveIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "event_id"], name="notification_once_an_event"),
            models.CheckConstraint(condition=Q(reason__in=[
                "asked", "team_asked", "failed_over", "complete", "followed", "comment", "work_note",
                "told", "opened", "reminded", "not_done", "shared", "lost", "rule_failed", "given_back",
                "schedule", "unattended", "paused", "settled", "held",
            ]), name="notification_reason_is_known"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notification_of_user"),
            models.Index(fields=["user"], name="notification_unread", condition=Q(read_at=None)),
            models.Index(fields=["mail_due_at"], name="notification_mail_due", condition=Q(mail_due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.user_id}"
