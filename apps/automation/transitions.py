"""A type's own transitions: pressed by people and applications, or happening by themselves when a condition holds.

The move is the actor's who presses; what follows from it is done as the container's application, or as the system
where people own the container. All of it, and every event, is one transaction.
"""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import SYSTEM, Actor
from apps.actors.references import actor_of_application
from apps.containers import schema
from apps.containers.type_document.actions import find_action, values_in
from apps.containers.type_document.expressions import EXPRESSION, is_expression
from apps.containers.type_document.spec import spec_of
from apps.containers.type_document.stages import Stage
from apps.core import conditions
from apps.core.body import raise_problems
from apps.core.conditions import ConditionError
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, Problem, TaskHubError
from apps.core.json_types import JsonMapping
from apps.events import event_types
from apps.events.models import Event
from apps.events.unit_of_work import DEEPEST, depth_of, unit_of_work
from apps.tasks import access, custody
from apps.tasks.access import TaskPermissions
from apps.tasks.lifecycle import Status
from apps.tasks.models import Privacy, Task
from apps.tasks.services import edit, notes, values, writing

from . import expression_context as contexts
from .actions import Work

Way = Mapping[str, Any]


# --- Pressed ------------------------------------------------------------------------------------------


@unit_of_work()
def run_transition(
    actor: Actor,
    name: object,
    transition: str,
    *,
    input: Mapping[str, Any] | None = None,
    note: str | None = None,
    if_match: str | None = None,
) -> Task:
    """Run a manual transition of the task's type.

    Raises NotFound (no such task or transition), Forbidden (not for the actor), Conflict (not from this stage, the
    condition does not hold, an action cannot be done), SchemaViolation (the input does not fit), VersionMismatch.
    """
    permissions = writing.lock(actor, name, if_match=if_match)
    way = _find(permissions, transition)
    _require_press(permissions, way)
    given = _read_input(way, input or {})
    if not is_open(permissions, way, given):
        raise Conflict(_("“%(title)s” is not possible now: its condition does not hold.") % {"title": way["title"]})
    if note:
        kind = "work_note" if permissions.works_on_it else "comment"
        notes.write(permissions, text=note, kind=kind)
        writing.update(permissions.task, quiet=kind == "work_note")
    _go(permissions, way, input=given)
    return access.get_task(SYSTEM, str(permissions.task.pk))


def _find(permissions: TaskPermissions, name: str) -> Way:
    for way in permissions.spec.manual:
        if way["name"] == name:
            return way
    raise _unknown(permissions, name)


def _unknown(permissions: TaskPermissions, name: str) -> TaskHubError:
    if any(way["name"] == name for way in permissions.spec.automatic):
        return Conflict(_("This transition happens by itself."))
    return NotFound(_("There is no such transition."))


def _require_presser(permissions: TaskPermissions, way: Way) -> None:
    if not permissions.audiences & set(way["who"]):
        raise Forbidden(_("“%(title)s” is not for you to do.") % {"title": way["title"]})


def _require_press(permissions: TaskPermissions, way: Way) -> None:
    _require_presser(permissions, way)
    if permissions.task.stage not in way["from"]:
        titles = {stage.name: stage.title for stage in permissions.spec.stages}
        stages = ", ".join(titles.get(name, name) for name in way["from"])
        raise Conflict(_("“%(title)s” starts from: %(stages)s.") % {"title": way["title"], "stages": stages})


def _read_input(way: Way, given: Mapping[str, object]) -> dict[str, object]:
    """The input to use, without the nulls of optional fields. Raises SchemaViolation."""
    asked = way["input"] or {"type": "object", "properties": {}}
    unknown = [name for name in given if name not in asked["properties"]]
    if unknown:
        raise access.unknown_fields(unknown, at="/input")
    key = schema.fingerprint(asked)
    values_given, _removed = schema.split_nulls(key, asked, given)
    problems = schema.validate(key, asked, values_given, at="/input")
    empty = [name for name in schema.missing(asked, asked.get("required", ()), values_given) if name in given]
    problems += [Problem(f"/input/{name}", "required", _("This is required.")) for name in empty]
    values.raise_violations(schema.without_hidden(asked, values_given, problems, at="/input"))
    return values_given


