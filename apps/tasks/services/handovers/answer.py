"""What the people do with a handover: claim, draft, submit, decline, take next; and the asker: withdraw.

The first valid answer wins: the task's row is locked and every write expects the state it read.
"""

from collections.abc import Iterable
from contextlib import suppress

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.actors.models import Team
from apps.core.body import raise_problems
from apps.core.errors import Conflict, Invalid, NotFound, Problem, TaskHubError
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.shapes import Problems, reads
from apps.core.sql import rows
from apps.core.text import is_blank
from apps.core.timestamps import format_timestamp
from apps.events import event_types
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, bodies, queries, receipts, secret_fields
from apps.tasks.access import TaskPermissions
from apps.tasks.documents import AnswerDocument
from apps.tasks.models import OPEN_STATES, Handover, Task
from apps.tasks.rendering import ended_words
from apps.tasks.services import values, writing

State = Handover.State
REASONS: dict[str, str] = {
    Handover.Reason.ASKED: "asked",
    Handover.Reason.FAILED: "failed_over",
    Handover.Reason.UNCLAIMED: "failed_over",
    Handover.Reason.TAKEN_OVER: "taken_over",
}
"""Why a handover was opened, in the words of the API."""


def lock_open(actor: Actor, handover_id: object) -> tuple[TaskPermissions, Handover]:
    """The actor before the locked task of an open handover. Raises NotFound; Conflict says who answered, and when.

    Takes its id, or the handover as `queries.get_handover` just found it for this actor.
    """
    handover = handover_id if isinstance(handover_id, Handover) else queries.get_handover(actor, handover_id)
    if not handover.is_open:
        raise Conflict(ended_words(handover))
    try:
        permissions = writing.lock(actor, str(handover.task_id))
    except NotFound:
        handover.refresh_from_db()
        if handover.is_open:
            raise NotFound(_("There is no such handover.")) from None
        raise Conflict(ended_words(handover)) from None
    current = permissions.handover
    if current is None or current.pk != handover.pk:
        raise Conflict(ended_words(queries.get_handover(actor, handover.pk)))
    current.task = permissions.task
    return permissions, current


def change(permissions: TaskPermissions, handover: Handover, expected: Iterable[str], **columns: Json) -> None:
    """Store columns of a handover that is in one of the expected states. Raises Conflict."""
    if not rows.change(handover, expected={"state": list(expected)}, updated_at=timezone.now(), **columns):
        raise Conflict(_("The handover changed meanwhile."))
    permissions.known_handover = handover
    permissions.forget()


def tell(permissions: TaskPermissions, handover: Handover, did: str, **more: Json) -> None:
    """The event of a handover that goes on, and the task's new revision."""
    data = {"handover": str(handover.pk), "did": did, **more}
    writing.emit(permissions.task, event_types.TASK_HANDOVER_CHANGED, actor=permissions.actor, **data)
    writing.update(permissions.task)


@unit_of_work()
def claim_handover(actor: Actor, handover_id: object) -> Handover:
    """Make it one's own: nobody else can answer it then. Raises NotFound, Forbidden, Conflict (claimed already)."""
    permissions, handover = lock_open(actor, handover_id)
    access.require_target(permissions)
    _claim(permissions, handover)
    return handover


def _claim(permissions: TaskPermissions, handover: Handover) -> None:
    if handover.state == State.CLAIMED and handover.claimed_by:
        raise Conflict(_("%(who)s has claimed it.") % {"who": handover.claimed_by.display_name})
    change(permissions, handover, [State.OPEN], state=State.CLAIMED, claimed_by_id=permissions.actor.id)
    tell(permissions, handover, "claimed")


@unit_of_work()
def release_handover(actor: Actor, handover_id: object) -> Handover:
    """Give one's claim back. Raises NotFound, Forbidden, Conflict (not claimed by the actor)."""
    permissions, handover = lock_open(actor, handover_id)
    access.require_target(permissions)
    if handover.claimed_by_id != actor.id:
        raise Conflict(_("You have not claimed it."))
    change(permissions, handover, [State.CLAIMED], state=State.OPEN, claimed_by=None)
    tell(permissions, handover, "released")
    return handover


@reads(bodies.TAKE_NEXT)
@unit_of_work()
def take_next(actor: Actor, *, team: str | None = None) -> Handover | None:
    """Claim the most urgent unclaimed handover of the actor's teams, or of one of them: never the same for two.

    None when nothing waits. Raises NotFound for a team that they are not in.
    """
    teams = Team.objects.filter(pk__in=actor.team_ids)
    if team is not None:
        teams = teams.filter(slug=team.removeprefix("team:"))
        if not teams.exists():
            raise NotFound(_("You are in no such team."))
    waiting = Handover.objects.filter(access.handed_to(actor), to_team__in=teams, state=State.OPEN)
    urgent = waiting.order_by(F("due_at").asc(nulls_last=True), F("task__priority").desc(), "created_at")
    for handover_id in urgent.values_list("pk", flat=True)[:50]:
        try:
            with unit_of_work():
                return claim_handover(actor, str(handover_id))
        except (Conflict, NotFound):
            continue
    return None


