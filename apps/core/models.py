"""The abstract record that every table with an id of its own starts from."""

from django.db import models
from django.utils import timezone

from .ids import uuid7


class Record(models.Model):
    """UUIDv7 key, and when it was made and last changed (UTC; services set `updated_at`, saving does not)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True
