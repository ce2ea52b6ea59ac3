"""Changes of a container by which more people see tasks: confirmed with the number of tasks, and recorded."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import Actor
from apps.actors.models import Application, User
from apps.actors.references import Party
from apps.containers import ports
from apps.containers.access import owns, role_of
from apps.containers.models import RANKS, Container, Role
from apps.core.errors import Forbidden, Widens
from apps.core.json_types import Json, JsonObject


def widen(actor: Actor, container: Container, changes: Mapping[str, list[Json]], *, confirmed: bool) -> int:
    """Refuse or record that a change of the container opens tasks; answers how many it opens.

    Raises Forbidden; Widens unless it is confirmed.
    """
    flag, everyone = changes.get("managers_see_restricted"), changes.get("everyone")
    if flag and not container.is_peoples and not owns(actor, container):
        raise Forbidden(_("Only the application can change whether managers see restricted tasks."))
    exposure = ports.exposure.get()
    gains = []
    if flag and flag[1]:
        gains.append(_gain("manager", _("Managers"), exposure.restricted_tasks(container)))
    if everyone and _reaches(Role.VIEWER, str(everyone[0]), str(everyone[1])):
        gains.append(_gain("everyone", _("Everybody who is signed in"), exposure.inherited_tasks(container)))
    count = _require_confirmed(gains, confirmed=confirmed)
    if flag:
        exposure.record(actor, container, to_managers=bool(flag[1]))
    return count


def widen_to(container: Container, party: Party, role: str, *, confirmed: bool) -> int:
    """How many tasks the role in the container opens to the party. Raises Widens if there are any, unless confirmed.

    What the party sees already by another membership, or as everybody does, does not count.
    """
    before, exposure = role_of(_actor(party), container), ports.exposure.get()
    count = exposure.inherited_tasks(container) if _reaches(Role.VIEWER, before, role) else 0
    if container.managers_see_restricted and _reaches(Role.MANAGER, before, role):
        count += exposure.restricted_tasks(container)
    title = party.display_name if isinstance(party, User) else party.title
    return _require_confirmed([_gain(party.reference, title, count)], confirmed=confirmed)


def _actor(party: Party) -> Actor:
    if isinstance(party, User):
        return references.actor_of_user(party)
    return references.actor_of_application(party) if isinstance(party, Application) else references.somebody(party)


def _reaches(role: Role, before: str, after: str) -> bool:
    return RANKS[before] < RANKS[role] <= RANKS[after]


def _gain(who: str, title: str, count: int) -> JsonObject:
    return {"who": who, "title": title, "what": ["task"], "fields": [], "tasks": count}


def _require_confirmed(gains: list[JsonObject], *, confirmed: bool) -> int:
    """The number of tasks. Raises Widens."""
    gains = [gain for gain in gains if gain["tasks"]]
    if gains and not confirmed:
        raise Widens(_("More people would see tasks. Say confirm_widen: true if that is meant."), gains=gains, loses=[])
    return sum(gain["tasks"] for gain in gains)
