"""What the people do with a handover: claim, draft, submit, decline, take next; and the asker: withdraw.

The first valid answer wins: the task's row is locked and every write expects the state it read.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.actors.models import Team, User
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, TaskHubError
from apps.core.ids import parse_uuid
from apps.events import verbs
from apps.events.units import unit
from apps.tasks import access, receipts, secrecy
from apps.tasks.access import Standing
from apps.tasks.models import OPEN_STATES, Handover, Receipt, Task
from apps.tasks.rendering import when

from . import handovers, values, writing

State = Handover.State


def get_handover(actor: Actor, handover_id: object) -> Handover:
    """The handover, if the actor sees its task, or it was theirs to answer. Raises NotFound.

    Hidden and absent cost one query alike: the time of the answer tells nothing.
    """
    number = parse_uuid(handover_id)
    seen = Q(Exists(Task.objects.visible_to(actor).filter(pk=OuterRef("task_id"))))
    known = access.handed_to(actor) | seen if actor.is_user else seen
    rows = Handover.objects.select_related(*handovers.HANDOVER_RELATED).filter(known)
    handover = rows.filter(pk=number).first() if number else None
    if handover is None:
        raise NotFound(_("There is no such handover."))
    return handover


def read_handover(actor: Actor, handover_id: object) -> Handover:
    """The handover to be shown: as `get_handover`, but once it has ended only to who answered or sees the task."""
    handover = get_handover(actor, handover_id)
    theirs = handover.is_open or (actor.is_user and handover.answered_by_id == actor.id)
    if not (theirs or _sees_task(actor, handover)):
        raise NotFound(_("There is no such handover."))
    return handover


def _sees_task(actor: Actor, handover: Handover) -> bool:
    return Task.objects.visible_to(actor).filter(pk=handover.task_id).exists()


def lock_open(actor: Actor, handover_id: object) -> tuple[Standing, Handover]:
    """The actor before the locked task of an open handover. Raises NotFound; Conflict says who answered, and when."""
    handover = get_handover(actor, handover_id)
    if not handover.is_open:
        raise Conflict(ended_words(handover))
    try:
        standing = writing.lock(actor, str(handover.task_id))
    except NotFound:
        handover.refresh_from_db()
        if handover.is_open:
            raise NotFound(_("There is no such handover.")) from None
        raise Conflict(ended_words(handover)) from None
    current = standing.handover
    if current is None or current.pk != handover.pk:
        raise Conflict(ended_words(get_handover(actor, handover_id)))
    current.task = standing.task
    return standing, current


def ended_words(handover: Handover) -> str:
    """Who ended the handover, and when: what everybody who comes later is told."""
    state = State(handover.state).label
    who = handover.answered_by.display_name if handover.answered_by else ""
    at = handover.ended_at.strftime("%Y-%m-%d %H:%M UTC") if handover.ended_at else ""
    if who:
        return _("%(state)s by %(who)s at %(at)s.") % {"state": state, "who": who, "at": at}
    return _("It is no longer open: %(state)s at %(at)s.") % {"state": state, "at": at}


def _require_target(standing: Standing) -> None:
    handover = standing.handover
    if handover is not None and handover.to_team_id in standing.actor.team_ids and handover.excludes(standing.actor.id):
        raise Forbidden(_("Somebody else of your team must answer this: you are excluded from it."))
    if not standing.is_asked:
        raise Forbidden(_("This was not handed over to you."))


def require_mine(standing: Standing, handover: Handover) -> None:
    """Raises Forbidden or Conflict unless it is the actor's to answer."""
    _require_target(standing)
    if not standing.may_answer and handover.claimed_by:
        raise Conflict(_("%(who)s has claimed it.") % {"who": handover.claimed_by.display_name})


def decided_by(standing: Standing, handover: Handover) -> User | None:
    """Who has delegated it and decides when it comes back; None if it is the actor's own to decide."""
    decider = handover.delegated_by
    return decider if decider and decider.is_active and decider.pk != standing.actor.id else None


def require_decider(standing: Standing, handover: Handover) -> None:
    """Raises Conflict if another one decides it."""
    decider = decided_by(standing, handover)
    if decider is not None:
        raise Conflict(_("%(who)s decides: give it back with what you found.") % {"who": decider.display_name})


def change(standing: Standing, handover: Handover, expected: Iterable[str], **columns: Any) -> None:
    """Store columns of a handover that is in one of the expected states. Raises Conflict."""
    rows = Handover.objects.filter(pk=handover.pk, state__in=list(expected))
    if not rows.update(updated_at=timezone.now(), **columns):
        raise Conflict(_("The handover changed meanwhile."))
    for name, value in columns.items():
        setattr(handover, name, value)
    standing.known_handover = handover
    standing.forget()


