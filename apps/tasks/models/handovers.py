"""Requests to people, and what they were shown when they answered."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.actors.models import Team, User
from apps.core.models import Record


class Handover(Record):
    """A request to a person or team for named fields and one of named actions, on one task.

    At most one is open on a task (unique index).
    """

    RELATED = ("to_user", "to_team", "claimed_by", "answered_by", "delegated_by")
    """The relations that a handover is rendered with: to be joined, so that no row costs a query."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLAIMED = "claimed", _("Claimed")
        SUBMITTED = "submitted", _("Answered")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")

    class Reason(models.TextChoices):
        ASKED = "asked", _("asked for")
        FAILED = "failed", _("the automation failed")
        UNCLAIMED = "unclaimed", _("the automation did not start")
        TAKEN_OVER = "taken_over", _("taken over")

    # The task, or the attempt, that it was opened on.
    task = models.ForeignKey("tasks.Task", on_delete=models.CASCADE, related_name="handovers")
    # The asker's name for the call, to recognise it when it is repeated.
    key = models.CharField(max_length=200, null=True)
    # Digest of the request, to tell a repeated call from another one with the same key.
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # How it came about.
    reason = models.CharField(max_length=10, choices=Reason, default=Reason.ASKED)
    # The person whom it was given to; either this or `to_team`.
    to_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="handovers")
    # The team whom it was given to.
    to_team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="handovers")
    # The person who answers it; nobody else can meanwhile.
    claimed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="claimed_handovers")
    # The reference of the actor that opened it.
    asked_by = models.CharField(max_length=200)
    # The question in one line.
    title = models.CharField(max_length=300)
    # What the asker writes besides.
    message = models.TextField(blank=True)
    # What is asked for: a list of {name, required, proposed, label}. Proposed secret values are encrypted.
    fields = models.JSONField(default=list)
    # The buttons: a list of {name, label, effect, needs_comment}.
    actions = models.JSONField(default=list)
    # When `on_timeout` is done, or from when on it is overdue.
    due_at = models.DateTimeField(null=True)
    # What happens if nobody answers: {do, to, action, fields, due_in, on_timeout}; None for nothing.
    on_timeout = models.JSONField(null=True)
    # When its people are reminded: timestamps, or seconds before `due_at`.
    reminders = models.JSONField(default=list)
    # The next of the reminders.
    remind_at = models.DateTimeField(null=True)
    # Who must not answer, as the request has it: references, `reporter`, `previous`.
    exclude = models.JSONField(default=list)
    # The ids of the users that this meant when it was opened, between blanks.
    excluded = models.TextField(default="")
    # The person to whom the answer comes back, and who decides then.
    delegated_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    # Values that were typed and not submitted yet. Secret values are encrypted.
    draft = models.JSONField(default=dict)
    # The comment that was typed and not sent yet.
    draft_comment = models.TextField(blank=True, default="", db_default="")
    # When the draft was saved.
    draft_at = models.DateTimeField(null=True)
    # How it ended: {action, effect, fields, comment, by, at, handover}; {comment, fields} if it was declined.
    answer = models.JSONField(null=True)
    # The person who ended it.
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="answered_handovers")
    # When it ended.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=Q(state__in=["open", "claimed"]), name="handover_one_open_a_task"
            ),
            models.UniqueConstraint(fields=["task", "key"], name="handover_key_once_a_task"),
            models.CheckConstraint(
                condition=Q(to_user__isnull=False, to_team__isnull=True)
                | Q(to_user__isnull=True, to_team__isnull=False),
                name="handover_to_exactly_one",
            ),
        ]
        indexes = [
            models.Index(fields=["to_user"], name="handover_open_user", condition=Q(state__in=["open", "claimed"])),
            models.Index(fields=["to_team"], name="handover_open_team", condition=Q(state__in=["open", "claimed"])),
            models.Index(fields=["due_at"], name="handover_due", condition=Q(state__in=["open", "claimed"])),
            models.Index(fields=["remind_at"], name="handover_remind", condition=Q(remind_at__isnull=False)),
            models.Index(fields=["answered_by", "-ended_at"], name="handover_answered"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Still to be answered, claimed or not."""
        return self.state in (self.State.OPEN, self.State.CLAIMED)

    def excludes(self, user_id: object) -> bool:
        """Whether the user must not answer it."""
        return str(user_id) in self.excluded

    @property
    def to(self) -> str:
        """The reference of whom it was given to."""
        party = self.to_user or self.to_team
        return party.reference if party else ""


class Receipt(Record):
    """What exactly a person was shown when they answered. Made once with the answer and never changed.

    `shown` has labels and values; values of secret fields are masked. Readers get of it what exists for them.
    """

    handover = models.OneToOneField(Handover, on_delete=models.CASCADE, related_name="receipt")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    shown = models.JSONField()

    def __str__(self) -> str:
        return f"{self.handover_id} by {self.by_id}"


OPEN_STATES = (Handover.State.OPEN, Handover.State.CLAIMED)
