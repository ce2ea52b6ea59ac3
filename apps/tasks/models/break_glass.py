"""Break-glass: an administrator looks into one task for a while, and says why."""

from django.db import models
from django.db.models import Q

from apps.actors.models import User
from apps.core.models import Record


class BreakGlass(Record):
    """Lets one administrator see one task (and its attempts) until `ends_at`, or `ended_at` if that was before."""

    task = models.ForeignKey("tasks.Task", on_delete=models.CASCADE, related_name="openings")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500)
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "opened tasks"
        constraints = [
            models.UniqueConstraint(fields=["user", "task"], condition=Q(ended_at=None), name="glass_broken_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} looks at {self.task_id}"
