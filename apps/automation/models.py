"""Functions, the names under which applications run tasks; schedules; claims and workers; rules."""

from django.db import models
from django.utils import timezone

from apps.actors.models import Application
from apps.containers.models import Container
from apps.core.models import Record


class Function(Record):
    """How tasks of one name are run: workers of the application claim them, or TaskHub calls a URL.

    `secret` and `old_secret` are sealed; the old one signs too until its time is over.
    """

    class Mode(models.TextChoices):
        PULL = "pull", "Workers claim"
        PUSH = "push", "TaskHub calls"

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="functions")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    mode = models.CharField(max_length=4, choices=Mode, default=Mode.PULL)
    url = models.CharField(max_length=2000, null=True)
    secret = models.TextField(null=True)
    old_secret = models.TextField(null=True)
    old_secret_until = models.DateTimeField(null=True)
    time_limit = models.PositiveIntegerField(null=True)
    lease_seconds = models.PositiveIntegerField(default=60)
    default_priority = models.BigIntegerField(default=0)
    max_concurrency = models.PositiveIntegerField(null=True)
    retry_policy = models.JSONField(default=dict)
    failover = models.JSONField(null=True)
    schedule = models.JSONField(null=True)
    callers = models.JSONField(default=list)
    unattended_since = models.DateTimeField(null=True)
    """Since when tasks are ready and nobody asks for them, once an event says so (`queue/unattended.py`)."""
    breaker = models.JSONField(null=True)
    """After how many `failures` within how many `minutes` it is paused (`functions/breaker.py`)."""
    paused_at = models.DateTimeField(null=True)
    """Since when none of its tasks is claimed or pushed (`functions/pausing.py`)."""
    paused_by = models.CharField(max_length=200, null=True)
    pause_reason = models.TextField(null=True)
    paused_until = models.DateTimeField(null=True)
    """When it is resumed by itself."""
    new_secret: str | None = None
    """In clear, where it was made just now."""

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["application", "name"], name="function_once_an_application")]
        indexes = [
            models.Index(
                fields=["application", "name"], name="function_paused", condition=models.Q(paused_at__isnull=False)
            ),
            models.Index(
                fields=["paused_until"], name="function_resumes", condition=models.Q(paused_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FailedExecution(models.Model):
    """That a task of a function with a breaker was lost or failed: what the breaker counts, and forgets."""

    function = models.ForeignKey(Function, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["function", "-at"], name="failed_execution_latest"),
            models.Index(fields=["at"], name="failed_execution_age"),
        ]

    def __str__(self) -> str:
        return f"{self.function_id} at {self.at}"


class Schedule(models.Model):
    """Where the schedule of a function stands: `next_at` is the first tick that was not made yet."""

    function = models.OneToOneField(Function, on_delete=models.CASCADE, primary_key=True, related_name="clock")
    next_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    """The first of the latest ticks that could not make their tasks."""

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="schedule_due", condition=models.Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.function_id} at {self.next_at}"


class Claim(models.Model):
    """A claim that got tasks, stored for the minutes in which it may be repeated."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    claim_id = models.UUIDField()
    digest = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "claim_id"], name="claim_once")]
        indexes = [models.Index(fields=["created_at"], name="claim_age")]

    def __str__(self) -> str:
        return str(self.claim_id)


class Worker(models.Model):
    """That a worker asks for tasks of a function, or keeps a lease of one: a row a worker and function.

    Written by the claims and heartbeats themselves (`queue/workers.py`). `name` is empty for workers that give none.
    """

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="workers")
    name = models.CharField(max_length=200, blank=True)
    function = models.CharField(max_length=200)
    version = models.CharField(max_length=100, null=True)
    draining = models.BooleanField(default=False)
    last_seen = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "function", "name"], name="worker_once_a_function")
        ]
        indexes = [models.Index(fields=["last_seen"], name="worker_age")]

    def __str__(self) -> str:
        return f"{self.name} for {self.function}"


class Rule(Record):
    """On an event in its container, when a condition holds, do actions. It belongs to whom wrote it (`author`)."""

    container = models.ForeignKey(Container, on_delete=models.CASCADE, related_name="rules")
    name = models.CharField(max_length=63)
    title = models.CharField(max_length=200)
    on = models.JSONField(default=list)
    when = models.TextField(null=True)
    actions = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)
    author = models.CharField(max_length=200)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["container", "name"], name="rule_once_a_container")]

    def __str__(self) -> str:
        return self.title


class RuleRun(models.Model):
    """What a rule did on one event whose condition held, or why it could not. Never the same event twice."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="runs")
    event_id = models.UUIDField()
    task_id = models.UUIDField()
    at = models.DateTimeField(default=timezone.now)
    did = models.JSONField(default=list)
    error = models.TextField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["rule", "event_id"], name="rule_run_once_an_event")]
        indexes = [models.Index(fields=["at"], name="rule_run_age")]

    def __str__(self) -> str:
        return f"{self.rule_id} on {self.event_id}"