def _planned_secrets(permissions: TaskPermissions, way: Way, given: Mapping[str, object]) -> list[Problem]:
    """Input for secret fields: what is planned for later would be stored in clear."""
    values = [value.value for value in values_in(way["actions"]) if value.field in permissions.spec.secrets]
    typed = {name for name in given for value in values if is_expression(value) and name in value[EXPRESSION]}
    return [Problem(f"/input/{name}", "invalid", _("A secret cannot be planned.")) for name in sorted(typed)]


def is_open(permissions: TaskPermissions, way: Way, given: JsonMapping) -> bool:
    """Whether the condition holds. Raises Conflict, which leaves a trace, if it cannot be evaluated."""
    if way["when"] is None:
        return True
    context = contexts.of_type(permissions.task, actor=permissions.actor, input=given)
    try:
        return conditions.holds(way["when"], context)
    except ConditionError as error:
        if error.is_absence:
            return False
        raise _erring(permissions.task, way, error) from None


def _erring(task: Task, way: Way, error: ConditionError) -> Conflict:
    """The refusal of a transition whose condition errs: who pressed hears that, those who work on the task why."""
    refusal = Conflict(_("“%(title)s” is not possible: its condition cannot be evaluated.") % {"title": way["title"]})

    def record() -> None:
        held = access.get_task(SYSTEM, str(task.pk), lock=True)
        record_once(held, actor=owner_of(held), detail=_erred(error), transition=way["name"])

    refusal.trace = record
    return refusal


def _erred(error: ConditionError) -> str:
    return _("The condition cannot be evaluated: %s") % error.detail


def pressable(permissions: TaskPermissions) -> list[Way]:
    """The manual transitions that the actor may press now, in order. One that has input may still refuse it.

    All conditions of a page share an allowance of CPU; what comes after it is not pressable.
    """
    task, spec = permissions.task, permissions.spec
    ways: list[Way] = [
        way
        for way in spec.manual
        if task.stage in way["from"] and permissions.audiences & set(way["who"]) and _leads_on(task, way)
    ]
    if all(way["input"] is not None or way["when"] is None for way in ways):
        return ways
    context, page = contexts.of_type(task, actor=permissions.actor, input={}), conditions.allowance()
    return [way for way in ways if way["input"] is not None or _may_hold(way, context, page)]


def _may_hold(way: Way, context: contexts.Context, page: conditions.Allowance) -> bool:
    try:
        return way["when"] is None or page.holds(way["when"], context)
    except ConditionError:
        return False


def _leads_on(task: Task, way: Way) -> bool:
    stage = spec_of(task.type_version).stage(way["to"])
    return stage is not None and (edit.may_enter(task, stage) or (_asks_a_person(way, stage) and _may_ask(task)))


def _asks_a_person(way: Way, stage: Stage | None) -> bool:
    """Whether the transition enters a stage of waiting for people by asking them."""
    return stage is not None and stage.status == Status.HANDED_OVER and any(map(_is_question, way["actions"]))


def _is_question(action: Mapping[str, object]) -> bool:
    return bool(action["do"] == "hand_over")


def _may_ask(task: Task) -> bool:
    return task.status in (Status.NEW, Status.IN_PROGRESS) and not task.is_leased


def _is_filled(task: Task, way: Way) -> bool:
    """Whether the stage that the transition leads to has all that it requires."""
    stage = spec_of(task.type_version).stage(way["to"])
    return stage is not None and not edit.missing_for(task, stage)


def has_input(way: Way) -> bool:
    """Whether the transition asks for input."""
    return bool(way["input"] and way["input"]["properties"])


