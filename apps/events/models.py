"""The event log's table."""

from django.db import models
from django.utils import timezone

from apps.core.ids import uuid7


class Event(models.Model):
    """One thing that happened. Appended by `log.record()` alone; never changed but for `dispatched_at` and `position`.

    Subjects are ids without foreign keys: the log lies below the apps that it speaks of. `sequence` rises within
    a task in commit order, by random steps. `audience` is who may read it: all who see the task, or
    only those who work on it.
    """

    class Audience(models.TextChoices):
        TASK = "task", "Everybody who sees the task"
        WORK = "work", "Those who work on the task"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    type = models.CharField(max_length=64)
    time = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=200)
    task_id = models.UUIDField(null=True)
    container_id = models.UUIDField(null=True)
    application_id = models.UUIDField(null=True)
    sequence = models.BigIntegerField(default=0)
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.TASK)
    correlation_id = models.CharField(max_length=200, null=True)
    causation_id = models.UUIDField(null=True)
    data = models.JSONField(default=dict)
    dispatched_at = models.DateTimeField(null=True)
    position = models.BigIntegerField(null=True, editable=False)
    """The place among all events, in commit order; None until the sequencer has given it (`positions`)."""

    settles = False
    """Whether its task can change by itself: set by the writer of the event, read by IN_TRANSACTION."""
    is_latest = True
    """Whether it is the last event of its task in this round of IN_TRANSACTION."""

    class Meta:
        indexes = [
            models.Index(fields=["task_id", "sequence"], name="event_of_task"),
            models.Index(fields=["id"], name="event_undispatched", condition=models.Q(dispatched_at=None)),
            models.Index(fields=["id"], name="event_unnumbered", condition=models.Q(position=None)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["position"], name="event_position", condition=models.Q(position__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Sequencer(models.Model):
    """One row: the last position that was given. Who gives positions holds its lock (`positions`)."""

    ONLY = 1
    last = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last)


class ConsumerRetry(models.Model):
    """One consumer that could not take one event: tried again at `due_at` (`retries.py`). `error` names a class."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="retries")
    consumer = models.CharField(max_length=200)
    attempts = models.PositiveIntegerField()
    due_at = models.DateTimeField(db_index=True)
    error = models.CharField(max_length=200)

    class Meta:
        db_table = "events_setback"  # the name that the release before knows
        constraints = [models.UniqueConstraint(fields=["event", "consumer"], name="setback_once")]

    def __str__(self) -> str:
        return f"{self.consumer} on {self.event_id}"
