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
from apps.containers.acts import find_action, values_in
from apps.containers.expressions import EXPRESSION, is_expression
from apps.containers.spec import spec_of
from apps.containers.stages import Stage
from apps.core import conditions
from apps.core.body import raise_problems
from apps.core.conditions import ConditionError
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, Problem, TaskHubError
from apps.events import units, verbs
from apps.events.models import Event
from apps.events.units import unit
from apps.tasks import access, custody
from apps.tasks.access import Standing
from apps.tasks.lifecycle import Status
from apps.tasks.models import Privacy, Task
from apps.tasks.services import edit, notes, values, writing

from . import context as contexts
from .actions import Work

Way = Mapping[str, Any]


# --- Pressed ------------------------------------------------------------------------------------------


@unit()
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
    standing = writing.lock(actor, name, if_match=if_match)
    way = _find(standing, transition)
    given = dict(input or {})
    _require_press(standing, way)
    _require_input(way, given)
    if not is_open(standing, way, given):
        raise Conflict(_("“%(title)s” is not possible now: its condition does not hold.") % {"title": way["title"]})
    if note:
        kind = "work_note" if standing.works_on_it else "comment"
        notes.write(standing, text=note, kind=kind)
        writing.update(standing.task, quiet=kind == "work_note")
    _go(standing, way, input=given)
    return access.get_task(SYSTEM, str(standing.task.pk))


def _find(standing: Standing, name: str) -> Way:
    for way in standing.spec.manual:
        if way["name"] == name:
            return way
    raise _unknown(standing, name)


def _unknown(standing: Standing, name: str) -> TaskHubError:
    if any(way["name"] == name for way in standing.spec.automatic):
        return Conflict(_("This transition happens by itself."))
    return NotFound(_("There is no such transition."))


def _require_presser(standing: Standing, way: Way) -> None:
    if not standing.audiences & set(way["who"]):
        raise Forbidden(_("“%(title)s” is not for you to do.") % {"title": way["title"]})


def _require_press(standing: Standing, way: Way) -> None:
    _require_presser(standing, way)
    if standing.task.stage not in way["from"]:
        titles = {stage.name: stage.title for stage in standing.spec.stages}
        stages = ", ".join(titles.get(name, name) for name in way["from"])
        raise Conflict(_("“%(title)s” starts from: %(stages)s.") % {"title": way["title"], "stages": stages})


def _require_input(way: Way, given: Mapping[str, Any]) -> None:
    asked = way["input"] or {"type": "object", "properties": {}}
    unknown = [name for name in given if name not in asked["properties"]]
    if unknown:
        raise values.unknown_fields(unknown, at="/input")
    values.raise_violations(schema.validate(schema.fingerprint(asked), asked, dict(given), at="/input"))


def _planned_secrets(standing: Standing, way: Way, given: Mapping[str, Any]) -> list[Problem]:
    """What was typed for secret fields: input that waits for its time would be kept in clear."""
    said = [value.said for value in values_in(way["actions"]) if value.field in standing.spec.secrets]
    typed = {name for name in given for value in said if is_expression(value) and name in value[EXPRESSION]}
    return [Problem(f"/input/{name}", "invalid", _("A secret cannot be planned.")) for name in sorted(typed)]


def is_open(standing: Standing, way: Way, given: Mapping[str, Any]) -> bool:
    """Whether the condition holds; one that cannot be evaluated does not."""
    if way["when"] is None:
        return True
    found = contexts.of_type(standing.task, actor=standing.actor, input=given)
    try:
        return conditions.holds(way["when"], found)
    except ConditionError:
        return False


def pressable(standing: Standing) -> list[Way]:
    """The manual transitions that the actor may press now, in order. One that asks for input may still refuse it."""
    task, spec = standing.task, standing.spec
    return [
        way
        for way in spec.manual
        if task.stage in way["from"]
        and standing.audiences & set(way["who"])
        and _leads_on(task, way)
        and (way["input"] is not None or is_open(standing, way, {}))
    ]


def _leads_on(task: Task, way: Way) -> bool:
    stage = spec_of(task.type_version).stage(way["to"])
    return stage is not None and (edit.may_enter(task, stage) or (_asks_its_way(way, stage) and _may_ask(task)))


def _asks_its_way(way: Way, stage: Stage | None) -> bool:
    """Whether the transition enters a stage of waiting for people by asking them."""
    return stage is not None and stage.status == Status.HANDED_OVER and any(map(_is_question, way["actions"]))


def _is_question(said: Mapping[str, Any]) -> bool:
    return bool(said["do"] == "hand_over")


def _may_ask(task: Task) -> bool:
    return task.status in (Status.NEW, Status.IN_PROGRESS) and not task.is_leased


def _is_filled(task: Task, way: Way) -> bool:
    """Whether the stage that the transition leads to has all that it requires."""
    stage = spec_of(task.type_version).stage(way["to"])
    return stage is not None and not edit.missing_for(task, stage)


def asks(way: Way) -> bool:
    """Whether the transition wants to know something first."""
    return bool(way["input"] and way["input"]["properties"])


