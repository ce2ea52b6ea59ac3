"""What people leave open when they are deactivated or leave a team, in the transaction that does it.

What they had claimed for a team is the team's again. What was given to them in person goes back: to the person who
delegated it, else to the asker.
"""

from collections.abc import Callable
from contextlib import suppress

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.actors.actor import SYSTEM
from apps.actors.models import User
from apps.core.errors import Conflict
from apps.events import event_types
from apps.events.models import Event
from apps.tasks.access import TaskPermissions
from apps.tasks.models import OPEN_STATES, Handover

from . import answer, reassign

State = Handover.State


def follow(event: Event) -> None:
    """Called in the transaction of every event (IN_TRANSACTION)."""
    if event.type != event_types.ACCOUNT_CHANGED:
        return
    did, name = event.data.get("did"), event.data.get("name")
    if did == "team_changed" and event.data.get("left"):
        _each(_claimed_by_others().filter(to_team__slug=name), _release)
    elif did == "user_changed" and "is_active" in event.data.get("changed", ()):
        _each(_claimed_by_others().filter(claimed_by__username=name), _release)
        gone = Q(to_user__username=name, to_user__is_active=False)
        _each(Handover.objects.filter(gone, state__in=OPEN_STATES), _give_back)


def _claimed_by_others() -> QuerySet[Handover]:
    """Those of teams that somebody has claimed who is inactive, or no longer in the team."""
    member = User.objects.filter(pk=OuterRef("claimed_by"), teams=OuterRef("to_team"), is_active=True)
    return Handover.objects.filter(~Exists(member), state=State.CLAIMED, to_team__isnull=False)


def _each(rows: QuerySet[Handover], act: Callable[[TaskPermissions, Handover], None]) -> None:
    for pk in rows.order_by("pk").values_list("pk", flat=True):
        with suppress(Conflict):  # it was answered before its task could be locked
            act(*answer.lock_open(SYSTEM, str(pk)))


def _release(permissions: TaskPermissions, handover: Handover) -> None:
    answer.change(permissions, handover, [State.CLAIMED], state=State.OPEN, claimed_by=None)
    answer.tell(permissions, handover, "released")


def _give_back(permissions: TaskPermissions, handover: Handover) -> None:
    decider = handover.delegated_by
    if decider is not None and decider.is_active:
        reassign.readdress(permissions, handover, decider, did="unattended", delegated_by=None)
    else:
        answer.close(permissions, handover, State.WITHDRAWN)
        answer.end(permissions, handover, "unattended")
