"""Handing a task to a person: asking, failing over, taking over, and taking back.

Answers are in `answer.py`. All of them end in `open_` here or `close` there, so that one handover at most is
open on a task and fields are open to its target alone.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from copy import copy

import orjson
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import SYSTEM, Actor
from apps.actors.models import Team, User
from apps.containers import schema
from apps.containers.type_document import requests
from apps.containers.type_document.documents import AskedField, OfferedAction
from apps.core.body import Body, raise_problems
from apps.core.codes import Code
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.shapes import Problems
from apps.core.sql.rows import insert
from apps.events import event_types
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, bodies, leases, secret_fields
from apps.tasks.access import FieldAccess, TaskPermissions
from apps.tasks.documents import TimeoutDocument
from apps.tasks.lifecycle import Status
from apps.tasks.models import PREVIOUS_ERRORS, Handover, Note, Task
from apps.tasks.rendering import render_handover
from apps.tasks.services import digests, privacy, writing

from . import request as handover_request

SUBMIT: OfferedAction = {"name": "submit", "label": _("Submit"), "effect": "return", "needs_comment": False}
BY_HAND = ["complete", "return", "skip", "fail", "cancel"]


@unit_of_work()
def hand_over(actor: Actor, name: object, request: JsonMapping, *, if_match: str | None = None) -> Handover:
    """Ask a person: api.md "Handover". With the `key` of an earlier, equal call it answers that one as it stands.

    Raises NotFound, Forbidden, Invalid; Conflict (another is open, the task has ended, privacy too narrow, lease
    superseded or not named).
    """
    request = _read(actor, name, request)
    permissions = writing.lock(actor, name, if_match=if_match)
    access.require_asker(permissions, _("hand this task over"))
    return open_handover(permissions, request)


def _read(actor: Actor, name: object, request: JsonMapping) -> JsonObject:
    """The request. Raises Invalid with all that is wrong, what the task makes wrong included."""
    problems: Problems = []
    read: JsonObject = bodies.HAND_OVER.read(request, "", problems)  # type: ignore[assignment]
    if problems and read:
        with suppress(NotFound, Forbidden):
            permissions = TaskPermissions(actor, access.get_task(actor, name))
            access.require_asker(permissions, "")
            _read_request(permissions, Body(read, problems=problems))
    raise_problems(problems)
    return read


def open_handover(permissions: TaskPermissions, request: JsonMapping) -> Handover:
    """The same, for a task that this transaction holds and a request that `bodies.HAND_OVER` has read."""
    task, token, key = permissions.task, request.get("lease_token"), request.get("key")
    body = Body(request)
    repeated = _repeated(permissions, key, request)
    if repeated:
        return repeated
    asked = _read_request(permissions, body)
    raise_problems(body.problems)
    _require_defaults(access.access_of_asker(permissions), asked["on_timeout"])
    access.require_fields_to_give(permissions, asked["fields"], _all_asked(permissions.task, asked))
    access.require_lease_to_hand_over(task, token)
    return open_(permissions, key=key, digest=digests.of(_without_token(request)), **asked)


def _wrong_values(permissions: TaskPermissions, asked: JsonMapping, declared: Collection[str]) -> Iterator[Problem]:
    """Proposed values, and those of `on_timeout`, that do not fit the type; what is not declared is nothing at all."""
    version, rules = permissions.task.type_version_id, permissions.spec.schema
    for index, item in enumerate(asked["fields"]):
        if item["name"] in declared:
            place = f"/fields/{index}/proposed"
            yield from schema.wrong_value(rules, item["name"], item["proposed"], at=place, key=version)
    timeout, at = asked["on_timeout"], ""
    while timeout is not None:
        at += "/on_timeout"
        known = {name: value for name, value in timeout["fields"].items() if name in declared}
        if unknown := timeout["fields"].keys() - known.keys():
            yield from access.unknown_fields(sorted(unknown), at=f"{at}/fields").errors
        yield from schema.validate_partial(version, rules, known, at=f"{at}/fields")
        timeout = timeout.get("on_timeout")


def _require_defaults(levels: Mapping[str, FieldAccess], timeout: TimeoutDocument | None, at: str = "") -> None:
    """The values of `on_timeout` are values that the asker may write. Raises Invalid, Forbidden."""
    if timeout is not None:
        at = f"{at}/on_timeout"
        access.require_levels(levels, timeout["fields"], at=f"{at}/fields")
        _require_defaults(levels, timeout.get("on_timeout"), at)


def _all_asked(task: Task, asked: JsonMapping) -> Iterator[User | Team | None]:
    """Every target: the first, and those of escalations; None for one that does not exist now."""
    yield asked["target"]
    timeout = asked["on_timeout"]
    while timeout is not None:
        if timeout["do"] == "escalate":
            try:
                yield find_target(timeout["to"], task)
            except Invalid:
                yield None
        timeout = timeout.get("on_timeout")


def _read_request(permissions: TaskPermissions, body: Body) -> JsonObject:
    """The request in full form; problems are noted in the body."""
    value, levels = body.value, access.access_of_asker(permissions)
    declared = [name for name in levels if levels[name].level != "hidden"]
    target, exclusions = _read_target(permissions.task, body), handover_request.read_exclusions(body)
    actions = read_actions(body, permissions.task)
    excluded = [] if body.problems else handover_request.excluded(exclusions, permissions.task)
    if target in excluded:
        body.wrong("exclude", _("Who is asked cannot be excluded."))
    asked: JsonObject = {
        "target": target,
        "title": value.get("title") or permissions.task.title,
        "message": value.get("message") or "",
        "fields": _required(permissions, requests.read_fields(body, declared=declared)),
        "actions": actions,
        "mode": value.get("privacy"),
        "due_at": value.get("due_at"),
        "on_timeout": handover_request.read_timeout(body, actions, is_due=body.has("due_at")),
        "reminders": handover_request.read_reminders(body, is_due=body.has("due_at")),
        "exclude": exclusions,
        "excluded": " ".join(str(person.pk) for person in excluded),
    }
    body.problems += _wrong_values(permissions, asked, declared)
    return asked


def _read_target(task: Task, body: Body) -> User | Team | None:
    """None, and a problem, if there is none."""
    try:
        return find_target(body.value.get("to"), task)
    except Invalid as error:
        body.wrong("to", error.detail)
        return None


def open_(
    permissions: TaskPermissions,
    *,
    target: User | Team,
    title: str,
    message: str,
    fields: list[AskedField],
    actions: list[OfferedAction],
    mode: str | None = None,
    reason: str = Handover.Reason.ASKED,
    claimed: bool = False,
    on_timeout: TimeoutDocument | None = None,
    **more: Json,
) -> Handover:
    """Make the handover, move the task and record it. The task is locked; the caller has authorised."""
    task, actor = permissions.task, permissions.actor
    columns = privacy.widened(task, mode, spec=permissions.spec)
    access.require_target_sees(task, target)
    access.require_people(target, more.get("excluded", ""))
    handover = Handover(
        task=task,
        reason=reason,
        state=Handover.State.CLAIMED if claimed else Handover.State.OPEN,
        to_user=target if isinstance(target, User) else None,
        to_team=target if isinstance(target, Team) else None,
        claimed_by=target if claimed and isinstance(target, User) else None,
        asked_by=str(actor),
        title=title,
        message=message,
        fields=secret_fields.sealed_proposals(permissions.spec, fields),
        actions=actions,
        remind_at=handover_request.next_reminder(more.get("reminders", ()), more.get("due_at"), timezone.now()),
        on_timeout=secret_fields.sealed_fields(permissions.spec, on_timeout),
        **{"digest": "", **more},
    )
    asked = {"handover": str(handover.pk), "to": handover.to, "reason": reason, "asked": [f["name"] for f in fields]}
    writing.move(task, "hand_over", actor=actor, after=[(event_types.TASK_HANDED_OVER, asked)], **columns)
    insert([handover])
    permissions.known_handover = handover
    permissions.forget()
    return handover


def _repeated(permissions: TaskPermissions, key: str | None, request: JsonMapping) -> Handover | None:
    if key is None:
        return None
    earlier = Handover.objects.filter(task=permissions.task, key=key).select_related(*Handover.RELATED).first()
    if earlier and earlier.digest != digests.of(_without_token(request)):
        raise Conflict(_("This key was used for another handover of the task."))
    if earlier and earlier.answer and earlier.state in ANSWERED and _could_ask(permissions.task, request):
        answer = orjson.dumps(render_handover(permissions, earlier)["answer"]).decode()
        detail = _("This was answered: the same key asks nobody again.")
        raise Conflict(detail, code=Code.ALREADY_ANSWERED, errors=[Problem("/key", "already_answered", answer)])
    return earlier


ANSWERED = (Handover.State.SUBMITTED, Handover.State.EXPIRED)


def _could_ask(task: Task, request: JsonMapping) -> bool:
    """Whether the asker has the task back, and so asks anew: else it repeats a call whose answer was lost."""
    token = request.get("lease_token")
    return not task.has_ended and task.status != Status.HANDED_OVER and (token is None or leases.holds(task, token))


def _without_token(request: JsonMapping) -> JsonObject:
    return {name: value for name, value in request.items() if name != "lease_token"}


def find_target(reference: object, task: Task) -> User | Team:
    """The target that `to` names: `user:NAME`, `team:SLUG` or `reporter`. Raises Invalid."""
    if reference == "reporter":
        if task.reporter is None or not task.reporter.is_active:
            raise Invalid.at("/to", _("The task has no reporter who could answer."))
        return task.reporter
    target = references.find(reference, pointer="/to", kinds=("user", "team"))
    if not isinstance(target, User | Team):
        raise Invalid.at("/to", _("Write user:NAME, team:SLUG or reporter."))
    return target


def _required(permissions: TaskPermissions, items: list[AskedField]) -> list[AskedField]:
    """Fields that the type requires are required in the handover."""
    must = permissions.spec.required
    return [{**item, "required": item["required"] or item["name"] in must} for item in items]


def read_actions(body: Body, task: Task) -> list[OfferedAction]:
    """The actions in full form; by default one, `submit`, that returns the task to its function or completes it."""
    submit: OfferedAction = {**SUBMIT, "effect": "return" if task.function else "complete"}
    return requests.read_actions(body, submit=submit) or [submit]


def actions_named(names: list[str], task: Task) -> list[OfferedAction]:
    """Default actions by name, in full form."""
    return read_actions(Body({"actions": list(names)}), task)


@unit_of_work()
def take_over(actor: Actor, name: object, *, if_match: str | None = None) -> Handover:
    """A person takes the task now: the worker is fenced off, all fields that the person may see are theirs.

    Where people own the container, only those that they write anyway.

    Raises NotFound, Forbidden (applications, weak roles), Conflict (ended, or already with a person).
    """
    permissions = writing.lock(actor, name, if_match=if_match)
    if not actor.is_user:
        raise Forbidden(_("Only a person can take a task over."))
    if not access.may_take_over(permissions):
        access.require_worker(permissions, _("take this task over"))
    levels = access.access_when_free(permissions)
    wanted = ("write",) if permissions.task.container.is_peoples else ("read", "locked", "write")
    return open_(
        permissions,
        target=User.objects.get(pk=actor.id),
        title=permissions.task.title,
        message="",
        fields=[_field(name) for name in levels if levels[name].level in wanted],
        actions=actions_named(BY_HAND, permissions.task),
        reason=Handover.Reason.TAKEN_OVER,
        claimed=True,
    )


def _field(name: str) -> AskedField:
    return {"name": name, "required": False, "proposed": None, "label": None}


def fail_over(
    task: Task, failover: JsonMapping, *, error: JsonMapping | None, reason: str, actor: Actor = SYSTEM
) -> Handover | None:
    """Give a task that automation did not finish to the people who are named for that, in place.

    The task is locked. None if nobody can get it: the target is gone, or the privacy forbids it. A work note says
    the error, the attempts and the values so far.
    """
    permissions = TaskPermissions(actor, task)
    try:
        target, shadow = find_target(failover.get("to"), task), copy(task)
        privacy.widened(shadow, failover.get("privacy"), spec=permissions.spec)
        access.require_target_sees(shadow, target)
        access.require_people(target, "")
    except (Invalid, Conflict):
        return None
    if error is not None:
        task.error = dict(error)
        task.previous_errors = [*task.previous_errors, task.error][-PREVIOUS_ERRORS:]
        writing.update(task, error=task.error, previous_errors=task.previous_errors)
    handover = open_(
        permissions,
        target=target,
        title=failover.get("title") or task.title,
        message=failover.get("message") or _fail_over_message(task, reason),
        fields=_fitting(permissions, failover.get("fields") or []),
        actions=failover.get("actions") or actions_named(BY_HAND, task),
        mode=failover.get("privacy"),
        reason=reason,
    )
    _note_failure(permissions, error, reason)
    return handover


def _fitting(permissions: TaskPermissions, items: list[AskedField]) -> list[AskedField]:
    """Those of the fields that the task has, without proposals that do not fit them: a function knows no type."""
    version, rules = permissions.task.type_version_id, permissions.spec.schema
    return [
        {**item, "proposed": None}
        if schema.wrong_value(rules, item["name"], item["proposed"], at="", key=version)
        else item
        for item in items
        if item["name"] in permissions.spec.fields
    ]


def _fail_over_message(task: Task, reason: str) -> str:
    if reason == Handover.Reason.UNCLAIMED:
        return _("The automation did not start. Finish the task by hand, or return it when the automation runs again.")
    return _("The automation stopped. Finish the task by hand, or fix what is wrong and return it.")


def _note_failure(permissions: TaskPermissions, error: JsonMapping | None, reason: str) -> None:
    task, lines = permissions.task, []
    if error:
        lines.append(_("The automation failed: %(name)s.") % {"name": error.get("name")})
        lines += [str(error["message"])] if error.get("message") else []
    elif reason == Handover.Reason.UNCLAIMED:
        lines.append(_("Nobody took the task for %(seconds)s seconds.") % {"seconds": task.failover_after})
    lines.append(_("Attempts: %(n)s.") % {"n": max(task.delivery, len(task.retry_for_task_ids) + bool(error))})
    open_to_all = {n for n in task.fields if n in permissions.spec.fields and "everyone" in permissions.spec.readers(n)}
    for name in sorted(open_to_all - permissions.spec.secrets):
        lines.append(f"{permissions.spec.fields[name].title}: {task.fields[name]}")
    note = Note.objects.create(
        task=task, kind=Note.Kind.WORK_NOTE, text="\n".join(lines), author=str(permissions.actor)
    )
    recorded = {"note": str(note.pk), "kind": note.kind, "did": "failed_over"}
    writing.emit(task, event_types.TASK_NOTED, actor=permissions.actor, internal=True, **recorded)
    writing.update(task, quiet=True)


def retries_used(task: Task) -> int:
    """How many retries count against the policy: those since a person last returned the task."""
    return len(task.retry_for_task_ids) - task.retry_base