class StageWays:
    """How a drag, a Move menu and PATCH go: by the transition that leads there and requires no input."""

    def enter(self, standing: Standing, stage: str) -> None:
        """See `edit.Ways`."""
        if standing.spec.stage(stage) is None:
            names = ", ".join(stage.name for stage in standing.spec.stages)
            raise Invalid.at("/stage", _("The stages are: %(names)s.") % {"names": names})
        way = next((way for way in pressable(standing) if way["to"] == stage and not _requires(way)), None)
        if way is None:
            if not standing.is_asker and not any(standing.audiences & set(way["who"]) for way in standing.spec.manual):
                reason = _("Only %(owner)s can change this.") % {"owner": custody.owner_words(standing.task)}
                raise Forbidden(reason, errors=[Problem("/stage", "locked", reason)])
            raise Conflict(_("No transition that you may do leads there from here."))
        _go(standing, way, input={})

    def require(self, standing: Standing, transition: str, input: Mapping[str, Any]) -> None:
        """See `edit.Ways`."""
        way = _find(standing, transition)
        _require_presser(standing, way)
        _require_input(way, input)
        raise_problems(_planned_secrets(standing, way, input))

    def press(self, actor: Actor, name: str, transition: str, input: Mapping[str, Any]) -> Task:
        """See `edit.Ways`."""
        return run_transition(actor, name, transition, input=input)

    def reachable(self, standing: Standing) -> list[str]:
        """See `edit.Ways`."""
        found = [way["to"] for way in pressable(standing) if not _requires(way) and way["to"] != standing.task.stage]
        return list(dict.fromkeys(found))


STAGE_WAYS = StageWays()


def _requires(way: Way) -> bool:
    return bool(way["input"] and way["input"].get("required"))


# --- Running one ----------------------------------------------------------------------------------------


def _go(standing: Standing, way: Way, *, input: Mapping[str, Any], event: Event | None = None) -> None:
    """What changes the task, the move, and the rest, in this order; the task is held.

    Where the stage means that a person is asked, the question is what brings the task there.
    """
    task, stage = standing.task, standing.spec.stage(way["to"])
    asking = [said for said in way["actions"] if _is_question(said)] if _asks_its_way(way, stage) else []
    first = [said for said in way["actions"] if find_action(said["do"]).first]
    then = [said for said in way["actions"] if said not in first + asking]
    if way["actions"]:
        actor = acting_for(task, presser=standing.actor if event is None else None)
        found = contexts.of_type(task, actor=standing.actor, input=input, event=event)
        work = Work(actor, task.pk, contexts.without_secrets(found, task), presser=standing.actor)
        _run(work, first)
        standing = _again(standing)
    if stage is not None and asking:
        edit.require_fields_of(standing, stage)
        _run(work, asking)
        standing = _again(standing)
    edit.set_stage(standing, way["to"])
    if then:
        _run(work, then)


def _again(standing: Standing) -> Standing:
    """After the task has changed."""
    return Standing(standing.actor, access.get_task(SYSTEM, str(standing.task.pk), lock=True))


def _run(work: Work, actions: list[Mapping[str, Any]]) -> None:
    for said in actions:
        try:
            find_action(said["do"]).run(work, said)
        except TaskHubError as error:
            words = {"do": said["do"], "why": error.detail}
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
    return access.knows_all(Standing(work.presser, task), timezone.now())


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
    if not (event.settles and event.is_latest) or event.task_id is None or event.type == verbs.RULE_FAILED:
        return
    task = access.get_task(SYSTEM, str(event.task_id), lock=True)
    way = _first_open(task, event)
    if way is None:
        return
    if units.depth_of(event) >= units.DEEPEST:
        detail = _("The transitions follow each other without an end.")
        tell_failure(task, actor=owner_of(task), detail=detail, transition=way["name"])
        return
    _go_by_itself(task, way, event)


def _first_open(task: Task, event: Event) -> Way | None:
    actor = owner_of(task)
    standing = Standing(actor, task)
    for way in standing.spec.automatic:
        possible = (
            task.stage in way["from"] and _leads_on(task, way) and _may_act(standing, way) and _is_filled(task, way)
        )
        if possible and _holds(way, task, actor, event):
            return way
    return None


def _may_act(standing: Standing, way: Way) -> bool:
    """Actions need somebody who sees the task and may act on it."""
    if not way["actions"]:
        return True
    return standing.sees() and (standing.actor.is_application or standing.task.privacy == Privacy.INHERIT)


def _holds(way: Way, task: Task, actor: Actor, event: Event) -> bool:
    if way["when"] is None:
        return True
    try:
        return conditions.holds(way["when"], contexts.of_type(task, actor=actor, event=event))
    except ConditionError:
        return False


def _go_by_itself(task: Task, way: Way, event: Event) -> None:
    actor = owner_of(task)
    try:
        with unit():
            _go(Standing(actor, task), way, input={}, event=event)
    except TaskHubError as error:
        task = access.get_task(SYSTEM, str(task.pk), lock=True)
        tell_failure(task, actor=actor, detail=error.detail, transition=way["name"])


def owner_of(task: Task) -> Actor:
    """The application of the task's container, or the system."""
    application = task.container.application
    return actor_of_application(application) if application else SYSTEM


def tell_failure(task: Task, *, actor: Actor, detail: str, **what: Any) -> None:
    """Record `rule.failed` on the held task, for those who work on it."""
    writing.emit(task, verbs.RULE_FAILED, actor=actor, internal=True, error=detail, **what)
    writing.update(task, quiet=True)
