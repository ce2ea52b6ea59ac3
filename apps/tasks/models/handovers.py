"""Requests to people, and what they were shown when they answered."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.actors.models import Team, User
from apps.core.models import Record


class Handover(Record):
    """A request to a person or team for named fields and one of named actions, on one task.

    At most one is open on a task (unique index). `reason` is how it came about. `actions` are
    `{name, label, effect, needs_comment}`, `fields` are `{name, required, proposed, label}`. `remind_at` is the next
    reminder; `excluded` are the ids of those who must not answer (`exclude` is how that was said); `delegated_by` is
    to whom it comes back.
    """

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

    task = models.ForeignKey("tasks.Task", on_delete=models.CASCADE, related_name="handovers")
    key = models.CharField(max_length=200, null=True)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    reason = models.CharField(max_length=10, choices=Reason, default=Reason.ASKED)
    to_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="handovers")
    to_team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="handovers")
    claimed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="claimed_handovers")
    asked_by = models.CharField(max_length=200)
    title = models.CharField(max_length=300)
    message = models.TextField(blank=True)
    fields = models.JSONField(default=list)
    actions = models.JSONField(default=list)
    due_at = models.DateTimeField(null=True)
    on_timeout = models.JSONField(null=True)
    reminders = models.JSONField(default=list)
    remind_at = models.DateTimeField(null=True)
    exclude = models.JSONField(default=list)
    excluded = models.TextField(default="")
    delegated_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    draft = models.JSONField(default=dict)
    draft_at = models.DateTimeField(null=True)
    answer = models.JSONField(null=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="answered_handovers")
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
