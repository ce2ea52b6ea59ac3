"""A handover that goes to somebody else: delegated, given back, escalated; and reminding of it."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import Actor
from apps.actors.models import Team, User
from apps.core.errors import Conflict, Invalid
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.shapes import reads
from apps.core.text import is_blank
from apps.events import event_types
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, bodies, secret_fields
from apps.tasks.access import TaskPermissions
from apps.tasks.models import OPEN_STATES, Handover
from apps.tasks.services import writing

from . import answer
from . import request as handover_request

State = Handover.State


def remind(permissions: TaskPermissions, handover: Handover, seen: datetime) -> bool:
    """Remind the people of the locked handover; whether the reminder of the time `seen` was still due."""
    following = handover_request.next_reminder(handover.reminders, handover.due_at, timezone.now())
    if not Handover.objects.filter(pk=handover.pk, remind_at=seen, state__in=OPEN_STATES).update(remind_at=following):
        return False
    data: JsonObject = {"handover": str(handover.pk), "did": "reminded"}
    writing.emit(permissions.task, event_types.TASK_HANDOVER_CHANGED, actor=permissions.actor, **data)
    writing.update(permissions.task, quiet=True)
    return True


@reads(bodies.DELEGATE)
@unit_of_work()
def delegate_handover(actor: Actor, handover_id: object, *, to: str, returns: bool = False) -> Handover:
    """Give it to another person or team, unclaimed; with `returns` their answer comes back to the actor, who decides.

    The first person who delegated it so stays the one who decides, however often it is delegated on.
    Raises NotFound, Forbidden (not the actor's, the other is excluded, or a field is neither's to write), Invalid
    (nobody delegates to themselves), Conflict (privacy).
    """
    permissions, handover = answer.lock_open(actor, handover_id)
    if not permissions.is_asker:
        access.require_answerer(permissions, handover)
    party = references.find(to, pointer="/to", kinds=("user", "team"))
    if not isinstance(party, User | Team):
        raise Invalid.at("/to", _("Write user:NAME or team:SLUG."))
    access.require_not_excluded(handover, party)
    access.require_target_sees(permissions.task, party)
    access.require_people(party, handover.excluded)
    if not permissions.may_answer:  # who was given it may pass it on; who asked hands on what is theirs
        access.require_fields_to_give(permissions, handover.fields, [party], at="/to")
    if party.pk == actor.id:
        raise Invalid.at("/to", _("Choose somebody else: you cannot delegate to yourself."))
    is_first = permissions.may_answer and access.decided_by(permissions, handover) is None
    back = actor.id if returns and is_first else handover.delegated_by_id
    readdress(permissions, handover, party, did="delegated", delegated_by_id=back)
    return handover


@reads(bodies.RESOLVE)
@unit_of_work()
def resolve_handover(
    actor: Actor, handover_id: object, *, fields: JsonMapping | None = None, comment: str = ""
) -> Handover:
    """Give a delegated handover back with the values found: a draft for the person who decides.

    Raises NotFound, Forbidden, Invalid, Conflict (nobody waits for it back).
    """
    permissions, handover = answer.lock_open(actor, handover_id)
    access.require_answerer(permissions, handover)
    decider = access.decided_by(permissions, handover)
    if decider is None:
        raise Conflict(_("Nobody waits for this back: answer it."))
    given = dict(fields or {})
    access.require_writable(permissions, given)
    draft: JsonObject = {
        "draft": {**handover.draft, **secret_fields.sealed(permissions.spec, given)},
        "draft_comment": "",
        "draft_at": timezone.now(),
    }
    more = {"comment": comment} if not is_blank(comment) else {}
    readdress(permissions, handover, decider, did="resolved", more=more, claimed_by=decider, state=State.CLAIMED,
              delegated_by=None, **draft)  # fmt: skip
    return handover


def readdress(
    permissions: TaskPermissions,
    handover: Handover,
    party: User | Team,
    *,
    did: str,
    more: JsonMapping | None = None,
    **columns: Json,
) -> None:
    """Give the open handover to somebody else, unclaimed; the caller has authorised."""
    before = handover.to
    user, team = (party, None) if isinstance(party, User) else (None, party)
    anew = {"state": State.OPEN, "to_user": user, "to_team": team, "claimed_by": None}
    answer.change(permissions, handover, OPEN_STATES, **{**anew, **columns})
    answer.tell(permissions, handover, did, before=before, to=handover.to, **(more or {}))
