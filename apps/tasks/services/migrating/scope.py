"""What a migration is about: a type that the actor may push, and its live tasks of other versions."""

from typing import Any
from uuid import UUID

from django.db.models import Count, F
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers import access as containers
from apps.containers.models import Container, TaskType, TypeMigration, TypeVersion
from apps.containers.services import require_pusher
from apps.core.errors import NotFound
from apps.tasks import queries
from apps.tasks.lifecycle import LIVE
from apps.tasks.models import TaskQuerySet

Json = dict[str, Any]


def find_type(actor: Actor, slug: str, name: str) -> TaskType:
    """The type, with its current version. Raises NotFound; Forbidden if the actor may not push it."""
    container = containers.get_container(actor, slug, "manage")
    containers.require_owner(actor, container)
    rows = TaskType.objects.filter(container=container, name=name, current__isnull=False)
    kind = rows.select_related("current", "container__application").first()
    if kind is None:
        raise NotFound(_("There is no such type."))
    require_pusher(actor, kind)
    return kind


def candidates(actor: Actor, kind: TaskType, version: TypeVersion) -> TaskQuerySet:
    """The live tasks of other versions that exist for the actor, in a fixed order."""
    rows = queries.tasks_for(actor).filter(type_version__type=kind, status__in=LIVE)
    # Specs are kept by version: a task need not carry its own.
    return rows.exclude(type_version=version).defer("type_version__spec", "type_version__stage_map").order_by("id")


def old_tasks(actor: Actor, container: Container) -> dict[UUID, int]:
    """Type → how many of its live tasks are not of its current version, as far as they exist for the actor."""
    rows = queries.tasks_for(actor).filter(container=container, status__in=LIVE)
    rows = rows.exclude(type_version=F("type_version__type__current"))
    counted = rows.order_by("type_version__type").values_list("type_version__type").annotate(count=Count("pk"))
    return dict(counted)


def heading(kind: TaskType, version: TypeVersion, *, dry_run: bool) -> Json:
    """What an answer begins with."""
    return {
        "container": kind.container.slug,
        "type": kind.name,
        "to_version": version.number,
        "dry_run": dry_run,
    }


def render_migration(kind: TaskType, row: TypeMigration) -> Json:
    """How far a migration is, in the words of a look at it."""
    return {
        **heading(kind, row.version, dry_run=False),
        "tasks": row.tasks,
        "converts": row.converted,
        "needs_person": row.left,
        "examined": row.converted + row.left,
        "done": row.ended_at is not None,
        "widens": False,
        "gains": [],
        "versions": [],
        "reasons": [],
        "sample": [],
    }