@reads(bodies.DRAFT)
@unit_of_work()
def save_draft(actor: Actor, handover_id: object, *, fields: JsonMapping, comment: str | None = None) -> Handover:
    """Store what was typed so far, unvalidated but for its names; without a comment the saved one stays.

    Raises as `submit_handover` does.
    """
    permissions, handover = lock_open(actor, handover_id)
    access.require_answerer(permissions, handover)
    access.require_writable(permissions, fields)
    change(
        permissions,
        handover,
        OPEN_STATES,
        draft=secret_fields.sealed(permissions.spec, fields),
        draft_comment=handover.draft_comment if comment is None else comment,
        draft_at=timezone.now(),
    )
    return handover


@reads(bodies.SUBMIT)
@unit_of_work()
def submit_handover(
    actor: Actor,
    handover_id: object,
    *,
    action: str,
    fields: JsonMapping | None = None,
    comment: str = "",
    remove: Iterable[str] = (),
    version: str | None = None,
) -> Handover:
    """Answer: the asked values and one of the named actions, in one atomic write, with a receipt of what was displayed.

    `version` is that of what the person looked at, with or without what the API adds after a hyphen.

    Raises NotFound, Forbidden (not handed to the actor; `locked` fields), Conflict (answered or claimed by another),
    VersionMismatch (names what has changed), Invalid (unknown action or field, comment missing), SchemaViolation (each
    wrong value).
    """
    permissions, handover = lock_open(actor, handover_id)
    access.require_answerer(permissions, handover)
    access.require_decider(permissions, handover)
    if version is not None:
        receipts.require_unchanged(permissions, handover, version.partition("-")[0])
    given, remove = dict(fields or {}), list(remove)
    if refused := _wrong_action(handover, action, comment):
        raise_problems([*refused, *_wrong_fields(permissions, given)])
    chosen = find_action(handover, action)
    access.require_writable(permissions, [*given, *remove])
    after = values.merged(permissions, given, remove)
    require_answered(permissions, handover, chosen, after)
    finish(permissions, handover, chosen, after, given, comment)
    return handover


def read_answer(actor: Actor, body: object, handover_id: object = None) -> JsonObject:
    """An answer: `bodies.SUBMIT`, or `bodies.ONE_ANSWER` where no handover is given.

    Raises Invalid with all that is wrong with it, its action and fields included.
    """
    problems: Problems = []
    shape = bodies.ONE_ANSWER if handover_id is None else bodies.SUBMIT
    read: JsonObject = shape.read(body, "", problems) or {}  # type: ignore[assignment]
    handover_id = handover_id or read.get("handover")
    if problems and handover_id:
        with suppress(TaskHubError):
            handover = queries.get_handover(actor, handover_id)
            permissions = TaskPermissions(actor, handover.task)
            access.require_answerer(permissions, handover)
            if read.get("action"):
                problems += _wrong_action(handover, read["action"], None)
            problems += _wrong_fields(permissions, read.get("fields") or {})
    raise_problems(problems)
    return read


def _wrong_action(handover: Handover, name: str, comment: str | None) -> list[Problem]:
    """That there is no such action, or that it needs a comment, which is not judged where it is None."""
    try:
        chosen = find_action(handover, name)
    except Invalid as error:
        return error.errors
    if comment is None or not (chosen["needs_comment"] and is_blank(comment)):
        return []
    return [Problem("/comment", "invalid", _("Say why: this action needs a comment."))]


def _wrong_fields(permissions: TaskPermissions, given: JsonMapping) -> list[Problem]:
    return values.wrong_fields(access.field_access(permissions), permissions.task.type_version, given)


def submit_handovers(actor: Actor, answers: Iterable[object]) -> list[Handover | TaskHubError]:
    """Many answers (`bodies.ONE_ANSWER`), each for itself: the handover, or why it was refused."""
    results: list[Handover | TaskHubError] = []
    for answer in answers:
        try:
            results.append(_submit_one(actor, answer))
        except TaskHubError as error:
            results.append(error)
    return results


def _submit_one(actor: Actor, answer: object) -> Handover:
    body = read_answer(actor, answer)
    handover_id = body.pop("handover")
    return submit_handover(actor, handover_id, **body)


def require_answered(permissions: TaskPermissions, handover: Handover, chosen: JsonMapping, after: JsonMapping) -> None:
    """Raises SchemaViolation if an action by which the work goes on, or is complete, lacks values."""
    if chosen["effect"] in ("complete", "return"):
        values.require_present(permissions, after, [f["name"] for f in handover.fields if f["required"]])
    if chosen["effect"] == "complete":
        values.require_whole(permissions, after)


