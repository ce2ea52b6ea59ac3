"""Changing a task's properties and fields, and moving it between stages."""

from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from copy import copy
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import Actor
from apps.containers import schema
from apps.containers.type_document.spec import spec_of
from apps.containers.type_document.stages import Stage
from apps.core.body import raise_problems
from apps.core.errors import Conflict, Invalid, NotFound, Problem
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.shapes import Problems
from apps.core.timestamps import format_timestamp
from apps.events import event_types
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, bodies, ports
from apps.tasks.access import TaskPermissions
from apps.tasks.documents import Changes
from apps.tasks.lifecycle import Status
from apps.tasks.models import Privacy, Task

from . import exposure, outcome, privacy, values, writing
from .exposure import Exposure

PLAIN = ("title", "description", "priority", "tags", "due_at", "correlation_id")
PRIVACY = ("privacy", "private_to", "app_readable")
PRIVACY_NAMES = frozenset(PRIVACY)


@unit_of_work()
def edit_task(
    actor: Actor,
    name: object,
    changes: JsonMapping,
    *,
    if_match: str | None = None,
    confirm_widen: bool = False,
) -> Task:
    """Change what `changes` names (`bodies.EDIT`), all or nothing; `fields` are merged into the task's.

    Raises NotFound, VersionMismatch, Forbidden (with `locked` and pointers), Invalid, SchemaViolation, Conflict;
    Widens if the privacy lets somebody in and `confirm_widen` is missing, in the body and in the call.
    """
    changes, confirmed = _read(actor, name, changes)
    confirm_widen = confirm_widen or confirmed
    permissions = writing.lock(actor, name, if_match=if_match)
    access.require_editor(permissions, changes)
    before = copy(permissions.task)
    columns, recorded = _columns(permissions, changes)
    exposed = exposure.compare(before, permissions.task, asker=actor) if PRIVACY_NAMES & changes.keys() else None
    if exposed is not None:
        exposure.require_confirmed(exposed, confirm_widen)
    if recorded:
        quiet = all(_is_partly_hidden(permissions, name) for name in recorded)
        writing.emit(permissions.task, event_types.TASK_UPDATED, actor=actor, changes=recorded)
        if exposed is not None:
            exposure.record_losses(permissions.task, exposed, before.title, actor=actor)
        writing.update(permissions.task, quiet=quiet, **columns)
    if changes.get("stage") is not None:
        _enter(permissions, changes["stage"])
    return permissions.task


def _read(actor: Actor, name: object, body: JsonMapping) -> tuple[JsonObject, bool]:
    """What changes, and whether a wider privacy is meant. Raises Invalid with all that is wrong, fields included."""
    problems: Problems = []
    changes: JsonObject = bodies.EDIT.read(body, "", problems)  # type: ignore[assignment]
    if problems and changes and changes.get("fields"):
        with suppress(NotFound):
            permissions = TaskPermissions(actor, access.get_task(actor, name))
            version = permissions.task.type_version
            problems += values.wrong_fields(access.field_access(permissions), version, changes["fields"])
    raise_problems(problems)
    return changes, changes.pop("confirm_widen", False)


def preview_privacy(actor: Actor, name: object, changes: JsonMapping) -> Exposure:
    """Who would gain and who lose if `privacy`, `private_to` or `app_readable` changed so. Writes nothing.

    Raises as `edit_task` does; Invalid for other keys.
    """
    changes, _confirmed = _read(actor, name, changes)
    permissions = TaskPermissions(actor, access.get_task(actor, name))
    other = [Problem(f"/{key}", "invalid", _("Only privacy has a preview.")) for key in changes if key not in PRIVACY]
    if other:
        raise Invalid(other[0].detail, errors=other)
    access.require_editor(permissions, changes)
    return exposure_of(permissions, changes)


def exposure_of(permissions: TaskPermissions, changes: JsonMapping) -> Exposure:
    """What the privacy in `changes` would do as things stand. Raises Invalid, Forbidden, Conflict."""
    after = TaskPermissions(
        permissions.actor, copy(permissions.task), known_role=permissions.role, known_handover=permissions.handover
    )
    _privacy(after, changes)
    return exposure.compare(permissions.task, after.task, asker=permissions.actor)


def _enter(permissions: TaskPermissions, stage: str) -> None:
    """By one of the type's own transitions, where it has any and the actor is not its owner; else freely."""
    if access.goes_by_transitions(permissions):
        ports.stage_ways.get().enter(permissions, stage)
    else:
        set_stage(permissions, stage)