def tell(standing: Standing, handover: Handover, did: str, **more: Any) -> None:
    """The event of a handover that goes on, and the task's new revision."""
    data = {"handover": str(handover.pk), "did": did, **more}
    writing.emit(standing.task, verbs.TASK_HANDOVER_CHANGED, actor=standing.actor, **data)
    writing.update(standing.task)


def get_receipt(actor: Actor, handover_id: object) -> tuple[Standing, Receipt]:
    """What the person who answered was shown. Raises NotFound: hidden, absent, or nobody answered."""
    handover = read_handover(actor, handover_id)
    receipt = Receipt.objects.select_related("by").filter(handover=handover).first()
    if receipt is None:
        raise NotFound(_("There is no receipt of it."))
    receipt.handover = handover
    return Standing(actor, handover.task), receipt


@unit()
def claim_handover(actor: Actor, handover_id: object) -> Handover:
    """Make it one's own: nobody else can answer it then. Raises NotFound, Forbidden, Conflict (claimed already)."""
    standing, handover = lock_open(actor, handover_id)
    _require_target(standing)
    _claim(standing, handover)
    return handover


def _claim(standing: Standing, handover: Handover) -> None:
    if handover.state == State.CLAIMED and handover.claimed_by:
        raise Conflict(_("%(who)s has claimed it.") % {"who": handover.claimed_by.display_name})
    change(standing, handover, [State.OPEN], state=State.CLAIMED, claimed_by=user_of(standing.actor))
    tell(standing, handover, "claimed")


@unit()
def release_handover(actor: Actor, handover_id: object) -> Handover:
    """Give one's claim back. Raises NotFound, Forbidden, Conflict (not claimed by the actor)."""
    standing, handover = lock_open(actor, handover_id)
    _require_target(standing)
    if handover.claimed_by_id != actor.id:
        raise Conflict(_("You have not claimed it."))
    change(standing, handover, [State.CLAIMED], state=State.OPEN, claimed_by=None)
    tell(standing, handover, "released")
    return handover


@unit()
def take_next(actor: Actor, *, team: str | None = None) -> Handover:
    """Claim the most urgent unclaimed handover of the actor's teams, or of one of them: never the same for two.

    Raises NotFound when there is none (or no such team of theirs).
    """
    teams = Team.objects.filter(pk__in=actor.team_ids)
    if team is not None:
        teams = teams.filter(slug=team.removeprefix("team:"))
    waiting = Handover.objects.filter(access.handed_to(actor), to_team__in=teams, state=State.OPEN)
    urgent = waiting.order_by(F("due_at").asc(nulls_last=True), F("task__priority").desc(), "created_at")
    for handover_id in urgent.values_list("pk", flat=True)[:50]:
        try:
            with unit():
                return claim_handover(actor, str(handover_id))
        except (Conflict, NotFound):
            continue
    raise NotFound(_("Nothing waits for your team."))


@unit()
def save_draft(actor: Actor, handover_id: object, *, fields: Mapping[str, Any]) -> Handover:
    """Keep what was typed so far, unvalidated but for its names. Raises as `submit_handover` does."""
    standing, handover = lock_open(actor, handover_id)
    require_mine(standing, handover)
    values.require_writable(standing, fields)
    change(standing, handover, OPEN_STATES, draft=secrecy.sealed(standing.spec, fields), draft_at=timezone.now())
    return handover


@unit()
def submit_handover(
    actor: Actor,
    handover_id: object,
    *,
    action: str,
    fields: Mapping[str, Any] | None = None,
    comment: str = "",
    remove: Iterable[str] = (),
    version: str | None = None,
) -> Handover:
    """Answer: the asked values and one of the named actions, in one atomic write; what was shown is kept.

    `version` is that of what the person looked at. Raises NotFound, Forbidden (not handed to the actor; `locked`
    fields), Conflict (answered or claimed by another), VersionMismatch (names what has changed), Invalid (unknown
    action or field, comment missing), SchemaViolation (each wrong value).
    """
    standing, handover = lock_open(actor, handover_id)
    require_mine(standing, handover)
    require_decider(standing, handover)
    if version is not None:
        receipts.require_unchanged(standing, handover, version)
    chosen = find_action(handover, action)
    if chosen["needs_comment"] and not comment.strip():
        raise Invalid.at("/comment", _("Say why: this action needs a comment."))
    given, remove = dict(fields or {}), list(remove)
    values.require_writable(standing, [*given, *remove])
    after = values.merged(standing, given, remove)
    require_answered(handover, chosen, after)
    finish(standing, handover, chosen, after, given, comment)
    return handover


def submit_handovers(actor: Actor, answers: Iterable[Mapping[str, Any]]) -> list[Handover | TaskHubError]:
    """Many answers, each for itself: the handover, or why it was refused. Each is what `submit_handover` takes."""
    done: list[Handover | TaskHubError] = []
    for said in answers:
        try:
            done.append(submit_handover(actor, said["handover"], **{k: v for k, v in said.items() if k != "handover"}))
        except TaskHubError as error:
            done.append(error)
    return done


