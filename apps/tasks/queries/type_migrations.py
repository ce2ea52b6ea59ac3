"""Which tasks a migration of their type is about, and how far it is."""

from uuid import UUID

from django.db.models import Count, F
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers.models import Container, TaskType, TypeMigration, TypeVersion
from apps.core.errors import NotFound
from apps.tasks import access
from apps.tasks.lifecycle import LIVE
from apps.tasks.models import TaskQuerySet

from .tasks import tasks_for


def candidates(actor: Actor, kind: TaskType, version: TypeVersion) -> TaskQuerySet:
    """The live tasks of other versions that exist for the actor, in a fixed order."""
    rows = tasks_for(actor).filter(type_version__type=kind, status__in=LIVE)
    # Specs are kept by version: a task need not carry its own.
    return rows.exclude(type_version=version).defer("type_version__spec", "type_version__stage_map").order_by("id")


def old_versions(rows: TaskQuerySet) -> list[TypeVersion]:
    """The versions on which the tasks stand, with their types and containers."""
    ids = rows.order_by().values_list("type_version", flat=True).distinct()
    return list(TypeVersion.objects.filter(pk__in=list(ids)).select_related("type__container"))


def old_tasks(actor: Actor, container: Container) -> dict[UUID, int]:
    """Type → how many of its live tasks are not of its current version, as far as they exist for the actor."""
    rows = tasks_for(actor).filter(container=container, status__in=LIVE)
    rows = rows.exclude(type_version=F("type_version__type__current"))
    counted = rows.order_by("type_version__type").values_list("type_version__type").annotate(count=Count("pk"))
    return dict(counted)


def held_tasks(actor: Actor, row: TypeMigration) -> int:
    """How many tasks that the actor sees follow the migration as soon as nobody has them."""
    return candidates(actor, row.type, row.version).filter(follows=row.pk).count()


def get_migration(actor: Actor, slug: str, name: str) -> tuple[TaskType, TypeMigration]:
    """The type, and the actor's last migration of it. Raises NotFound, Forbidden."""
    kind = access.get_type_to_migrate(actor, slug, name)
    row = kind.migrations.filter(author=str(actor)).select_related("version").first()
    if row is None:
        raise NotFound(_("This type was not migrated."))
    return kind, row


def tasks_left(actor: Actor, slug: str, name: str) -> tuple[TypeMigration, TaskQuerySet]:
    """The actor's last migration of a type, and the live tasks that it has left behind. Raises NotFound, Forbidden."""
    kind, row = get_migration(actor, slug, name)
    return row, candidates(actor, kind, row.version)