class StageWays:
    """How a drag, a Move menu and PATCH go: by the transition that leads there and requires no input."""

    def enter(self, permissions: TaskPermissions, stage: str) -> None:
        """See `ports.StageWays`."""
        if permissions.spec.stage(stage) is None:
            names = ", ".join(stage.name for stage in permissions.spec.stages)
            raise Invalid.at("/stage", _("The stages are: %(names)s.") % {"names": names})
        way = next((way for way in pressable(permissions) if way["to"] == stage and not _requires(way)), None)
        if way is None:
            if not permissions.is_asker and not any(
                permissions.audiences & set(way["who"]) for way in permissions.spec.manual
            ):
                reason = _("Only %(owner)s can change this.") % {"owner": custody.owner_words(permissions.task)}
                raise Forbidden(reason, errors=[Problem("/stage", "locked", reason)])
            _require_evaluated(permissions, stage)
            raise Conflict(_("No transition that you may do leads there from here."))
        _go(permissions, way, input={})

    def require(self, permissions: TaskPermissions, transition: str, input: Mapping[str, object]) -> None:
        """See `ports.StageWays`."""
        way = _find(permissions, transition)
        _require_presser(permissions, way)
        _read_input(way, input)
        raise_problems(_planned_secrets(permissions, way, input))

    def press(self, actor: Actor, name: str, transition: str, input: Mapping[str, object]) -> Task:
        """See `ports.StageWays`."""
        return run_transition(actor, name, transition, input=input)

    def reachable(self, permissions: TaskPermissions) -> list[str]:
        """See `ports.StageWays`."""
        stages = dict.fromkeys(way["to"] for way in pressable(permissions) if not _requires(way))
        return [stage for stage in stages if stage != permissions.task.stage]


STAGE_WAYS = StageWays()


def _requires(way: Way) -> bool:
    return bool(way["input"] and way["input"].get("required"))


def _require_evaluated(permissions: TaskPermissions, stage: str) -> None:
    """Raises Conflict, which leaves a trace, if a condition of a transition to the stage cannot be evaluated."""
    for way in permissions.spec.manual:
        leads = way["to"] == stage and permissions.task.stage in way["from"]
        if leads and not _requires(way) and permissions.audiences & set(way["who"]):
            is_open(permissions, way, {})


# --- Running one ----------------------------------------------------------------------------------------


def _go(permissions: TaskPermissions, way: Way, *, input: Mapping[str, object], event: Event | None = None) -> None:
    """What changes the task, the move, and the rest, in this order; the task is held.

    Where the stage means that a person is asked, the question is what brings the task there.
    """
    task, stage = permissions.task, permissions.spec.stage(way["to"])
    asking = [action for action in way["actions"] if _is_question(action)] if _asks_a_person(way, stage) else []
    first = [action for action in way["actions"] if find_action(action["do"]).first]
    then = [action for action in way["actions"] if action not in first + asking]
    if way["actions"]:
        actor = acting_for(task, presser=permissions.actor if event is None else None)
        context = contexts.of_type(task, actor=permissions.actor, input=input, event=event)
        work = Work(actor, task.pk, contexts.without_secrets(context, task), presser=permissions.actor)
        _run(work, first)
        permissions = _again(permissions)
    if stage is not None and asking:
        edit.require_fields_of(permissions, stage)
        _run(work, asking)
        permissions = _again(permissions)
    edit.set_stage(permissions, way["to"])
    if then:
        _run(work, then)


def _again(permissions: TaskPermissions) -> TaskPermissions:
    """After the task has changed."""
    return TaskPermissions(permissions.actor, access.get_task(SYSTEM, str(permissions.task.pk), lock=True))


def _run(work: Work, actions: list[Mapping[str, object]]) -> None:
    for action in actions:
        try:
            find_action(action["do"]).run(work, action)
        except TaskHubError as error:
            words = {"do": action["do"], "why": error.detail}
            known = _("The action “%(do)s” cannot be done: %(why)s"), _("The action “%(do)s” cannot be done.")
            raise Conflict(known[not _knows_why(work)] % words) from error


