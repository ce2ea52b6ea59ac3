"""Tasks and what hangs on them."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.actors.models import Application, Team, User
from apps.containers.models import Container, TypeVersion
from apps.core.models import Record
from apps.tasks.lifecycle import Lifecycle, Status

from .break_glass import BreakGlass
from .files import Attachment, StoredFile
from .handovers import OPEN_STATES, Handover, Receipt
from .scheduled import ScheduledUpdate
from .search import SearchText

__all__ = [
    "FREE_TO_FOLLOW",
    "OPEN_STATES",
    "PREVIOUS_ERRORS",
    "SKIPPED",
    "SKIPPED_NAME",
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
    """Who sees a task, widest first."""

    INHERIT = "inherit", _("As the container")
    RESTRICTED = "restricted", _("The people of the task")
    PRIVATE = "private", _("One person")
    APPLICATION = "application", _("The application alone")


class TaskQuerySet(models.QuerySet["Task"]):
    """Reads of tasks; everything that leaves the process starts at `access.visible_to`."""

    def current(self) -> "TaskQuerySet":
        """Without the attempts that a retry replaced."""
        return self.exclude(status=Status.RETRIED)


FREE_TO_FOLLOW = Q(follows__isnull=False, lease_token__isnull=True, status__in=[Status.NEW, Status.IN_PROGRESS])
"""Tasks that a migration left to whoever had them, and that nobody has any more."""


PREVIOUS_ERRORS = 3
"""How many errors of earlier attempts a task keeps."""
SKIPPED_NAME = "skipped"
"""The name of the error with which a skipped task has ended."""
SKIPPED = Q(status=Status.FAILED, error__name=SKIPPED_NAME)
"""Tasks that somebody skipped. They are `failed`, and count as no failures."""


class Task(Lifecycle, Record):
    """One piece of work. Written only by `services` and, set-based, by `automation/queue`."""

    # What people call it, as MIG-7K3QF. An attempt has none: the newest task takes it away.
    key = models.CharField(max_length=16, null=True)
    # Where it lies. A task may move to another container of the same owner.
    container = models.ForeignKey(Container, on_delete=models.PROTECT, related_name="tasks", db_index=False)
    # The version of its type by which it was created, or to which it was migrated.
    type_version = models.ForeignKey(TypeVersion, on_delete=models.PROTECT, related_name="tasks")
    # The application that owns the container, or None where people own it; copied here for the queue's indexes.
    application = models.ForeignKey(
        Application, null=True, on_delete=models.PROTECT, related_name="tasks", db_index=False
    )
    # One line for people.
    title = models.CharField(max_length=300)
    # Text for people, empty if there is none.
    description = models.TextField(blank=True)
    # When `status` changed last.
    status_changed_at = models.DateTimeField(default=timezone.now)
    # The name of its board column: one of the stages of its type.
    stage = models.CharField(max_length=63)
    # Its place in the column, lowest first: microseconds since 1970 for a task that came to the end.
    rank = models.BigIntegerField(default=0)
    # Field values by name, as the type's schema has them. Values of secret fields are encrypted.
    fields = models.JSONField(default=dict)
    # JSON that its application alone reads and writes.
    data = models.JSONField(null=True)
    # The name of the function that runs it; None if no machine does.
    function = models.CharField(max_length=200, null=True)
    # Higher is claimed first.
    priority = models.BigIntegerField(default=0)
    # The earliest start; in the future the task waits outside the queue.
    start_at = models.DateTimeField(default=timezone.now)
    # By when it should be done. Nothing happens then by itself.
    due_at = models.DateTimeField(null=True)
    # A list of texts to find it by.
    tags = models.JSONField(default=list)
    # What outside systems call the matter; not unique.
    correlation_id = models.CharField(max_length=200, null=True)
    # The application's own name for it; unique for its container and creator among tasks that are not attempts.
    external_id = models.CharField(max_length=200, null=True)
    # Digest of the body that created it, to recognise the same call again; None for an attempt.
    creation_digest = models.CharField(max_length=64, null=True)
    # Who sees it: a value of `Privacy`.
    privacy = models.CharField(max_length=12, choices=Privacy, default=Privacy.INHERIT)
    # The one person who sees a private task.
    private_to = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Whether the owning application sees the task while it is private.
    app_readable = models.BooleanField(default=True)
    # The person who asked for it, or for whom an application created it.
    reporter = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="reported_tasks", db_index=False
    )
    # The person who is to do it.
    assignee = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="assigned_tasks", db_index=False
    )
    # The application that created it, if one did.
    created_by_application = models.ForeignKey(
        Application, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # The person who created it, if one did.
    created_by_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    # The task that it is a part of.
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children", db_index=False)
    # Why it failed last: {name, type, message, recoverable, details, retry_after_seconds}; None after a success.
    error = models.JSONField(null=True)
    # JSON that the executor reported on completion.
    result = models.JSONField(null=True)
    # The answer of its last handover that was submitted: {action, effect, fields, comment, by, at, handover}.
    answers = models.JSONField(null=True)
    # Errors of earlier attempts, oldest first, three at most.
    previous_errors = models.JSONField(default=list)
    # The ids of its attempts, oldest first.
    retry_for_task_ids = models.JSONField(default=list)
    # The task that took over when this attempt was retried.
    retried_by_task_id = models.UUIDField(null=True)
    # How many attempts no longer count against the retry policy, since a person returned or retried it.
    retry_base = models.PositiveIntegerField(default=0)
    # The newest attempt of its chain: itself, or the task that stands in its place. What decides about visibility
    # is looked up there; `privacy`, `private_to`, `app_readable`, `reporter` and `assignee` are stored equally in both.
    newest = models.UUIDField(db_index=True)
    # The workflow run that it is a step of.
    run_id = models.UUIDField(null=True)
    # The name of that step.
    step = models.CharField(max_length=63, null=True)
    # Whether its executor is asked to stop and to confirm that.
    cancel_requested = models.BooleanField(default=False)
    # The number of its latest event, and the revision that every write expects. It rises by random steps, so that
    # it does not tell how many events there were.
    sequence = models.BigIntegerField(default=0)
    # The access rules that it left behind, oldest first (`access/past_rules.py`). Its attempts have the same.
    past_rules = models.JSONField(default=list, db_column="passages")

    # The migration of its type that it follows as soon as neither a worker nor a person has it.
    follows = models.UUIDField(null=True)

    # Whether it is claimable now.
    queued = models.BooleanField(default=False)
    # After how many seconds in the queue a person gets it; None for never.
    failover_after = models.PositiveIntegerField(null=True)
    # When that will be, while it is queued.
    failover_at = models.DateTimeField(null=True)
    # SHA-256 of the token of its current lease; None if no worker holds it.
    lease_token = models.BinaryField(max_length=32, null=True)
    # When the lease ends unless a heartbeat extends it, by the database clock.
    lease_expires_at = models.DateTimeField(null=True)
    # The latest time to which heartbeats extend it.
    lease_deadline = models.DateTimeField(null=True)
    # The `claim_id` of the call that claimed it.
    lease_claim = models.UUIDField(null=True)
    # The name that the worker gave.
    lease_worker = models.CharField(max_length=200, null=True)
    # How often it was given to a worker.
    delivery = models.PositiveIntegerField(default=0)
    # Hash of the lease under which its outcome was accepted, to recognise the same outcome again.
    outcome_token = models.BinaryField(max_length=32, null=True)
    # Digest of that outcome.
    outcome_digest = models.BinaryField(max_length=32, null=True)
    # JSON that a worker stored to go on from after a loss.
    checkpoint = models.JSONField(null=True)
    # What the worker last reported on how far it is.
    progress = models.JSONField(null=True)

    objects = TaskQuerySet.as_manager()
    RELATED = (
        "container__application", "type_version__type", "reporter", "assignee", "private_to",
        "created_by_application", "created_by_user",
    )  # fmt: skip
    """The relations that a task is judged and rendered with: to be joined, so that no row costs a query."""
    known_pause: Any = "unknown"
    """The pause of its function, once it was looked up (`tasks/pauses.py`)."""
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
            # `failed_since`: the groups of what failed.
            models.Index(fields=["-status_changed_at", "-id"], name="task_failed", condition=Q(status=Status.FAILED)),
            models.Index(fields=["failover_at"], name="task_failover_due", condition=Q(failover_at__isnull=False)),
            models.Index(fields=["container", "stage", "rank", "id"], name="task_board"),
            # Lists of a container by age, status by status (`queries.merged`), and by status.
            models.Index(fields=["container", "status", "id"], name="task_of_container"),
            # Lists of a container by `updated_at`: what the page of a container's tasks shows first.
            models.Index(fields=["container", "updated_at", "id"], name="task_changed"),
            models.Index(fields=["reporter", "id"], name="task_of_reporter", condition=Q(reporter__isnull=False)),
            models.Index(fields=["assignee", "id"], name="task_of_assignee", condition=Q(assignee__isnull=False)),
            models.Index(fields=["private_to", "id"], name="task_private_to", condition=Q(private_to__isnull=False)),
            models.Index(
                fields=["correlation_id", "id"], name="task_correlation", condition=Q(correlation_id__isnull=False)
            ),
            models.Index(fields=["parent"], name="task_of_parent", condition=Q(parent__isnull=False)),
            models.Index(fields=["follows", "id"], name="task_free_to_follow", condition=FREE_TO_FOLLOW),
        ]

    @property
    def origin_id(self) -> str:
        """The id of its first attempt, which all its attempts have in common."""
        origin: str = self.retry_for_task_ids[0] if self.retry_for_task_ids else str(self.pk)
        return origin

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
    def is_skipped(self) -> bool:
        """Ended because somebody skipped it: that is no failure. The object form of `SKIPPED`."""
        return self.status == Status.FAILED and (self.error or {}).get("name") == SKIPPED_NAME

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
    """Lets one user or team see one task, besides what its privacy gives."""

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
    """A user follows a task. It does not let them see it."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="watches")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="watches")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "user"], name="watch_once_a_user")]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.task_id}"
