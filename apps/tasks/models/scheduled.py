"""Changes of tasks that happen by themselves."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.actors.models import Application, User
from apps.core.models import Record

if TYPE_CHECKING:
    from apps.actors.actor import Actor


class ScheduledUpdate(Record):
    """A change of a task that happens by itself once, at a time, with the rights that its maker has then.

    `set` is the body of a PATCH (timestamps are texts), `transition` one of the type's, `input` what it asks for. Where
    nobody is named the system made it. `error` is the refusal, as a problem document without pointers into others'
    fields.
    """

    RELATED = ("created_by_user", "created_by_application")
    """The relations that it is rendered with."""

    class State(models.TextChoices):
        PENDING = "pending", _("Planned")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")

    task = models.ForeignKey("tasks.Task", on_delete=models.CASCADE, related_name="scheduled_updates")
    at = models.DateTimeField()
    set = models.JSONField(default=dict)
    transition = models.CharField(max_length=63, null=True)
    input = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    error = models.JSONField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_by_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_by_application = models.ForeignKey(Application, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["at"], name="scheduled_update_due", condition=Q(state="pending"))]

    def __str__(self) -> str:
        return f"{self.task_id} at {self.at}"

    @property
    def created_by(self) -> str:
        """The reference of who made it."""
        party = self.created_by_user or self.created_by_application
        return party.reference if party else "system"

    def is_of(self, actor: "Actor") -> bool:
        """Whether the actor made it."""
        return actor.id is not None and actor.id in (self.created_by_user_id, self.created_by_application_id)
