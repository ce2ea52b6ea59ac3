"""Changing a task's properties and fields, and moving it between stages."""

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import Actor
from apps.containers.stages import Stage
from apps.core.errors import Conflict, Forbidden, Invalid, Problem
from apps.events import verbs
from apps.events.units import unit
from apps.tasks import access, custody
from apps.tasks.access import Standing
from apps.tasks.lifecycle import Status
from apps.tasks.models import Privacy, Task
from apps.tasks.rendering import when

from . import exposure, outcome, privacy, values, writing
from .exposure import Exposure

PLAIN = ("title", "description", "priority", "tags", "due_at", "correlation_id")
PRIVACY = ("privacy", "private_to", "app_readable")
EDITABLE = (*PLAIN, "start_at", "assignee", *PRIVACY, "fields", "stage")


@unit()
def edit_task(
    actor: Actor,
    name: object,
    changes: Mapping[str, Any],
    *,
    if_match: str | None = None,
    confirm_widen: bool = False,
) -> Task:
    """Change what `changes` names (api.md: PATCH), all or nothing; `fields` are merged into the task's.

    Raises NotFound, VersionMismatch, Forbidden (with `locked` and pointers), Invalid, SchemaViolation, Conflict;
    Widens if the privacy lets somebody in and `confirm_widen` was not said.
    """
    standing = writing.lock(actor, name, if_match=if_match)
    require_editor(standing, changes)
    before = copy(standing.task)
    columns, told = _columns(standing, changes)
    if not confirm_widen and any(name in changes for name in PRIVACY):
        exposure.require_confirmed(exposure.compare(before, standing.task, asker=actor), confirm_widen)
    if told:
        quiet = all(_is_partly_hidden(standing, name) for name in told)
        writing.emit(standing.task, verbs.TASK_UPDATED, actor=actor, changes=told)
        writing.update(standing.task, quiet=quiet, **columns)
    if changes.get("stage") is not None:
        _enter(standing, changes["stage"])
    return standing.task


def preview_privacy(actor: Actor, name: object, changes: Mapping[str, Any]) -> Exposure:
    """Who would gain and who lose sight if `privacy`, `private_to` or `app_readable` changed so. Writes nothing.

    Raises as `edit_task` does; Invalid for other keys.
    """
    standing = Standing(actor, access.get_task(actor, name))
    other = [Problem(f"/{key}", "invalid", _("Only privacy has a preview.")) for key in changes if key not in PRIVACY]
    if other:
        raise Invalid(other[0].detail, errors=other)
    require_editor(standing, changes)
    return exposure_of(standing, changes)


def exposure_of(standing: Standing, changes: Mapping[str, Any]) -> Exposure:
    """What the privacy in `changes` would do as things stand. Raises Invalid, Forbidden, Conflict."""
    after = Standing(standing.actor, copy(standing.task), known_role=standing.role, known_handover=standing.handover)
    _privacy(after, changes)
    return exposure.compare(standing.task, after.task, asker=standing.actor)


def _enter(standing: Standing, stage: str) -> None:
    """By one of the type's own transitions, where it has any and the actor is not its owner; else freely."""
    if goes_by_transitions(standing):
        ways: Ways = import_string(settings.STAGE_WAYS)
        ways.enter(standing, stage)
    else:
        set_stage(standing, stage)


@unit()
def unset_fields(actor: Actor, name: object, names: Iterable[str]) -> Task:
    """Take values out. Raises as `edit_task` does."""
    standing = writing.lock(actor, name)
    names = list(names)
    require_editor(standing, {"fields": names})
    values.require_writable(standing, names)
    after = values.merged(standing, {}, remove=names)
    told = values.changes(standing.task.fields, after)
    if told:
        quiet = all(_is_partly_hidden(standing, changed) for changed in told)
        writing.emit(standing.task, verbs.TASK_UPDATED, actor=actor, changes=told)
        writing.update(standing.task, quiet=quiet, fields=after)
    return standing.task