def _knows_why(work: Work) -> bool:
    """Whether who pressed may read all that an action may speak of which is done in another name."""
    if work.presser is None or str(work.presser) == str(work.actor):
        return True
    try:
        task = access.get_task(work.presser, work.name)
    except NotFound:
        return False
    return access.knows_all(TaskPermissions(work.presser, task), timezone.now())


def acting_for(task: Task, *, presser: Actor | None) -> Actor:
    """As whom the actions of the task's type are done. Raises Conflict where nobody may.

    Where people own the container it is the system, but for tasks that not every viewer sees: there it is whoever
    presses, with no more rights than they have.
    """
    application = task.container.application
    if application is not None:
        return actor_of_application(application)
    if task.privacy == Privacy.INHERIT:
        return SYSTEM
    if presser is None:
        raise Conflict(_("A task that not everybody here sees is changed by people alone."))
    return presser


# --- By themselves ----------------------------------------------------------------------------------------


def follow(event: Event) -> None:
    """IN_TRANSACTION: after a change of a task, the first automatic transition whose condition holds.

    What it changes is the next change; so they follow each other until none holds, DEEPEST times at most.
    """
    if not (event.settles and event.is_latest) or event.task_id is None or event.type == event_types.RULE_FAILED:
        return
    task = access.get_task(SYSTEM, str(event.task_id), lock=True)
    way = _first_open(task, event)
    if way is None:
        return
    if depth_of(event) >= DEEPEST:
        detail = _("The transitions follow each other without an end.")
        record_failure(task, actor=owner_of(task), detail=detail, transition=way["name"])
        return
    _go_by_itself(task, way, event)


def _first_open(task: Task, event: Event) -> Way | None:
    actor = owner_of(task)
    permissions = TaskPermissions(actor, task)
    for way in permissions.spec.automatic:
        possible = (
            task.stage in way["from"] and _leads_on(task, way) and _may_act(permissions, way) and _is_filled(task, way)
        )
        if possible and _holds(way, task, actor, event):
            return way
    return None


def _may_act(permissions: TaskPermissions, way: Way) -> bool:
    """Actions need somebody who sees the task and may act on it."""
    if not way["actions"]:
        return True
    return permissions.sees() and (permissions.actor.is_application or permissions.task.privacy == Privacy.INHERIT)


def _holds(way: Way, task: Task, actor: Actor, event: Event) -> bool:
    if way["when"] is None:
        return True
    try:
        return conditions.holds(way["when"], contexts.of_type(task, actor=actor, event=event))
    except ConditionError as error:
        if not error.is_absence:
            record_once(task, actor=actor, detail=_erred(error), transition=way["name"])
        return False


def _go_by_itself(task: Task, way: Way, event: Event) -> None:
    actor = owner_of(task)
    try:
        with unit_of_work():
            _go(TaskPermissions(actor, task), way, input={}, event=event)
    except TaskHubError as error:
        task = access.get_task(SYSTEM, str(task.pk), lock=True)
        record_failure(task, actor=actor, detail=error.detail, transition=way["name"])


def owner_of(task: Task) -> Actor:
    """The application of the task's container, or the system."""
    application = task.container.application
    return actor_of_application(application) if application else SYSTEM


def record_once(task: Task, *, actor: Actor, detail: str, **what: str) -> None:
    """Record `rule.failed` unless the last one of the task says the same: a condition is evaluated at every change."""
    last = Event.objects.filter(task_id=task.pk, type=event_types.RULE_FAILED).order_by("-sequence").first()
    if last is None or last.data != {**what, "error": detail}:
        record_failure(task, actor=actor, detail=detail, **what)


def record_failure(task: Task, *, actor: Actor, detail: str, **what: object) -> None:
    """Record `rule.failed` on the held task, for those who work on it."""
    writing.emit(task, event_types.RULE_FAILED, actor=actor, internal=True, error=detail, **what)
    writing.update(task, quiet=True)
