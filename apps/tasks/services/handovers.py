"""Handing a task to a person: asking, failing over, taking over, and taking back (domain: handover).

Answers are in `answers.py`. All of them end in `open_` here or `close` there, so that one handover at most is
open on a task and fields are open to its target alone.
"""

from collections.abc import Collection, Iterator, Mapping
from copy import copy
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import SYSTEM, Actor
from apps.actors.models import Team, User
from apps.containers import asks
from apps.core.body import Body, raise_problems
from apps.core.errors import Conflict, Forbidden, Invalid
from apps.core.moments import parse_moment
from apps.events import verbs
from apps.events.units import unit
from apps.tasks import access, leases, secrecy
from apps.tasks.access import FieldAccess, Standing
from apps.tasks.models import Handover, Note, Task

from . import asking, digests, privacy, values, writing
from .attempts import PREVIOUS_ERRORS

SUBMIT = {"name": "submit", "label": _("Submit"), "effect": "return", "needs_comment": False}
BY_HAND = ["complete", "return", "skip", "fail", "cancel"]
LONGEST_MESSAGE = 10_000


@unit()
def hand_over(actor: Actor, name: object, request: Mapping[str, Any], *, if_match: str | None = None) -> Handover:
    """Ask a person: api.md "Handover". With the `key` of an earlier, equal call it answers that one as it stands.

    Raises NotFound, Forbidden, Invalid; Conflict (another is open, the task has ended, privacy too narrow, lease
    superseded or not named).
    """
    standing = writing.lock(actor, name, if_match=if_match)
    access.require_asker(standing, _("hand this task over"))
    return open_handover(standing, request)


def open_handover(standing: Standing, request: Mapping[str, Any]) -> Handover:
    """The same, for a task that this transaction holds."""
    task = standing.task
    body = Body(dict(request))
    token, key = body.text("lease_token"), body.text("key")
    repeated = _repeated(task, key, request)
    if repeated:
        return repeated
    levels = access.access_of_asker(standing)
    asked = _read_request(standing, body, declared=[name for name in levels if levels[name].level != "hidden"])
    body.finish()
    _require_defaults(levels, asked["on_timeout"])
    asking.require_given(standing, asked["fields"], _all_asked(standing.task, asked))
    _require_token(task, token)
    return open_(standing, key=key, digest=digests.of(_without_token(request)), **asked)


def _require_defaults(levels: Mapping[str, FieldAccess], timeout: Mapping[str, Any] | None, at: str = "") -> None:
    """Nobody lets be written in the end what they could not write. Raises Invalid, Forbidden."""
    if timeout is not None:
        at = f"{at}/on_timeout"
        values.require_levels(levels, timeout["fields"], at=f"{at}/fields")
        _require_defaults(levels, timeout.get("on_timeout"), at)


def _all_asked(task: Task, asked: Mapping[str, Any]) -> Iterator[User | Team | None]:
    """Who is asked, and to whom it goes on when nobody answers; None for who cannot be found now."""
    yield asked["target"]
    timeout = asked["on_timeout"]
    while timeout is not None:
        if timeout["do"] == "escalate":
            try:
                yield find_target(timeout["to"], task)
            except Invalid:
                yield None
        timeout = timeout.get("on_timeout")


def _read_request(standing: Standing, body: Body, *, declared: Collection[str]) -> dict[str, Any]:
    """What is asked, in full form; problems are noted in the body. `declared`: the fields that exist for the asker."""
    due_at = _read_moment(body, "due_at")
    target, exclusions = _read_target(standing.task, body), asking.read_exclusions(body)
    actions = read_actions(body, standing.task)
    excluded = [] if body.problems else asking.excluded(exclusions, standing.task)
    if target in excluded:
        body.wrong("exclude", _("Who is asked cannot be excluded."))
    return {
        "target": target,
        "title": body.text("title", most=300, default=standing.task.title),
        "message": body.text("message", most=LONGEST_MESSAGE, default="", blank=True),
        "fields": _required(standing, asks.read_fields(body, declared=declared)),
        "actions": actions,
        "mode": body.choice("privacy", ("inherit", "restricted")),
        "due_at": due_at,
        "on_timeout": asking.read_timeout(body, [str(action["name"]) for action in actions]),
        "reminders": asking.read_reminders(body, is_due=due_at is not None),
        "exclude": exclusions,
        "excluded": " ".join(str(person.pk) for person in excluded),
    }


