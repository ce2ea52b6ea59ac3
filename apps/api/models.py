"""What the surface itself remembers: which POST with an Idempotency-Key was answered, and with what."""

from django.db import models
from django.utils import timezone


class IdempotencyRecord(models.Model):
    """One successful POST. `scope` hashes actor, method, path and key; `made` names the object, not its content."""

    scope = models.BinaryField(max_length=32, primary_key=True)
    body_digest = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    made = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return f"{self.status} {self.made}"