def require_editor(standing: Standing, changes: Mapping[str, Any]) -> None:
    """Raises Invalid (unknown names), Forbidden (not the actor's to change), Conflict (the task has ended)."""
    unknown = [name for name in changes if name not in EDITABLE]
    if unknown:
        problems = [Problem(f"/{name}", "unknown_field", "There is no such field.") for name in unknown]
        raise Invalid("There is no such field.", code="unknown_field", errors=problems)
    by_way = goes_by_transitions(standing)
    free = {"fields", "stage"} if by_way else {"fields"}
    refused = [name for name in changes if name not in free] if not standing.is_asker else []
    if refused:
        reason = _("Only %(owner)s can change this.") % {"owner": custody.owner_words(standing.task)}
        raise Forbidden(reason, errors=[Problem(f"/{name}", "locked", reason) for name in refused])
    moves = by_way and set(changes) == {"stage"}
    closed = standing.task.has_ended and not standing.task.container.is_peoples and not moves
    if closed or standing.task.status == Status.RETRIED:  # an attempt is as its newest task
        raise Conflict(_("The task has ended."), code="already_ended")


def _is_partly_hidden(standing: Standing, name: str) -> bool:
    """Whether some reader of the task does not see this change."""
    field = name.removeprefix("fields.")
    return field != name and "everyone" not in standing.spec.readers(field)


