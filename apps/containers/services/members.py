"""Who belongs to a container, and as what."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import Actor
from apps.actors.models import Application, Team, User
from apps.containers.models import Container, Membership, Role
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound
from apps.core.json_types import JsonObject
from apps.core.shapes import Choice, Flag, Object

from .widening import widen_to
from .writing import lock_container, tell

MEMBER = Object(
    {
        "role": Choice(Role.values),
        "confirm_widen": Flag(nullable=True, description="The member comes to see tasks: that is meant."),
    },
    required=["role"],
    name="MemberBody",
    about="What a membership says.",
)


@transaction.atomic
def put_member(
    actor: Actor, slug: str, reference: str, role: object, *, confirm_widen: bool = False
) -> tuple[Membership, bool, bool]:
    """(membership, whether it was made, whether anything changed).

    Raises Invalid (no such party or role), Conflict (a people's container would have no manager left); Widens if the
    role opens tasks to the party and `confirm_widen` is missing.
    """
    if role not in Role.values:
        raise Invalid.at("/role", _("Must be one of: %s.") % ", ".join(Role.values))
    container = lock_container(actor, slug, "manage")
    party = references.find(reference, pointer="")
    row = _membership(container, party)
    if row is not None and row.role == role:
        return row, False, False
    opened = widen_to(container, party, str(role), confirmed=confirm_widen)
    created = row is None
    row = row or Membership(container=container, **_column(party))
    row.role, row.updated_at = str(role), timezone.now()
    row.save()
    _require_manager(container)
    opens: JsonObject = {"tasks_opened": opened} if opened else {}
    tell(actor, container, "member_set", member=party.reference, role=role, **opens)
    return row, created, True


@transaction.atomic
def delete_member(actor: Actor, slug: str, reference: str) -> None:
    """End a membership. Raises NotFound if there is none, Conflict if no manager would be left."""
    container = lock_container(actor, slug, "manage")
    row = next((row for row in _memberships(container) if row.member == reference), None)
    if row is None:
        raise NotFound(_("There is no such member."))
    row.delete()
    _require_manager(container)
    tell(actor, container, "member_removed", member=reference)


@transaction.atomic
def appoint_manager(actor: Actor, slug: str, reference: str, *, reason: str) -> Membership:
    """An administrator gives a people's container that nobody leads any more a new manager, and says why.

    It is no way into the containers of others. Raises Forbidden, NotFound, Invalid, Conflict (it has a manager).
    """
    if not actor.is_administrator:
        raise Forbidden(_("Only administrators can do this."))
    container = Container.objects.select_for_update(of=("self",)).filter(slug=slug, application=None).first()
    if container is None:
        raise NotFound(_("There is no such container."))
    if _has_manager(container):
        raise Conflict(_("The container has a manager, who can appoint others."))
    user = references.find(reference, pointer="/member", kinds=("user",))
    row = _membership(container, user) or Membership(container=container, **_column(user))
    row.role, row.updated_at = Role.MANAGER, timezone.now()
    row.save()
    tell(actor, container, "manager_appointed", member=row.member, reason=reason)
    return row


def _column(party: references.Party) -> dict[str, User | Team | Application]:
    for column, kind in (("user", User), ("team", Team), ("application", Application)):
        if isinstance(party, kind):
            return {column: party}
    raise TypeError(party)


def _membership(container: Container, party: references.Party) -> Membership | None:
    return Membership.objects.filter(container=container, **_column(party)).first()


def _memberships(container: Container) -> list[Membership]:
    rows = Membership.objects.filter(container=container)
    return list(rows.select_related("user", "team", "application"))


def _require_manager(container: Container) -> None:
    """People's containers are led by somebody: an active user, or a team that has one."""
    if container.is_peoples and not _has_manager(container):
        raise Conflict(_("The container needs a manager."))


def _has_manager(container: Container) -> bool:
    somebody = Q(user__is_active=True) | Q(team__members__is_active=True)
    return Membership.objects.filter(somebody, container=container, role=Role.MANAGER).exists()
