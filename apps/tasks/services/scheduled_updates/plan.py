"""Scheduled updates: planning one, and dropping one. `run.py` does them when their time comes."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import Actor
from apps.core.body import raise_problems
from apps.core.codes import Code
from apps.core.errors import Conflict, Invalid, NotFound, Problem, errors_under
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.shapes import reads
from apps.core.timestamps import format_timestamp, parse_timestamp
from apps.events import event_types
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, bodies, ports, queries
from apps.tasks.access import TaskPermissions
from apps.tasks.models import ScheduledUpdate, Task
from apps.tasks.services import edit, exposure, values, writing

State = ScheduledUpdate.State
MOST_PENDING = 50
CONFIRMED = "confirm_widen"
"""The key of `set` that confirms a wider privacy."""
MOMENTS = ("start_at", "due_at")


@reads(bodies.SCHEDULED_UPDATE)
@unit_of_work()
def schedule_update(
    actor: Actor,
    name: object,
    *,
    at: datetime,
    set: JsonMapping | None = None,
    transition: str | None = None,
    input: JsonMapping | None = None,
) -> ScheduledUpdate:
    """Plan a change: `set` is what PATCH takes. Whether it may be done is asked again when it is.

    Refused is already what the actor could not do if nobody else had the task. Raises NotFound, Invalid, Forbidden,
    SchemaViolation, Conflict (ended for good, or too many are planned).
    """
    permissions = writing.lock(actor, name)
    value = dict(set or {})
    _require_something(at, value, transition)
    with errors_under("/set"):
        _require_settable(permissions, value)
    if transition is not None:
        _require_pressable(permissions, transition, dict(input or {}))
    _require_room(actor, permissions.task)
    update = ScheduledUpdate.objects.create(
        task=permissions.task,
        at=at,
        set=_as_json(value),
        transition=transition,
        input=dict(input or {}),
        created_by_user_id=actor.id if actor.is_user else None,
        created_by_application_id=actor.id if actor.is_application else None,
    )
    tell(permissions.task, update, "planned", actor=actor)
    return update


def _require_something(at: datetime, value: JsonMapping, transition: str | None) -> None:
    if at <= timezone.now():
        raise Invalid.at("/at", _("Must be in the future."))
    if not value and transition is None:
        raise Invalid.at("/set", _("Say what to change, or a transition."))


def _require_settable(permissions: TaskPermissions, given: JsonMapping) -> None:
    """Whether the actor could set it, if nobody else had the task; and whether it fits as things stand."""
    confirmed = bool(given.get(CONFIRMED))
    if not given:
        return
    given = {key: value for key, value in given.items() if key != CONFIRMED}
    access.require_editor(permissions, given)
    for key in ("assignee", "private_to"):
        if given.get(key) is not None:
            references.find(given[key], pointer=f"/{key}", kinds=("user",))
    if given.get("stage") is not None and permissions.spec.stage(given["stage"]) is None:
        raise Invalid.at("/stage", _("There is no such stage."))
    fields = given.get("fields") or {}
    access.require_levels(access.access_when_free(permissions), fields)
    secret = [Problem(f"/fields/{key}", "invalid", _("A secret cannot be planned.")) for key in fields
              if key in permissions.spec.secrets]  # fmt: skip
    raise_problems(secret)
    values.merged(permissions, fields)
    if any(key in given for key in edit.PRIVACY):
        exposure.require_confirmed(edit.exposure_of(permissions, given), confirmed)


def _require_pressable(permissions: TaskPermissions, transition: str, given: JsonObject) -> None:
    try:
        ports.stage_ways.get().require(permissions, transition, given)
    except NotFound as error:
        raise Invalid.at("/transition", error.detail) from None


def _require_room(actor: Actor, task: Task) -> None:
    """Counts what the actor planned: how much others did may be hidden from them."""
    mine = [update for update in task.scheduled_updates.filter(state=State.PENDING) if update.is_of(actor)]
    if len(mine) >= MOST_PENDING:
        raise Conflict(_("At most %(n)d changes of a task can be planned by one.") % {"n": MOST_PENDING})


def _as_json(given: JsonMapping) -> JsonObject:
    return {key: format_timestamp(value) if isinstance(value, datetime) else value for key, value in given.items()}


def as_changes(update: ScheduledUpdate) -> JsonObject:
    """What `edit_task` takes."""
    given = {key: value for key, value in update.set.items() if key != CONFIRMED}
    return {key: parse_timestamp(value) if key in MOMENTS and value else value for key, value in given.items()}


def tell(task: Task, update: ScheduledUpdate, did: str, *, actor: Actor, **more: Json) -> None:
    """Record what became of a plan, for those who work on the task; the reader sees only fields that exist for them."""
    stored = access.hidden_from_everybody(task, update.created_at)  # it is told by the rules of now
    fields = {name: value for name, value in (update.set.get("fields") or {}).items() if name not in stored}
    planned = {key: value for key, value in update.set.items() if key != "fields"}
    planned |= {f"fields.{name}": value for name, value in fields.items()}
    planned |= {"transition": update.transition} if update.transition else {}
    given = {
        "scheduled_update": str(update.pk),
        "did": did,
        "at": format_timestamp(update.at),
        "planned": planned,
        **more,
    }
    writing.emit(task, event_types.TASK_UPDATE_SCHEDULED, actor=actor, internal=True, **given)
    writing.update(task, quiet=True)


@unit_of_work()
def drop_scheduled_update(actor: Actor, number: object) -> Task:
    """Take it back: it is as if it had never been planned. Raises NotFound, Forbidden, Conflict (it is done)."""
    permissions, update = queries.get_scheduled_update(actor, number)
    permissions = writing.lock(actor, str(update.task_id))
    access.require_dropper(permissions, update)
    if not ScheduledUpdate.objects.filter(pk=update.pk, state=State.PENDING).delete()[0]:
        raise Conflict(_("It has been done, or refused, already."), code=Code.ALREADY_ENDED)
    tell(permissions.task, update, "dropped", actor=actor)
    return permissions.task
