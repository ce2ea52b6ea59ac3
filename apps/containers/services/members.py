"""Who belongs to a container, and as what."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import Actor
from apps.actors.models import Application, Team, User
from apps.containers.models import Container, Membership, Role
from apps.core.errors import Conflict, Invalid, NotFound

from .writing import lock_container, tell


@transaction.atomic
def put_member(actor: Actor, slug: str, reference: str, role: object) -> tuple[Membership, bool, bool]:
    """(membership, whether it was made, whether anything changed).

    Raises Invalid (no such party or role), Conflict (a people's container would have no manager left).
    """
    if role not in Role.values:
        raise Invalid.at("/role", _("Must be one of: %s.") % ", ".join(Role.values))
    container = lock_container(actor, slug, "manage")
    party = references.find(reference, pointer="")
    row = _membership(container, party)
    if row is not None and row.role == role:
        return row, False, False
    created = row is None
    row = row or Membership(container=container, **_column(party))
    row.role, row.updated_at = str(role), timezone.now()
    row.save()
    _require_manager(container)
    tell(actor, container, "put_member", member=party.reference, role=role)
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
    tell(actor, container, "delete_member", member=reference)


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
    if not container.is_peoples:
        return
    somebody = Q(user__is_active=True) | Q(team__members__is_active=True)
    if not Membership.objects.filter(somebody, container=container, role=Role.MANAGER).exists():
        raise Conflict(_("The container needs a manager."))
