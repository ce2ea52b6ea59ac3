"""Reads of containers, members and types; each starts from what exists for the actor."""

from django.db.models import Exists, F, Q, QuerySet

from apps.actors.actor import Actor
from apps.core.errors import NotFound

from . import access
from .access import known_fields as known_fields
from .access import may_create as may_create
from .models import RANKS, Container, Membership, Role, TaskType, TypeVersion

WORKS = "works_in_any"


def list_containers(actor: Actor) -> QuerySet[Container]:
    """The containers that exist for the actor, by slug; `access.roles_in` reads the role in each in one query."""
    return access.visible_to(actor).select_related("application").order_by("slug")


def list_places(actor: Actor) -> QuerySet[Container]:
    """As `list_containers`; WORKS of each says whether the actor works in any of them, shown or not."""
    worked_in = Container.objects.filter(access.containers_with_role(actor, Role.CONTRIBUTOR))
    return list_containers(actor).annotate(**{WORKS: Exists(worked_in)})


def working_places(actor: Actor) -> QuerySet[Container]:
    """The containers of people in which the actor may create tasks, by title."""
    places = Container.objects.filter(access.containers_with_role(actor, Role.CONTRIBUTOR), application=None)
    return places.order_by("title", "slug")


def list_members(actor: Actor, slug: str) -> QuerySet[Membership]:
    """The members of a container, oldest first, for those who may look into it."""
    container = access.get_container(actor, slug, "view")
    rows = Membership.objects.filter(container=container)
    return rows.select_related("user", "team", "application").order_by("created_at", "id")


def list_types(actor: Actor, container: Container, role: str) -> QuerySet[TaskType]:
    """The live types of a container that exist for the actor: a requester's are those that they may create."""
    types = TaskType.objects.filter(container=container, retired_at=None, current__isnull=False)
    if not access.allows(role, "view"):
        types = types.filter(_created_by(role))
    return types.select_related("current", "application").order_by("name")


def get_type(actor: Actor, slug: str, name: str) -> TaskType:
    """One live type, with its container and current version. Raises NotFound if it is absent or hidden."""
    container = access.get_container(actor, slug)
    role = access.role_of(actor, container)
    kind = list_types(actor, container, role).filter(name=name).first() if "\0" not in name else None
    if kind is None:
        raise NotFound("There is no such type.")
    kind.container = container
    return kind


def list_versions(actor: Actor, slug: str, name: str) -> QuerySet[TypeVersion]:
    """Every published version of a type, newest first, for those who may look into the container."""
    container = access.get_container(actor, slug, "view")
    kind = TaskType.objects.filter(container=container, name=name).first() if "\0" not in name else None
    if kind is None:
        raise NotFound("There is no such type.")
    return kind.versions.order_by("-number")


def find_version(container: Container | None, name: str) -> TypeVersion | None:
    """The current version of a type, retired ones included, with its type."""
    if container is None or "\0" in name:
        return None
    versions = TypeVersion.objects.filter(type__container=container, type__name=name, type__current=F("pk"))
    return versions.select_related("type").first()


# --- Creating by form ---------------------------------------------------------------------------------


def creatable_types(actor: Actor) -> QuerySet[TaskType]:
    """The types of which the actor may create tasks through the form, with container and version."""
    reached = Q(pk__in=[])
    for role in Role.values:
        containers = Container.objects.filter(access.containers_with_role(actor, role))
        reached |= Q(container__in=containers.values("pk"), current__spec__create__by=role)
    types = TaskType.objects.filter(reached, retired_at=None)
    return types.select_related("current", "container__application").order_by("container__title", "title", "id")


def _created_by(role: str) -> Q:
    return Q(current__spec__create__by__in=[name for name in Role.values if RANKS[name] <= RANKS[role]])