@unit_of_work()
def unset_fields(actor: Actor, name: object, names: Iterable[str]) -> Task:
    """Take values out. Raises as `edit_task` does."""
    permissions = writing.lock(actor, name)
    names = list(names)
    access.require_editor(permissions, {"fields": names})
    access.require_writable(permissions, names)
    after = values.merged(permissions, {}, remove=names)
    recorded = values.changes(permissions.task.fields, after)
    if recorded:
        quiet = all(_is_partly_hidden(permissions, changed) for changed in recorded)
        writing.emit(permissions.task, event_types.TASK_UPDATED, actor=actor, changes=recorded)
        writing.update(permissions.task, quiet=quiet, fields=after)
    return permissions.task


def _is_partly_hidden(permissions: TaskPermissions, name: str) -> bool:
    """Whether some reader of the task does not see this change."""
    field = name.removeprefix("fields.")
    return field != name and "everyone" not in permissions.spec.readers(field)


def _columns(permissions: TaskPermissions, changes: JsonMapping) -> tuple[JsonObject, Changes]:
    """The columns to store, and what the event records of them."""
    task = permissions.task
    columns: JsonObject = {name: changes[name] for name in PLAIN if name in changes}
    before = {name: getattr(task, name) for name in columns}
    recorded = {name: [_recorded(before[name]), _recorded(new)] for name, new in columns.items() if before[name] != new}
    for part in (_assignee, _start, _privacy, field_columns):
        more, value = part(permissions, changes)
        columns |= more
        recorded |= value
    if task.status == Status.NEW and not {"start_at", "privacy"}.isdisjoint(columns):
        columns |= writing.queue_columns(task, columns.get("start_at", task.start_at))
    return columns, recorded


def _recorded(value: Json) -> Json:
    """A value as an event records it: timestamps are texts there."""
    return format_timestamp(value) if isinstance(value, datetime) else value


Part = tuple[JsonObject, Changes]


def _assignee(permissions: TaskPermissions, changes: JsonMapping) -> Part:
    if "assignee" not in changes:
        return {}, {}
    task, value = permissions.task, changes["assignee"]
    user = references.find(value, pointer="/assignee", kinds=("user",)) if value is not None else None
    before = task.assignee.reference if task.assignee else None
    return ({"assignee": user}, {"assignee": [before, value]}) if before != value else ({}, {})


def _start(permissions: TaskPermissions, changes: JsonMapping) -> Part:
    if "start_at" not in changes:
        return {}, {}
    task, start = permissions.task, changes["start_at"] or timezone.now()
    return {"start_at": start}, {"start_at": [_recorded(task.start_at), _recorded(start)]}


def _privacy(permissions: TaskPermissions, changes: JsonMapping) -> Part:
    if not any(name in changes for name in PRIVACY):
        return {}, {}
    task, before, person = permissions.task, permissions.task.privacy, permissions.task.private_to_id
    if changes.get("privacy") is not None:
        task.privacy = changes["privacy"]
    if changes.get("private_to") is not None:
        task.private_to = privacy.find_user(changes["private_to"])
    elif task.privacy == Privacy.PRIVATE and task.private_to is None:
        task.private_to = task.reporter
    if changes.get("app_readable") is not None:
        task.app_readable = changes["app_readable"]
    privacy.check(task, actor=permissions.actor, spec=permissions.spec)
    if task.privacy == Privacy.PRIVATE and (before != Privacy.PRIVATE or person != task.private_to_id):
        access.require_may_withhold(permissions)
    if permissions.handover and (target := permissions.handover.to_user or permissions.handover.to_team):
        access.require_target_sees(task, target)
    columns = {"privacy": task.privacy, "private_to": task.private_to, "app_readable": task.app_readable}
    return columns, {"privacy": [before, task.privacy]}


def field_columns(permissions: TaskPermissions, changes: JsonMapping) -> Part:
    """The column `fields` with the given values merged in, and what the event records.

    Raises Invalid (unknown), Forbidden (locked), SchemaViolation.
    """
    given = changes.get("fields")
    if not given:
        return {}, {}
    values.require_known(access.field_access(permissions), permissions.task.type_version, given)
    access.require_writable(permissions, given)
    after = values.merged(permissions, given)
    recorded = values.changes(permissions.task.fields, after)
    return ({"fields": after}, recorded) if recorded else ({}, {})