def require_answered(handover: Handover, chosen: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Raises SchemaViolation if an action by which the work goes on lacks values that are required."""
    if chosen["effect"] in ("complete", "return"):
        values.require_present(after, [f["name"] for f in handover.fields if f["required"]])


def find_action(handover: Handover, name: str) -> dict[str, Any]:
    """The action of that name. Raises Invalid."""
    found: dict[str, Any] | None = next((a for a in handover.actions if a["name"] == name), None)
    if found is not None:
        return found
    names = ", ".join(action["name"] for action in handover.actions)
    raise Invalid.at("/action", _("The actions are: %(names)s.") % {"names": names})


def finish(
    standing: Standing,
    handover: Handover,
    chosen: Mapping[str, Any],
    after: dict[str, Any],
    given: dict[str, Any],
    comment: str,
    *,
    state: str = State.SUBMITTED,
) -> None:
    """Store the answer and run the effect of the chosen action; the caller has checked all of it."""
    task, actor, now = standing.task, standing.actor, timezone.now()
    stored = secrecy.sealed(standing.spec, given)
    answer = {"action": chosen["name"], "effect": chosen["effect"], "fields": stored, "comment": comment}
    answer |= {"by": str(actor), "at": when(now), "handover": str(handover.pk)}
    changes = values.changes(task.fields, after)
    kept = {"receipt": True} if state == State.SUBMITTED and actor.is_user else {}
    if kept:
        receipts.keep(standing, handover)
    close(standing, handover, state, answer=answer, draft={})
    writing.emit(
        task,
        verbs.TASK_SUBMITTED,
        actor=actor,
        handover=str(handover.pk),
        action=chosen["label"],
        effect=chosen["effect"],
        comment=comment,
        changes=changes,
        **kept,
    )
    _apply_effect(task, actor, chosen["effect"], comment, fields=after, answers=answer)


def _apply_effect(task: Task, actor: Actor, effect: str, comment: str, **columns: Any) -> None:
    if effect == "complete":
        writing.move(task, "complete", actor=actor, error=None, **columns)
    elif effect == "return":
        give_back(task, actor, **columns)
    elif effect == "fail":
        error = {"name": "failed_by_person", "type": "person", "message": comment, "recoverable": False}
        writing.move(task, "fail", actor=actor, error=error, **columns)
        writing.emit_failed(task, error, actor=actor)
        writing.update(task)
    else:  # outside a run, skip is cancel
        writing.move(task, "cancel", actor=actor, **columns)


def give_back(task: Task, actor: Actor, **columns: Any) -> None:
    """To the queue if a function goes on with it, else to its application; retries start afresh."""
    fresh: dict[str, Any] = {"retry_base": len(task.retry_for_task_ids), "error": None}
    name = "return_to_queue" if task.function else "return_to_application"
    writing.move(task, name, actor=actor, **fresh, **columns)


def close(standing: Standing, handover: Handover, state: str, **columns: Any) -> None:
    """End the handover; its fields are locked again for whoever had it. The caller moves the task."""
    ended: dict[str, Any] = {"state": state, "ended_at": timezone.now(), **columns}
    if standing.actor.is_user:
        ended["answered_by"] = user_of(standing.actor)
    change(standing, handover, OPEN_STATES, **ended)
    standing.known_handover = None


def user_of(actor: Actor) -> User:
    """The person who acts."""
    return User.objects.get(pk=actor.id)


@unit()
def decline_handover(actor: Actor, handover_id: object, *, comment: str = "") -> Handover:
    """Refuse to answer: the task goes back to who asked. Raises NotFound, Forbidden, Conflict."""
    standing, handover = lock_open(actor, handover_id)
    require_mine(standing, handover)
    require_decider(standing, handover)
    close(standing, handover, State.DECLINED, answer={"comment": comment, "fields": {}})
    end(standing, handover, "declined", comment=comment)
    return handover


@unit()
def withdraw_handover(actor: Actor, handover_id: object) -> Handover:
    """The asker takes its question back. Raises NotFound, Forbidden, Conflict (answered meanwhile)."""
    standing, handover = lock_open(actor, handover_id)
    access.require_asker(standing, _("withdraw this"))
    close(standing, handover, State.WITHDRAWN)
    end(standing, handover, "withdrawn")
    return handover


def end(standing: Standing, handover: Handover, did: str, **more: Any) -> None:
    """Tell how the closed handover ended without an answer, and give the task back."""
    task, actor = standing.task, standing.actor
    data = {"handover": str(handover.pk), "did": did, **more}
    writing.emit(task, verbs.TASK_HANDOVER_CHANGED, actor=actor, **data)
    give_back(task, actor)
