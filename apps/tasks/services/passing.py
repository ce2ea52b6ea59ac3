"""A handover that goes to somebody else: delegated, given back, escalated; and reminding of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import Actor
from apps.actors.models import Team, User
from apps.core.errors import Conflict, Forbidden, Invalid, Problem
from apps.events import verbs
from apps.events.units import unit
from apps.tasks import secrecy
from apps.tasks.access import Standing
from apps.tasks.models import OPEN_STATES, Handover

from . import answers, asking, privacy, values, writing

State = Handover.State


def remind(standing: Standing, handover: Handover, seen: datetime) -> bool:
    """Tell the people of the held handover that it waits; whether the reminder of that moment was still to be told."""
    following = asking.next_reminder(handover.reminders, handover.due_at, timezone.now())
    if not Handover.objects.filter(pk=handover.pk, remind_at=seen, state__in=OPEN_STATES).update(remind_at=following):
        return False
    data: dict[str, Any] = {"handover": str(handover.pk), "did": "reminded"}
    writing.emit(standing.task, verbs.TASK_HANDOVER_CHANGED, actor=standing.actor, **data)
    writing.update(standing.task, quiet=True)
    return True


@unit()
def delegate_handover(actor: Actor, handover_id: object, *, to: str, returns: bool = False) -> Handover:
    """Give it to another person or team, unclaimed; with `returns` their answer comes back to the actor, who decides.

    Raises NotFound, Forbidden (not the actor's, the other is excluded, or a field is neither's to write), Invalid,
    Conflict (privacy).
    """
    standing, handover = answers.lock_open(actor, handover_id)
    if not standing.is_asker:
        answers.require_mine(standing, handover)
    party = references.find(to, pointer="/to", kinds=("user", "team"))
    if not isinstance(party, User | Team):
        raise Invalid.at("/to", _("Write user:NAME or team:SLUG."))
    require_allowed(handover, party)
    privacy.require_target_sees(standing.task, party)
    if not standing.may_answer:  # who was given it may pass it on; who asked hands on what is theirs
        asking.require_given(standing, handover.fields, [party], at="/to")
    back = answers.user_of(actor) if returns and standing.may_answer else handover.delegated_by
    readdress(standing, handover, party, did="delegated", delegated_by=back)
    return handover


def require_allowed(handover: Handover, party: User | Team) -> None:
    """Raises Forbidden if the person is excluded from answering it."""
    if isinstance(party, User) and handover.excludes(party.pk):
        detail = _("%(who)s is excluded from answering this.") % {"who": party.display_name}
        raise Forbidden(detail, errors=[Problem("/to", "forbidden", detail)])


@unit()
def resolve_handover(
    actor: Actor, handover_id: object, *, fields: Mapping[str, Any] | None = None, comment: str = ""
) -> Handover:
    """Give a delegated handover back with what was found: a draft for whoever decides.

    Raises NotFound, Forbidden, Invalid, Conflict (nobody waits for it back).
    """
    standing, handover = answers.lock_open(actor, handover_id)
    answers.require_mine(standing, handover)
    decider = answers.decided_by(standing, handover)
    if decider is None:
        raise Conflict(_("Nobody waits for this back: answer it."))
    given = dict(fields or {})
    values.require_writable(standing, given)
    draft = {"draft": {**handover.draft, **secrecy.sealed(standing.spec, given)}, "draft_at": timezone.now()}
    more = {"comment": comment} if comment.strip() else {}
    readdress(standing, handover, decider, did="resolved", more=more, claimed_by=decider, state=State.CLAIMED,
              delegated_by=None, **draft)  # fmt: skip
    return handover


def readdress(
    standing: Standing,
    handover: Handover,
    party: User | Team,
    *,
    did: str,
    more: Mapping[str, Any] | None = None,
    **columns: Any,
) -> None:
    """Give the open handover to somebody else, unclaimed; the caller has authorised."""
    before = handover.to
    user, team = (party, None) if isinstance(party, User) else (None, party)
    anew = {"state": State.OPEN, "to_user": user, "to_team": team, "claimed_by": None}
    answers.change(standing, handover, OPEN_STATES, **{**anew, **columns})
    answers.tell(standing, handover, did, before=before, to=handover.to, **(more or {}))
