"""Who may do what to a container: role × verb, in one table. With `tasks/access` the only policy there is."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.errors import Forbidden, NotFound
from apps.core.sql.prepared import Prepared

from .models import RANKS, Container, Membership, Role, TaskType, TypeVersion
from .type_document import unread
from .type_document.spec import TypeSpec, spec_of

Verb = Literal["see", "request", "view", "create", "work", "manage", "delete"]

NEEDS: dict[Verb, Role] = {
    "see": Role.REQUESTER,
    "request": Role.REQUESTER,
    "view": Role.VIEWER,
    "create": Role.CONTRIBUTOR,
    "work": Role.CONTRIBUTOR,
    "manage": Role.MANAGER,
    "delete": Role.MANAGER,
}


def at_least(role: str) -> list[str]:
    """The roles that include `role`."""
    return [name for name, rank in RANKS.items() if rank >= RANKS[role]]


def containers_with_role(actor: Actor, role: str) -> Q:
    """Condition on Container: those in which the actor has `role` or more."""
    if actor.is_system:
        return Q()
    roles = at_least(role)
    if actor.is_application:
        member = Membership.objects.filter(application=actor.id, role__in=roles)
        return Q(application=actor.id) | Q(pk__in=member.values("container"))
    own = Q(user=actor.id) | Q(team__in=actor.team_ids)
    return Q(everyone__in=roles) | Q(pk__in=Membership.objects.filter(own, role__in=roles).values("container"))


def visible_to(actor: Actor) -> QuerySet[Container]:
    """The containers that exist for the actor."""
    return Container.objects.filter(containers_with_role(actor, Role.REQUESTER))


def role_of(actor: Actor, container: Container) -> str:
    """The actor's strongest role there; "none" if they have none."""
    role = _role_without_membership(actor, container)
    if role == Role.MANAGER:
        return role
    return max([role, *_memberships(actor, container)], key=RANKS.__getitem__)


def _memberships(actor: Actor, container: Container) -> list[str]:
    rows = _MEMBERSHIPS.rows(container.pk, actor.id, *actor.team_ids, key=actor.is_application)
    return [row.role for row in rows]


def _memberships_of(is_application: bool, container: UUID, actor: UUID, *teams: UUID) -> QuerySet[Membership]:
    mine = Q(application=actor) if is_application else Q(user=actor) | Q(team__in=teams)
    return Membership.objects.filter(mine, container=container).order_by()


_MEMBERSHIPS = Prepared(_memberships_of)


def roles_in(actor: Actor, containers: Iterable[Container]) -> dict[UUID, str]:
    """The actor's role in each of the containers, in one query at most."""
    result = {c.pk: _role_without_membership(actor, c) for c in containers}
    weak = [pk for pk, role in result.items() if role != Role.MANAGER]
    if not weak:
        return result
    mine = Q(application=actor.id) if actor.is_application else Q(user=actor.id) | Q(team__in=actor.team_ids)
    for row in Membership.objects.filter(mine, container__in=weak):
        result[row.container_id] = max(result[row.container_id], row.role, key=RANKS.__getitem__)
    return result


def roles_of(actors: Iterable[Actor], container: Container) -> dict[UUID, str]:
    """The role of each of the actors in one container, in one query: `role_of` for many."""
    rows = list(Membership.objects.filter(container=container))
    return {actor.id: _strongest(actor, container, rows) for actor in actors}


def _strongest(actor: Actor, container: Container, rows: Iterable[Membership]) -> str:
    result = _role_without_membership(actor, container)
    for row in rows:
        own = row.application_id if actor.is_application else row.user_id
        if own == actor.id or (actor.is_user and row.team_id in actor.team_ids):
            result = max(result, row.role, key=RANKS.__getitem__)
    return result


def _role_without_membership(actor: Actor, container: Container) -> str:
    if owns(actor, container):
        return Role.MANAGER
    return "none" if actor.is_application else container.everyone


def allows(role: str, verb: Verb) -> bool:
    """Whether a role is enough for a verb."""
    return RANKS[role] >= RANKS[NEEDS[verb]]


def can(actor: Actor, verb: Verb, container: Container) -> bool:
    """Whether the actor may do it there."""
    return allows(role_of(actor, container), verb)


def get_container(actor: Actor, slug: str, verb: Verb = "see") -> Container:
    """The container, if the actor sees it and may do `verb`. Raises NotFound (absent or hidden) or Forbidden."""
    container = _BY_SLUG.first(slug) if "\0" not in slug else None
    role = role_of(actor, container) if container else "none"
    if container is None or not allows(role, "see"):
        raise NotFound("There is no such container.")
    if not allows(role, verb):
        raise Forbidden("Your role in this container does not allow that.")
    return container


_BY_SLUG = Prepared(lambda slug: Container.objects.filter(slug=slug).select_related("application").order_by())


def require(actor: Actor, verb: Verb, container: Container) -> None:
    """Raises NotFound if the container is hidden from the actor, Forbidden if the role is too weak."""
    get_container(actor, container.slug, verb)


def require_owner(actor: Actor, container: Container) -> None:
    """Raises Forbidden if an application owns the container and the actor is another one. People are judged by role."""
    if actor.is_application and container.application_id != actor.id and not container.is_peoples:
        raise Forbidden("The container belongs to another application.")


def audiences_in(actor: Actor, container: Container, role: str) -> frozenset[str]:
    """The audiences of field access that the actor belongs to in a container, whatever the task."""
    named = {"everyone", str(actor)} | {f"team:{slug}" for slug in actor.team_slugs}
    if owns(actor, container):
        return frozenset(named | {"application"})
    return frozenset(named | {name for name in (Role.CONTRIBUTOR, Role.MANAGER) if RANKS[role] >= RANKS[name]})


def owns(actor: Actor, container: Container) -> bool:
    """Whether the actor is the application that owns the container, or the system."""
    return actor.is_system or (actor.is_application and container.application_id == actor.id)


def require_publisher(actor: Actor, kind: TaskType) -> None:
    """Raises Forbidden if an application declares the type and the actor is not that application."""
    if kind.application_id is not None and not actor.is_system and kind.application_id != actor.id:
        raise Forbidden(_("An application declares this type."))


# --- What of a type exists for somebody -----------------------------------------------------------------


def may_create(spec: TypeSpec, role: str) -> bool:
    """Whether the role is enough to create such tasks through the form."""
    return spec.create_by is not None and RANKS[role] >= RANKS[spec.create_by]


def reads_whole_types(actor: Actor, container: Container, role: str) -> bool:
    """Whether the actor sees all of the types there: their owner, and managers where people own them."""
    return owns(actor, container) or (container.is_peoples and RANKS[role] >= RANKS[Role.MANAGER])


def known_fields(actor: Actor, container: Container, role: str, version: TypeVersion) -> frozenset[str]:
    """The names of a type's fields that exist for the actor, as far as a role can tell without a task."""
    spec = spec_of(version)
    if reads_whole_types(actor, container, role):
        return frozenset(spec.fields)
    audiences = audiences_in(actor, container, role)
    asked: frozenset[str] = frozenset()
    if may_create(spec, role):
        audiences, asked = audiences | {"reporter"}, frozenset(spec.create_fields)
    peoples = container.is_peoples
    return asked | {name for name in spec.fields if audiences & spec.audiences(name, peoples=peoples)}


def unread_fields(actor: Actor, version: TypeVersion) -> frozenset[str]:
    """The names of a type's fields that the actor does not read on every task."""
    container = version.type.container
    audiences = audiences_in(actor, container, role_of(actor, container))
    return unread.unread_fields(spec_of(version), audiences, peoples=container.is_peoples)
