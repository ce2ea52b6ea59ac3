"""Functions: the names under which applications run tasks; and the claims that make a lost answer repeatable."""

from django.db import models

from apps.actors.models import Application
from apps.core.models import Record


class Function(Record):
    """How tasks of one name are run (domain: functions). Workers of the application claim them."""

    class Mode(models.TextChoices):
        PULL = "pull", "Workers claim"

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="functions")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    mode = models.CharField(max_length=4, choices=Mode, default=Mode.PULL)
    time_limit = models.PositiveIntegerField(null=True)
    lease_seconds = models.PositiveIntegerField(default=60)
    default_priority = models.BigIntegerField(default=0)
    max_concurrency = models.PositiveIntegerField(null=True)
    retry_policy = models.JSONField(default=dict)
    failover = models.JSONField(null=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["application", "name"], name="function_once_an_application")]

    def __str__(self) -> str:
        return self.name


class Claim(models.Model):
    """A claim that found tasks, kept for the minutes in which it may be repeated."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    claim_id = models.UUIDField()
    digest = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "claim_id"], name="claim_once")]
        indexes = [models.Index(fields=["created_at"], name="claim_age")]

    def __str__(self) -> str:
        return str(self.claim_id)