def _read_target(task: Task, body: Body) -> User | Team:
    try:
        return find_target(body.take("to"), task)
    except Invalid as error:
        body.wrong("to", error.detail)
        raise_problems(body.problems)
        raise


def _read_moment(body: Body, key: str) -> datetime | None:
    value = body.take(key)
    moment = value if isinstance(value, datetime) else parse_moment(value)
    if value is None or moment is not None:
        return moment
    body.wrong(key, _("Must be a time with its zone, as in 2030-01-31T12:00:00Z."))
    return None


def open_(
    standing: Standing,
    *,
    target: User | Team,
    title: str,
    message: str,
    fields: list[dict[str, Any]],
    actions: list[dict[str, Any]],
    mode: str | None = None,
    reason: str = Handover.Reason.ASKED,
    claimed: bool = False,
    on_timeout: dict[str, Any] | None = None,
    **more: Any,
) -> Handover:
    """Make the handover, move the task and record it. The task is locked; the caller has authorised."""
    task, actor = standing.task, standing.actor
    columns = privacy.widened(task, mode, spec=standing.spec)
    privacy.require_target_sees(task, target)
    writing.move(task, "hand_over", actor=actor, **columns)
    handover = Handover.objects.create(
        task=task,
        reason=reason,
        state=Handover.State.CLAIMED if claimed else Handover.State.OPEN,
        to_user=target if isinstance(target, User) else None,
        to_team=target if isinstance(target, Team) else None,
        claimed_by=target if claimed and isinstance(target, User) else None,
        asked_by=str(actor),
        title=title,
        message=message,
        fields=secrecy.sealed_proposals(standing.spec, fields),
        actions=actions,
        remind_at=asking.next_reminder(more.get("reminders", ()), more.get("due_at"), timezone.now()),
        on_timeout=secrecy.sealed_fields(standing.spec, on_timeout),
        **{"digest": "", **more},
    )
    standing.known_handover = handover
    standing.forget()
    writing.emit(
        task,
        verbs.TASK_HANDED_OVER,
        actor=actor,
        handover=str(handover.pk),
        to=handover.to,
        reason=reason,
        asked=[item["name"] for item in fields],
    )
    writing.update(task)
    return handover


def _repeated(task: Task, key: str | None, request: Mapping[str, Any]) -> Handover | None:
    if key is None:
        return None
    earlier = Handover.objects.filter(task=task, key=key).select_related(*HANDOVER_RELATED).first()
    if earlier and earlier.digest != digests.of(_without_token(request)):
        raise Conflict(_("This key was used for another handover of the task."))
    return earlier


HANDOVER_RELATED = ("to_user", "to_team", "claimed_by", "answered_by", "delegated_by")


def _without_token(request: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name != "lease_token"}


def _require_token(task: Task, token: str | None) -> None:
    if token is not None:
        leases.require_lease(task, token)
        if task.cancel_requested:
            raise Conflict(_("The task is to be canceled: confirm that, or finish it."))
    elif task.is_leased:
        raise Conflict(_("A worker holds the task: name its lease_token, or take it over."))


def find_target(reference: object, task: Task) -> User | Team:
    """Whom `to` names: `user:NAME`, `team:SLUG` or `reporter`. Raises Invalid."""
    if reference == "reporter":
        if task.reporter is None or not task.reporter.is_active:
            raise Invalid.at("/to", _("The task has no reporter who could answer."))
        return task.reporter
    target = references.find(reference, pointer="/to", kinds=("user", "team"))
    if not isinstance(target, User | Team):
        raise Invalid.at("/to", _("Write user:NAME, team:SLUG or reporter."))
    return target