def find_action(handover: Handover, name: str) -> JsonObject:
    """The action of that name. Raises Invalid."""
    result: JsonObject | None = next((a for a in handover.actions if a["name"] == name), None)
    if result is not None:
        return result
    names = ", ".join(action["name"] for action in handover.actions)
    raise Invalid.at("/action", _("The actions are: %(names)s.") % {"names": names})


def finish(
    permissions: TaskPermissions,
    handover: Handover,
    chosen: JsonMapping,
    after: JsonObject,
    given: JsonObject,
    comment: str,
    *,
    state: str = State.SUBMITTED,
) -> None:
    """Store the answer and run the effect of the chosen action; the caller has checked all of it."""
    task, actor, now = permissions.task, permissions.actor, timezone.now()
    stored = secret_fields.sealed(permissions.spec, given)
    answer: AnswerDocument = {
        "key": handover.key,
        "reason": REASONS[handover.reason],
        "action": chosen["name"],
        "effect": chosen["effect"],
        "fields": stored,
        "comment": comment,
        "by": str(actor),
        "at": format_timestamp(now),
        "handover": str(handover.pk),
    }
    changes = values.changes(task.fields, after)
    cached = {"receipt": True} if state == State.SUBMITTED and actor.is_user else {}
    if cached:
        receipts.store(permissions, handover)
    close(permissions, handover, state, answer=answer, draft={}, draft_comment="")
    data = {
        "handover": str(handover.pk),
        "action": chosen["label"],
        "effect": chosen["effect"],
        "comment": comment,
        "changes": changes,
        **cached,
    }
    submitted = (event_types.TASK_SUBMITTED, data)
    _apply_effect(task, actor, chosen["effect"], comment, submitted, fields=after, answers=answer)


def _apply_effect(
    task: Task, actor: Actor, effect: str, comment: str, submitted: writing.EventData, **columns: Json
) -> None:
    if effect == "complete":
        writing.move(task, "complete", actor=actor, before=[submitted], error=None, **columns)
    elif effect == "return":
        give_back(task, actor, submitted, **columns)
    elif effect == "fail":
        error = {"name": "failed_by_person", "type": "person", "message": comment, "recoverable": False}
        failed = writing.failed(task, error)
        writing.move(task, "fail", actor=actor, before=[submitted], after=[failed], error=error, **columns)
    else:  # outside a run, skip is cancel
        writing.move(task, "cancel", actor=actor, before=[submitted], **columns)


def give_back(task: Task, actor: Actor, why: writing.EventData, **columns: Json) -> None:
    """To the queue if a function goes on with it, else to its application; retries start afresh."""
    fresh: JsonObject = {"retry_base": len(task.retry_for_task_ids), "error": None}
    name = "return_to_queue" if task.function else "return_to_application"
    writing.move(task, name, actor=actor, before=[why], **fresh, **columns)


def close(permissions: TaskPermissions, handover: Handover, state: str, **columns: Json) -> None:
    """End the handover; its fields are locked again for its people. The caller moves the task."""
    ended: JsonObject = {"state": state, "ended_at": timezone.now(), **columns}
    if permissions.actor.is_user:
        ended["answered_by_id"] = permissions.actor.id
    change(permissions, handover, OPEN_STATES, **ended)
    permissions.known_handover = None


@reads(bodies.DECLINE)
@unit_of_work()
def decline_handover(actor: Actor, handover_id: object, *, comment: str = "") -> Handover:
    """Refuse to answer: the task goes back to who asked. Raises NotFound, Forbidden, Conflict."""
    permissions, handover = lock_open(actor, handover_id)
    access.require_answerer(permissions, handover)
    access.require_decider(permissions, handover)
    close(permissions, handover, State.DECLINED, answer={"comment": comment, "fields": {}})
    end(permissions, handover, "declined", comment=comment)
    return handover


@unit_of_work()
def withdraw_handover(actor: Actor, handover_id: object) -> Handover:
    """The asker takes its question back. Raises NotFound, Forbidden, Conflict (answered meanwhile)."""
    permissions, handover = lock_open(actor, handover_id)
    access.require_asker(permissions, _("withdraw this"))
    close(permissions, handover, State.WITHDRAWN)
    end(permissions, handover, "withdrawn")
    return handover


def end(permissions: TaskPermissions, handover: Handover, did: str, **more: Json) -> None:
    """Record how the closed handover ended without an answer, and give the task back."""
    task, actor = permissions.task, permissions.actor
    data = {"handover": str(handover.pk), "did": did, **more}
    give_back(task, actor, (event_types.TASK_HANDOVER_CHANGED, data))