# --- Stages -------------------------------------------------------------------------------------------

Step = Callable[[TaskPermissions], None]


def _run(transition: str) -> Step:
    return lambda permissions: writing.move(permissions.task, transition, actor=permissions.actor)


def _complete(permissions: TaskPermissions) -> None:
    values.require_whole(permissions, permissions.task.fields)
    writing.move(permissions.task, "complete", actor=permissions.actor)


PATHS: dict[tuple[str, str], tuple[Step, ...]] = {
    (Status.NEW, Status.IN_PROGRESS): (outcome.begin,),
    (Status.NEW, Status.COMPLETE): (_complete,),
    (Status.NEW, Status.FAILED): (_run("fail"),),
    (Status.NEW, Status.CANCELED): (_run("cancel"),),
    (Status.IN_PROGRESS, Status.NEW): (_run("release"),),
    (Status.IN_PROGRESS, Status.COMPLETE): (_complete,),
    (Status.IN_PROGRESS, Status.FAILED): (_run("fail"),),
    (Status.IN_PROGRESS, Status.CANCELED): (_run("confirm_cancel"),),
    **{(ended, Status.NEW): (outcome.reopen,) for ended in (Status.COMPLETE, Status.FAILED, Status.CANCELED)},
    **{
        (ended, Status.IN_PROGRESS): (outcome.reopen, outcome.begin)
        for ended in (Status.COMPLETE, Status.FAILED, Status.CANCELED)
    },
}
"""How a move to a stage that names a status gets there, by the lifecycle's own transitions."""


def set_stage(permissions: TaskPermissions, name: str) -> None:
    """Put the locked task into a stage. Raises Invalid (unknown), Conflict (the lifecycle does not lead there)."""
    task, stage = permissions.task, permissions.spec.stage(name)
    if stage is None:
        names = ", ".join(stage.name for stage in permissions.spec.stages)
        raise Invalid.at("/stage", _("The stages are: %(names)s.") % {"names": names})
    require_fields_of(permissions, stage)
    if task.is_leased and stage.status not in (None, task.status):
        raise Conflict(_("A worker holds the task."))
    if stage.status not in (None, task.status):
        steps = PATHS.get((task.status, stage.status))
        if steps is None:
            raise Conflict(_("The task cannot move there from where it is."))
        for step in steps:
            step(permissions)
    if task.stage != name:
        writing.emit(
            task, event_types.TASK_STAGE_CHANGED, actor=permissions.actor, changes={"stage": [task.stage, name]}
        )
        writing.update(task, stage=name, rank=writing.new_rank())


def missing_for(task: Task, stage: Stage, *, seen: Container[str] | None = None) -> list[str]:
    """The fields that the stage requires and that have no value yet; none for the stage where the task is."""
    if task.stage == stage.name:
        return []
    return schema.missing(spec_of(task.type_version).schema, stage.requires, task.fields, seen=seen)


def require_fields_of(permissions: TaskPermissions, stage: Stage) -> None:
    """Raises SchemaViolation naming each missing field; those that are hidden from the actor are not named."""
    shown = access.visible_fields(permissions)
    lacking = missing_for(permissions.task, stage, seen=shown)
    named = [
        Problem(
            f"/fields/{name}",
            "required",
            _("This is required before the task comes to “%(stage)s”.") % {"stage": stage.title},
        )
        for name in lacking
        if name in shown
    ]
    unnamed = len(lacking) > len(named)
    whole = [Problem("/stage", "schema_violation", _("Something is missing that others fill in."))] if unnamed else []
    values.raise_violations(named + whole)


def may_enter(task: Task, stage: Stage) -> bool:
    """Whether the lifecycle leads there from where the task is."""
    if stage.status in (None, task.status):
        return True
    if stage.status == Status.IN_PROGRESS and not outcome.is_due(task):
        return False
    return not task.is_leased and (task.status, stage.status) in PATHS


def reachable_stages(permissions: TaskPermissions) -> list[str]:
    """The stages that the actor may move the task to now: what a Move menu offers."""
    task = permissions.task
    if access.goes_by_transitions(permissions):
        return ports.stage_ways.get().reachable(permissions)
    if not permissions.is_asker or task.is_leased or permissions.handover:
        return []
    return [stage.name for stage in permissions.spec.stages if stage.name != task.stage and may_enter(task, stage)]