def _required(standing: Standing, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fields that the type requires are required of whoever is asked for them."""
    must = standing.spec.required
    return [{**item, "required": item["required"] or item["name"] in must} for item in items]


def read_actions(body: Body, task: Task) -> list[dict[str, Any]]:
    """The actions in full form; by default one, `submit`, that returns the task to its function or completes it."""
    submit = {**SUBMIT, "effect": "return" if task.function else "complete"}
    said = body.value.get("actions")
    if isinstance(said, list):
        body.value["actions"] = [submit if item == "submit" else item for item in said]
    return asks.read_actions(body) or [submit]


def actions_named(names: list[str], task: Task) -> list[dict[str, Any]]:
    """Default actions by name, in full form."""
    return read_actions(Body({"actions": list(names)}), task)


@unit()
def take_over(actor: Actor, name: object, *, if_match: str | None = None) -> Handover:
    """A person takes the task now: the worker is fenced off, all fields that the person may see are theirs.

    Where people own the container, only those that they write anyway.

    Raises NotFound, Forbidden (applications, weak roles), Conflict (ended, or already with a person).
    """
    standing = writing.lock(actor, name, if_match=if_match)
    if not actor.is_user:
        raise Forbidden(_("Only a person can take a task over."))
    if not access.may_take_over(standing):
        access.require_worker(standing, _("take this task over"))
    levels = access.access_when_free(standing)
    wanted = ("write",) if standing.task.container.is_peoples else ("read", "locked", "write")
    return open_(
        standing,
        target=User.objects.get(pk=actor.id),
        title=standing.task.title,
        message="",
        fields=[_field(name) for name in levels if levels[name].level in wanted],
        actions=actions_named(BY_HAND, standing.task),
        reason=Handover.Reason.TAKEN_OVER,
        claimed=True,
    )


def _field(name: str) -> dict[str, Any]:
    return {"name": name, "required": False, "proposed": None, "label": None}


def fail_over(
    task: Task, failover: Mapping[str, Any], *, error: Mapping[str, Any] | None, reason: str, actor: Actor = SYSTEM
) -> Handover | None:
    """Give a task that automation did not finish to the people who are named for that, in place.

    The task is locked. None if nobody can get it: the target is gone, or the privacy forbids it. A work note says
    the error, the attempts and the values so far.
    """
    standing = Standing(actor, task)
    try:
        target, shadow = find_target(failover.get("to"), task), copy(task)
        privacy.widened(shadow, failover.get("privacy"), spec=standing.spec)
        privacy.require_target_sees(shadow, target)
    except (Invalid, Conflict):
        return None
    if error is not None:
        task.error = dict(error)
        task.previous_errors = [*task.previous_errors, task.error][-PREVIOUS_ERRORS:]
        writing.update(task, error=task.error, previous_errors=task.previous_errors)
    handover = open_(
        standing,
        target=target,
        title=failover.get("title") or task.title,
        message=failover.get("message") or _fail_over_message(task, reason),
        fields=[item for item in failover.get("fields") or [] if item["name"] in standing.spec.fields],
        actions=failover.get("actions") or actions_named(BY_HAND, task),
        mode=failover.get("privacy"),
        reason=reason,
    )
    _note_failure(standing, error, reason)
    return handover


def _fail_over_message(task: Task, reason: str) -> str:
    if reason == Handover.Reason.UNCLAIMED:
        return _("The automation did not start. Finish the task by hand, or return it when the automation runs again.")
    return _("The automation stopped. Finish the task by hand, or fix what is wrong and return it.")


def _note_failure(standing: Standing, error: Mapping[str, Any] | None, reason: str) -> None:
    task, lines = standing.task, []
    if error:
        lines.append(_("The automation failed: %(name)s.") % {"name": error.get("name")})
        lines += [str(error["message"])] if error.get("message") else []
    elif reason == Handover.Reason.UNCLAIMED:
        lines.append(_("Nobody took the task for %(seconds)s seconds.") % {"seconds": task.failover_after})
    lines.append(_("Attempts: %(n)s.") % {"n": max(task.delivery, len(task.retry_for_task_ids) + bool(error))})
    open_to_all = {n for n in task.fields if n in standing.spec.fields and "everyone" in standing.spec.readers(n)}
    for name in sorted(open_to_all - standing.spec.secrets):
        lines.append(f"{standing.spec.fields[name].title}: {task.fields[name]}")
    note = Note.objects.create(task=task, kind=Note.Kind.WORK_NOTE, text="\n".join(lines), author=str(standing.actor))
    told = {"note": str(note.pk), "kind": note.kind, "did": "failed_over"}
    writing.emit(task, verbs.TASK_NOTED, actor=standing.actor, internal=True, **told)
    writing.update(task, quiet=True)


def retries_used(task: Task) -> int:
    """How many retries count against the policy: those since a person last returned the task."""
    return len(task.retry_for_task_ids) - task.retry_base