def _columns(standing: Standing, changes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The columns to store, and what the event says of them: name → [old, new]."""
    task = standing.task
    columns: dict[str, Any] = {name: changes[name] for name in PLAIN if name in changes}
    before = {name: getattr(task, name) for name in columns}
    told = {name: [_said(before[name]), _said(new)] for name, new in columns.items() if before[name] != new}
    for part in (_assignee, _start, _privacy, _fields):
        more, said = part(standing, changes)
        columns |= more
        told |= said
    if task.status == Status.NEW and not {"start_at", "privacy"}.isdisjoint(columns):
        columns |= writing.queue_columns(task, columns.get("start_at", task.start_at))
    return columns, told


def _said(value: Any) -> Any:
    """A value as an event keeps it: moments are texts there."""
    return when(value) if isinstance(value, datetime) else value


Part = tuple[dict[str, Any], dict[str, list[Any]]]


def _assignee(standing: Standing, changes: Mapping[str, Any]) -> Part:
    if "assignee" not in changes:
        return {}, {}
    task, said = standing.task, changes["assignee"]
    user = references.find(said, pointer="/assignee", kinds=("user",)) if said is not None else None
    before = task.assignee.reference if task.assignee else None
    return ({"assignee": user}, {"assignee": [before, said]}) if before != said else ({}, {})


def _start(standing: Standing, changes: Mapping[str, Any]) -> Part:
    if "start_at" not in changes:
        return {}, {}
    task, start = standing.task, changes["start_at"] or timezone.now()
    return {"start_at": start}, {"start_at": [_said(task.start_at), _said(start)]}


def _privacy(standing: Standing, changes: Mapping[str, Any]) -> Part:
    if not any(name in changes for name in PRIVACY):
        return {}, {}
    task, before = standing.task, standing.task.privacy
    if changes.get("privacy") is not None:
        task.privacy = changes["privacy"]
    if changes.get("private_to") is not None:
        task.private_to = privacy.find_user(changes["private_to"])
    elif task.privacy == Privacy.PRIVATE and task.private_to is None:
        task.private_to = task.reporter
    if changes.get("app_readable") is not None:
        task.app_readable = changes["app_readable"]
    privacy.check(task, actor=standing.actor, spec=standing.spec)
    if standing.handover and (target := standing.handover.to_user or standing.handover.to_team):
        privacy.require_target_sees(task, target)
    columns = {"privacy": task.privacy, "private_to": task.private_to, "app_readable": task.app_readable}
    return columns, {"privacy": [before, task.privacy]}


def _fields(standing: Standing, changes: Mapping[str, Any]) -> Part:
    given = changes.get("fields")
    if not given:
        return {}, {}
    values.require_writable(standing, given)
    after = values.merged(standing, given)
    told = values.changes(standing.task.fields, after)
    return ({"fields": after}, told) if told else ({}, {})


# --- Stages -------------------------------------------------------------------------------------------

Step = Callable[[Standing], None]


def _run(transition: str) -> Step:
    return lambda standing: writing.move(standing.task, transition, actor=standing.actor)


PATHS: dict[tuple[str, str], tuple[Step, ...]] = {
    (Status.NEW, Status.IN_PROGRESS): (outcome.begin,),
    (Status.NEW, Status.COMPLETE): (_run("complete"),),
    (Status.NEW, Status.FAILED): (_run("fail"),),
    (Status.NEW, Status.CANCELED): (_run("cancel"),),
    (Status.IN_PROGRESS, Status.NEW): (_run("release"),),
    (Status.IN_PROGRESS, Status.COMPLETE): (_run("complete"),),
    (Status.IN_PROGRESS, Status.FAILED): (_run("fail"),),
    (Status.IN_PROGRESS, Status.CANCELED): (_run("confirm_cancel"),),
    **{(ended, Status.NEW): (outcome.reopen,) for ended in (Status.COMPLETE, Status.FAILED, Status.CANCELED)},
    **{
        (ended, Status.IN_PROGRESS): (outcome.reopen, outcome.begin)
        for ended in (Status.COMPLETE, Status.FAILED, Status.CANCELED)
    },
}
"""How a move to a stage that names a status gets there, by the lifecycle's own transitions."""


def set_stage(standing: Standing, name: str) -> None:
    """Put the locked task into a stage. Raises Invalid (unknown), Conflict (the lifecycle does not lead there)."""
    task, stage = standing.task, standing.spec.stage(name)
    if stage is None:
        names = ", ".join(stage.name for stage in standing.spec.stages)
        raise Invalid.at("/stage", _("The stages are: %(names)s.") % {"names": names})
    require_fields_of(standing, stage)
    if task.is_leased and stage.status not in (None, task.status):
        raise Conflict(_("A worker holds the task."))
    if stage.status not in (None, task.status):
        steps = PATHS.get((task.status, stage.status))
        if steps is None:
            raise Conflict(_("The task cannot move there from where it is."))
        for step in steps:
            step(standing)
    if task.stage != name:
        writing.emit(task, verbs.TASK_STAGE_CHANGED, actor=standing.actor, changes={"stage": [task.stage, name]})
        writing.update(task, stage=name, rank=writing.new_rank())


def missing_for(task: Task, stage: Stage) -> list[str]:
    """The fields that the stage requires and that have no value yet; none for the stage where the task is."""
    if task.stage == stage.name:
        return []
    return [name for name in stage.requires if task.fields.get(name) in (None, "", [])]


def require_fields_of(standing: Standing, stage: Stage) -> None:
    """Raises SchemaViolation naming each missing field; those that are hidden from the actor are not named."""
    shown = access.visible_fields(standing)
    named = [
        Problem(
            f"/fields/{name}",
            "required",
            _("This is required before the task comes to “%(stage)s”.") % {"stage": stage.title},
        )
        for name in missing_for(standing.task, stage)
        if name in shown
    ]
    unnamed = len(missing_for(standing.task, stage)) > len(named)
    whole = [Problem("/stage", "schema_violation", _("Something is missing that others fill in."))] if unnamed else []
    values.raise_violations(named + whole)


class Ways(Protocol):
    """How people move tasks of types that have transitions of their own; lies in a layer above."""

    def enter(self, standing: Standing, stage: str) -> None:
        """Move the locked task there by a transition. Raises Conflict if none leads there."""

    def require(self, standing: Standing, transition: str, input: Mapping[str, Any]) -> None:
        """Raises what keeps the actor from pressing it wherever the task stands: unknown, not theirs, wrong input."""

    def press(self, actor: Actor, name: str, transition: str, input: Mapping[str, Any]) -> Task:
        """Run the manual transition of that name."""

    def reachable(self, standing: Standing) -> list[str]:
        """The stages to which transitions lead that the actor may press now, without being asked anything."""


def goes_by_transitions(standing: Standing) -> bool:
    """Whether the actor moves the task by the type's transitions alone: everybody but its owner."""
    return bool(standing.spec.manual) and not standing.is_owner


def may_enter(task: Task, stage: Stage) -> bool:
    """Whether the lifecycle leads there from where the task is."""
    if stage.status in (None, task.status):
        return True
    if stage.status == Status.IN_PROGRESS and not outcome.is_due(task):
        return False
    return not task.is_leased and (task.status, stage.status) in PATHS


def reachable_stages(standing: Standing) -> list[str]:
    """The stages that the actor may move the task to now: what a Move menu offers."""
    task = standing.task
    if goes_by_transitions(standing):
        ways: Ways = import_string(settings.STAGE_WAYS)
        return ways.reachable(standing)
    if not standing.is_asker or task.is_leased or standing.handover:
        return []
    return [stage.name for stage in standing.spec.stages if stage.name != task.stage and may_enter(task, stage)]
