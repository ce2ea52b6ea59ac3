"""Tasks and what hangs on them."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.actors.models import Application, Team, User
from apps.containers.models import Container, TypeVersion
from apps.core.models import Record
from apps.tasks.lifecycle import Lifecycle, Status

from .files import Attachment, StoredFile
from .glass import BreakGlass
from .handovers import OPEN_STATES, Handover, Receipt
from .scheduled import ScheduledUpdate
from .search import SearchText

if TYPE_CHECKING:
    from apps.actors.actor import Actor

__all__ = [
    "OPEN_STATES",
    "Attachment",
    "BreakGlass",
    "Grant",
    "Handover",
    "Link",
    "Note",
    "Privacy",
    "Receipt",
    "ScheduledUpdate",
    "SearchText",
    "StoredFile",
    "Task",
    "TaskQuerySet",
    "Watch",
]


class Privacy(models.TextChoices):
    """Who sees a task, widest first (domain: privacy)."""

    INHERIT = "inherit", _("As the container")
    RESTRICTED = "restricted", _("The people of the task")
    PRIVATE = "private", _("One person")
    APPLICATION = "application", _("The application alone")


class TaskQuerySet(models.QuerySet["Task"]):
    """Reads of tasks; everything that leaves the process starts at `visible_to`."""

    def visible_to(self, actor: "Actor") -> "TaskQuerySet":
        """The tasks that exist for the actor."""
        from apps.tasks import access  # the policy reads these models

        return self.filter(access.visible_condition(actor))

    def current(self) -> "TaskQuerySet":
        """Without the attempts that a retry replaced."""
        return self.exclude(status=Status.RETRIED)


class Task(Lifecycle, Record):
    """One piece of work. Written only by `services` and, set-based, by `automation/queue.py`.

    `newest` is the task that replaced this attempt, or itself: what decides about visibility is looked up there,
    and the columns that decide (`privacy`, `private_to`, `app_readable`, `reporter`, `assignee`) are kept equal.
    `sequence` is the revision that every write expects; it rises by steps that tell nothing.
    `passages` are the rules that it left (`access/history.py`): its attempts have them too.
    `queued` is true when the task is claimable now; `failover_at` is when an unclaimed one goes to a person.
    """

    key = models.CharField(max_length=16, null=True)
    container = models.ForeignKey(Container, on_delete=models.PROTECT, related_name="tasks", db_index=False)
    type_version = models.ForeignKey(TypeVersion, on_delete=models.PROTECT, related_name="tasks")
    application = models.ForeignKey(
        Application, null=True, on_delete=models.PROTECT, related_name="tasks", db_index=False
    )
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    status_changed_at = models.DateTimeField(default=timezone.now)
    stage = models.CharField(max_length=63)
    rank = models.BigIntegerField(default=0)
    fields = models.JSONField(default=dict)
    data = models.JSONField(null=True)
    function = models.CharField(max_length=200, null=True)
    priority = models.BigIntegerField(default=0)
    start_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)
    tags = models.JSONField(default=list)
    correlation_id = models.CharField(max_length=200, null=True)
    external_id = models.CharField(max_length=200, null=True)
    creation_digest = models.CharField(max_length=64, null=True)
    privacy = models.CharField(max_length=12, choices=Privacy, default=Privacy.INHERIT)
    private_to = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    app_readable = models.BooleanField(default=True)
    reporter = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="reported_tasks", db_index=False
    )
    assignee = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="assigned_tasks", db_index=False
    )
    created_by_application = models.ForeignKey(
        Application, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_by_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children", db_index=False)
    error = models.JSONField(null=True)
    result = models.JSONField(null=True)
    answers = models.JSONField(null=True)
    previous_errors = models.JSONField(default=list)
    retry_for_task_ids = models.JSONField(default=list)
    retried_by_task_id = models.UUIDField(null=True)
    retry_base = models.PositiveIntegerField(default=0)
    newest = models.UUIDField(db_index=True)
    run_id = models.UUIDField(null=True)
    step = models.CharField(max_length=63, null=True)
    cancel_requested = models.BooleanField(default=False)
    sequence = models.BigIntegerField(default=0)
    passages = models.JSONField(default=list)

    queued = models.BooleanField(default=False)
    failover_after = models.PositiveIntegerField(null=True)
    failover_at = models.DateTimeField(null=True)
    lease_token = models.BinaryField(max_length=32, null=True)
    lease_expires_at = models.DateTimeField(null=True)
    lease_deadline = models.DateTimeField(null=True)
    lease_claim = models.UUIDField(null=True)
    lease_worker = models.CharField(max_length=200, null=True)
    delivery = models.PositiveIntegerField(default=0)
    outcome_token = models.BinaryField(max_length=32, null=True)
    outcome_digest = models.BinaryField(max_length=32, null=True)
    checkpoint = models.JSONField(null=True)
    progress = models.JSONField(null=True)

    objects = TaskQuerySet.as_manager()
    revision = 0
    """The `sequence` as it is stored; `sequence` itself runs ahead while a transaction adds events."""

    class Meta:
        # Every claim and every outcome writes each index anew: no index on foreign keys but the ones below.
        constraints = [
            models.UniqueConstraint(fields=["key"], name="task_key_once"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="task_status_is_known"),
            models.CheckConstraint(condition=Q(privacy__in=Privacy.values), name="task_privacy_is_known"),
            models.CheckConstraint(
                condition=Q(lease_token__isnull=True) | Q(status=Status.IN_PROGRESS), name="task_lease_needs_progress"
            ),
            models.CheckConstraint(condition=Q(queued=False) | Q(status=Status.NEW), name="task_queued_needs_new"),
            models.CheckConstraint(
                condition=~Q(privacy=Privacy.PRIVATE) | Q(private_to__isnull=False), name="task_private_names_a_user"
            ),
            models.UniqueConstraint(
                fields=["container", "created_by_application", "external_id"],
                condition=Q(external_id__isnull=False),
                name="task_external_id_once",
            ),
        ]
        indexes = [
            models.Index(
                "application",
                "function",
                models.F("priority").desc(),
                "start_at",
                "id",
                name="task_claim",
                condition=Q(queued=True),
            ),
            models.Index(fields=["id"], name="task_leased", condition=Q(lease_token__isnull=False)),
            models.Index(fields=["lease_claim"], name="task_of_claim", condition=Q(lease_claim__isnull=False)),
            models.Index(
                fields=["start_at"],
                name="task_scheduled",
                condition=Q(queued=False, status=Status.NEW, function__isnull=False),
            ),
            models.Index(
                "application",
                "function",
                "queued",
                "priority",
                Greatest("start_at", "status_changed_at"),
                name="task_waiting",
                condition=Q(status=Status.NEW, function__isnull=False),
            ),
            models.Index(
                fields=["application", "function", "status", "status_changed_at"],
                name="task_ended",
                condition=Q(status__in=["complete", "failed", "retried"], function__isnull=False),
            ),
            models.Index(fields=["failover_at"], name="task_failover_due", condition=Q(failover_at__isnull=False)),
            models.Index(fields=["container", "stage", "rank", "id"], name="task_board"),
            models.Index(fields=["container", "status", "id"], name="task_of_container"),
            models.Index(fields=["reporter", "id"], name="task_of_reporter", condition=Q(reporter__isnull=False)),
            models.Index(fields=["assignee", "id"], name="task_of_assignee", condition=Q(assignee__isnull=False)),
            models.Index(fields=["private_to", "id"], name="task_private_to", condition=Q(private_to__isnull=False)),
            models.Index(
                fields=["correlation_id", "id"], name="task_correlation", condition=Q(correlation_id__isnull=False)
            ),
            models.Index(fields=["parent"], name="task_of_parent", condition=Q(parent__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.key or self.pk} {self.title}"

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        """A row of the table."""
        task = super().from_db(*args, **kwargs)
        task.was_read()
        return task

    def was_read(self) -> None:
        """Remembers the stored sequence as the revision that a write must still find."""
        self.revision = self.__dict__.get("sequence", 0)

    @property
    def has_ended(self) -> bool:
        """No longer live: complete, failed, retried, canceled or aborted."""
        return self.status not in (Status.NEW, Status.IN_PROGRESS, Status.HANDED_OVER)

    @property
    def is_leased(self) -> bool:
        """A worker holds it (its lease may be past its time until the sweeper decides)."""
        return self.lease_token is not None


class Note(Record):
    """Text on a task: a comment (all who see the task) or a work note (those who work on it)."""

    class Kind(models.TextChoices):
        COMMENT = "comment", _("Comment")
        WORK_NOTE = "work_note", _("Work note")

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.TextField()
    author = models.CharField(max_length=200)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.text[:60]


class Link(Record):
    """A relation between two tasks; shown only to those who see both."""

    class Kind(models.TextChoices):
        BLOCKS = "blocks", _("blocks")
        RELATES = "relates", _("relates to")
        PARENT = "parent", _("is part of")

    kind = models.CharField(max_length=8, choices=Kind)
    source = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="links_out")
    target = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="links_in")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "source", "target"], name="link_once")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"


class Grant(Record):
    """Sight of one task for one user or team, besides what its privacy gives."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="grants")
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "user"], name="grant_once_a_user"),
            models.UniqueConstraint(fields=["task", "team"], name="grant_once_a_team"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} to {self.user_id or self.team_id}"


class Watch(Record):
    """A user follows a task. It gives no sight of it."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="watches")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="watches")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "user"], name="watch_once_a_user")]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.task_id}"
