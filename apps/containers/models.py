"""Containers, their members, and the versioned task types in them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.actors.models import Application, Team, User, slug_validator
from apps.core.models import Record


class Role(models.TextChoices):
    """What a member may do, weakest first; each role includes the ones before it."""

    REQUESTER = "requester", _("Requester")
    VIEWER = "viewer", _("Viewer")
    CONTRIBUTOR = "contributor", _("Contributor")
    MANAGER = "manager", _("Manager")


RANKS: dict[str, int] = {"none": 0, **{role.value: rank for rank, role in enumerate(Role, start=1)}}


class Everyone(models.TextChoices):
    """The role that every signed-in user has without membership."""

    NONE = "none", _("Members only")
    REQUESTER = "requester", _("Everyone may request")
    VIEWER = "viewer", _("Everyone may look")
    CONTRIBUTOR = "contributor", _("Everyone may work")


class Container(Record):
    """A place of tasks. Owned by an application, or by nobody: then people make tasks there by hand."""

    slug = models.CharField(max_length=63, unique=True, validators=[slug_validator])
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    application = models.ForeignKey(
        Application, null=True, blank=True, on_delete=models.PROTECT, related_name="containers"
    )
    everyone = models.CharField(max_length=12, choices=Everyone, default=Everyone.NONE)
    managers_see_restricted = models.BooleanField(default=False)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(condition=Q(everyone__in=Everyone.values), name="container_everyone_is_known")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_peoples(self) -> bool:
        """People's own container, without an application."""
        return self.application_id is None


class Membership(Record):
    """A role of one user, team or application in one container."""

    container = models.ForeignKey(Container, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="memberships")
    application = models.ForeignKey(
        Application, null=True, blank=True, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=12, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["container", "user"], name="membership_once_a_user"),
            models.UniqueConstraint(fields=["container", "team"], name="membership_once_a_team"),
            models.UniqueConstraint(fields=["container", "application"], name="membership_once_an_application"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_is_known"),
            models.CheckConstraint(
                condition=Q(user__isnull=False, team__isnull=True, application__isnull=True)
                | Q(user__isnull=True, team__isnull=False, application__isnull=True)
                | Q(user__isnull=True, team__isnull=True, application__isnull=False),
                name="membership_of_exactly_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.role}"

    @property
    def member(self) -> str:
        """The reference of the member."""
        party = self.user or self.team or self.application
        return party.reference if party else ""


class TaskType(Record):
    """A kind of task in one container. Retired types make no new tasks; their live tasks go on."""

    container = models.ForeignKey(Container, on_delete=models.CASCADE, related_name="types")
    name = models.CharField(max_length=63, validators=[slug_validator])
    title = models.CharField(max_length=200)
    application = models.ForeignKey(Application, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    current = models.ForeignKey("TypeVersion", null=True, on_delete=models.PROTECT, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["container", "name"], name="type_once_a_container")]

    def __str__(self) -> str:
        return self.title


class TypeVersion(Record):
    """One published shape of a type; never changes. A task stays on the version that it was created with.

    `spec` is the normalised document (see `spec.py`). `stage_map` is derived from it for set-based SQL:
    `{"first": {status: stage}, "status": {stage: status}}`; where transitions happen by themselves
    `"automatic": {transition: stage}`, and then no statement writes a status without `services`; where it is asked for
    `"required": [field]` and `"conditions": true`, and then statements complete only tasks that have it all. Without
    `"whole": true` it is of an earlier release, and the document says what is asked for.
    """

    type = models.ForeignKey(TaskType, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    spec = models.JSONField()
    stage_map = models.JSONField()
    pushed_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["type", "number"], name="version_number_once_a_type")]

    def __str__(self) -> str:
        return f"{self.type_id} v{self.number}"


class TypeMigration(Record):
    """Moving the live tasks of a type to one of its versions, batch by batch, with the rights of its author.

    `orders` are the decisions of the author (stages, renamed and dropped fields, values), `cursor` the last task
    examined. Due until it has an end. `left` tasks need a person; `held` ones followed later, or follow yet.
    """

    type = models.ForeignKey(TaskType, on_delete=models.CASCADE, related_name="migrations")
    version = models.ForeignKey(TypeVersion, on_delete=models.CASCADE, related_name="+")
    orders = models.JSONField(default=dict)
    author = models.CharField(max_length=200)
    tasks = models.PositiveIntegerField(default=0)
    converted = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0, db_default=0)
    cursor = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["type"], condition=Q(ended_at__isnull=True), name="one_migration_a_type")
        ]

    def __str__(self) -> str:
        return f"{self.type_id} to {self.version_id}"
