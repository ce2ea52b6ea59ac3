"""Operations, the tasks that each was begun with, and what became of each of them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.actors.models import Application
from apps.core.models import Record


class State(models.TextChoices):
    """Where an operation stands."""

    CANARY = "canary", _("Trying the first few")
    RUNNING = "running", _("Running")
    STOPPED = "stopped", _("Stopped")
    HELD = "held", _("Held: the first few did not go well")
    DONE = "done", _("Done")


AT_WORK = (State.CANARY, State.RUNNING)
"""The states in which tasks are worked on."""


class Operation(Record):
    """One repair of many tasks by its author, who needs the right to it at each task.

    The columns from `taken` to `settled_bad` are counted in the transaction that makes them true. A row is due
    (`due_at`) while there are tasks to work on, or while what was done has not settled.
    """

    # Which repair: a name in `settings.OPERATION_KINDS`.
    kind = models.CharField(max_length=32)
    # The reference of the actor who began it and with whose rights each task is worked on.
    author = models.CharField(max_length=200)
    # The application that began it, whose owners see the operation.
    application = models.ForeignKey(Application, null=True, on_delete=models.CASCADE, related_name="operations")
    # How the tasks were found: the filter's parameters, or None if they were named by their ids.
    filter = models.JSONField(null=True)
    # What the kind needs besides, as the fields to set: JSON, sealed, for a value may be a secret.
    options = models.TextField()
    # Why, in the author's words.
    reason = models.TextField(blank=True)
    # Where it stands.
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    # How many tasks are tried first, and which share of them must settle well; None without a canary.
    canary_first = models.PositiveIntegerField(null=True)
    canary_min_ok = models.FloatField(null=True)
    # Whether the canary is over: it went well, or the operation was resumed all the same.
    is_tried = models.BooleanField(default=True)
    # The most tasks that are worked on in a second; None for as fast as possible.
    max_per_second = models.PositiveIntegerField(null=True)
    # How many tasks it was begun with.
    matched = models.PositiveIntegerField(default=0)
    # How many of them were worked on, in the order of their ids: done or refused.
    taken = models.PositiveIntegerField(default=0)
    # How many were done, settled or not; and how many of these settled well, or badly.
    done = models.PositiveIntegerField(default=0)
    settled_ok = models.PositiveIntegerField(default=0)
    settled_bad = models.PositiveIntegerField(default=0)
    # When it is looked at next; None when nothing is left to do or to wait for.
    due_at = models.DateTimeField(null=True)
    # When it was last looked at what has settled.
    looked_at = models.DateTimeField(default=timezone.now)
    # When everything had settled.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="operation_state_is_known"),
            models.CheckConstraint(condition=Q(taken__lte=models.F("matched")), name="operation_takes_what_matched"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="operation_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["author", "-id"], name="operation_of_author"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.matched} by {self.author}"

    @property
    def canary_size(self) -> int:
        """How many tasks the canary tries."""
        return min(self.canary_first or 0, self.matched)

    @property
    def refused(self) -> int:
        """How many tasks it could not be done to."""
        return self.taken - self.done

    @property
    def running(self) -> int:
        """How many tasks it was done to that have not settled."""
        return self.done - self.settled_ok - self.settled_bad


class Selection(models.Model):
    """A part of the tasks that an operation was begun with, in order: their ids, 16 bytes each."""

    SIZE = 1000
    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    ids = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operation", "number"], name="selection_once")]

    def __str__(self) -> str:
        return f"{self.number} of {self.operation_id}"


class Item(models.Model):
    """What an operation did to one task, and what became of that. Never the same task twice."""

    class Outcome(models.TextChoices):
        DONE = "done", _("Done, not settled yet")
        REFUSED = "refused", _("Refused")
        SETTLED_OK = "settled_ok", _("Settled well")
        SETTLED_BAD = "settled_bad", _("Settled badly")

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="items", db_index=False)
    # The task as it was selected, and the one whose end settles it: the same, or what a retry put in its place.
    task_id = models.UUIDField()
    watched_id = models.UUIDField()
    outcome = models.CharField(max_length=11, choices=Outcome)
    # The code of a refusal, or of how it settled badly, and the words for it.
    code = models.CharField(max_length=32, blank=True)
    detail = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operation", "task_id"], name="item_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=["done", "refused", "settled_ok", "settled_bad"]), name="item_outcome_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["operation", "outcome", "id"], name="item_by_outcome"),
            models.Index(fields=["operation", "id"], name="item_unsettled", condition=Q(outcome="done")),
        ]

    def __str__(self) -> str:
        return f"{self.task_id}: {self.outcome}"
