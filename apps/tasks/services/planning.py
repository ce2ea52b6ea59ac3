"""Scheduled updates: planning one, looking at them, dropping one. `planned.py` does them when their time comes."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import Actor
from apps.containers.spec import TypeSpec
from apps.core.body import raise_problems
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from apps.core.ids import parse_uuid
from apps.core.moments import parse_moment
from apps.events import verbs
from apps.events.units import unit
from apps.tasks import access
from apps.tasks.access import Standing
from apps.tasks.models import ScheduledUpdate, Task
from apps.tasks.rendering import when

from . import edit, exposure, values, writing
from .create import errors_under

State = ScheduledUpdate.State
MOST_PENDING = 50
MOST_SHOWN = 200
CONFIRMED = "confirm_widen"
"""Said in `set`: that more people may see the task then is meant."""
MOMENTS = ("start_at", "due_at")
RELATED = ("created_by_user", "created_by_application")


@unit()
def schedule_update(
    actor: Actor,
    name: object,
    *,
    at: datetime,
    set: Mapping[str, Any] | None = None,
    transition: str | None = None,
    input: Mapping[str, Any] | None = None,
) -> ScheduledUpdate:
    """Plan a change: `set` is what PATCH takes. Whether it may be done is asked again when it is.

    Refused is already what the actor could not do if nobody else had the task. Raises NotFound, Invalid, Forbidden,
    SchemaViolation, Conflict (ended for good, or too many are planned).
    """
    standing = writing.lock(actor, name)
    said = dict(set or {})
    _require_something(at, said, transition)
    with errors_under("/set"):
        _require_settable(standing, said)
    if transition is not None:
        _require_pressable(standing, transition, dict(input or {}))
    _require_room(actor, standing.task)
    update = ScheduledUpdate.objects.create(
        task=standing.task,
        at=at,
        set=_as_json(said),
        transition=transition,
        input=dict(input or {}),
        created_by_user_id=actor.id if actor.is_user else None,
        created_by_application_id=actor.id if actor.is_application else None,
    )
    tell(standing.task, update, "planned", actor=actor)
    return update


def _require_something(at: datetime, said: Mapping[str, Any], transition: str | None) -> None:
    if at <= timezone.now():
        raise Invalid.at("/at", _("Must be in the future."))
    if not said and transition is None:
        raise Invalid.at("/set", _("Say what to change, or a transition."))


def _require_settable(standing: Standing, said: Mapping[str, Any]) -> None:
    """Whether the actor could set it, if nobody else had the task; and whether it fits as things stand."""
    confirmed = bool(said.get(CONFIRMED))
    if not said:
        return
    said = {key: value for key, value in said.items() if key != CONFIRMED}
    edit.require_editor(standing, said)
    for key in ("assignee", "private_to"):
        if said.get(key) is not None:
            references.find(said[key], pointer=f"/{key}", kinds=("user",))
    if said.get("stage") is not None and standing.spec.stage(said["stage"]) is None:
        raise Invalid.at("/stage", _("There is no such stage."))
    fields = said.get("fields") or {}
    values.require_levels(access.access_when_free(standing), fields)
    secret = [Problem(f"/fields/{key}", "invalid", _("A secret cannot be planned.")) for key in fields
              if key in standing.spec.secrets]  # fmt: skip
    raise_problems(secret)
    values.merged(standing, fields)
    if any(key in said for key in edit.PRIVACY):
        exposure.require_confirmed(edit.exposure_of(standing, said), confirmed)


def _require_pressable(standing: Standing, transition: str, given: dict[str, Any]) -> None:
    ways: edit.Ways = import_string(settings.STAGE_WAYS)
    try:
        ways.require(standing, transition, given)
    except NotFound as error:
        raise Invalid.at("/transition", error.detail) from None


def _require_room(actor: Actor, task: Task) -> None:
    """Counts what the actor planned: how much others did may be hidden from them."""
    mine = [update for update in task.scheduled_updates.filter(state=State.PENDING) if update.is_of(actor)]
    if len(mine) >= MOST_PENDING:
        raise Conflict(_("At most %(n)d changes of a task can be planned by one.") % {"n": MOST_PENDING})


def _as_json(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: when(value) if isinstance(value, datetime) else value for key, value in said.items()}


def as_changes(update: ScheduledUpdate) -> dict[str, Any]:
    """What `edit_task` takes."""
    said = {key: value for key, value in update.set.items() if key != CONFIRMED}
    return {key: parse_moment(value) if key in MOMENTS and value else value for key, value in said.items()}


def tell(task: Task, update: ScheduledUpdate, did: str, *, actor: Actor, **more: Any) -> None:
    """Record what became of a plan, for those who work on the task; the reader sees only fields that exist for them."""
    kept = access.kept_from_everybody(task, update.created_at)  # it is told by the rules of now
    fields = {name: value for name, value in (update.set.get("fields") or {}).items() if name not in kept}
    planned = {key: value for key, value in update.set.items() if key != "fields"}
    planned |= {f"fields.{name}": value for name, value in fields.items()}
    planned |= {"transition": update.transition} if update.transition else {}
    said = {"scheduled_update": str(update.pk), "did": did, "at": when(update.at), "planned": planned, **more}
    writing.emit(task, verbs.TASK_UPDATE_SCHEDULED, actor=actor, internal=True, **said)
    writing.update(task, quiet=True)


# --- Looking at them -------------------------------------------------------------------------------------


def list_scheduled_updates(standing: Standing) -> list[ScheduledUpdate]:
    """Those of the task that exist for the reader, by their time: all to come, and the latest that have been."""
    _seen(standing)  # looked up whether or not there is anything: the number of statements tells nothing
    latest = _rows().filter(task__newest=standing.task.newest).order_by("-at", "-id").iterator(MOST_SHOWN)
    shown = list(islice((row for row in latest if exists_for(standing, row)), MOST_SHOWN))
    return shown[::-1]


def _rows() -> QuerySet[ScheduledUpdate]:
    return ScheduledUpdate.objects.select_related(*RELATED)


def exists_for(standing: Standing, update: ScheduledUpdate) -> bool:
    """For who made it; and for those who work on the task, unless all of it is about fields hidden from them."""
    shown = shown_part(standing, update)
    return update.is_of(standing.actor) or (standing.works_on_it and bool(shown or update.transition))


def shown_part(standing: Standing, update: ScheduledUpdate) -> dict[str, Any]:
    """`set` without the fields that are hidden from the reader."""
    said = dict(update.set)
    visible = access.past_fields(standing, update.created_at)
    fields = {name: value for name, value in (said.pop("fields", None) or {}).items() if name in visible}
    return {**said, **({"fields": fields} if fields else {})}


def touched(update: ScheduledUpdate, spec: TypeSpec) -> frozenset[str]:
    """The fields that a refusal of it may speak of: those that it sets; all of them where a transition acts."""
    return frozenset(update.set.get("fields") or {}) | frozenset(spec.fields if update.transition else ())


def _seen(standing: Standing) -> frozenset[str]:
    return frozenset(access.visible_fields(standing))


def get_scheduled_update(actor: Actor, number: object) -> tuple[Standing, ScheduledUpdate]:
    """One of them. Raises NotFound: hidden and absent read the same, and those of a hidden task in the same time."""
    known = parse_uuid(number)
    update = _rows().filter(_may_exist_for(actor), pk=known).first() if known else None
    absent = NotFound(_("There is no such scheduled update."))
    if update is None:
        raise absent
    try:
        standing = Standing(actor, access.get_task(actor, str(update.task_id)))
    except NotFound:
        raise absent from None
    if not exists_for(standing, update):
        raise absent
    return standing, update


def _may_exist_for(actor: Actor) -> Q:
    """Condition on ScheduledUpdate: what of `exists_for` can be said in SQL, all but which fields are hidden."""
    task = Task.objects.visible_to(actor).filter(pk=OuterRef("task__newest"))
    mine = Q(created_by_user=actor.id) if actor.is_user else Q(created_by_application=actor.id)
    return Q(Exists(task), mine) | Q(Exists(task.filter(access.working_condition(actor))))


def may_drop(standing: Standing, update: ScheduledUpdate) -> bool:
    """Who made it, and those whose task it is, while it has not been done."""
    return update.state == State.PENDING and (update.is_of(standing.actor) or standing.is_asker)


@unit()
def drop_scheduled_update(actor: Actor, number: object) -> Task:
    """Take it back: it is as if it had never been planned. Raises NotFound, Forbidden, Conflict (it is done)."""
    standing, update = get_scheduled_update(actor, number)
    standing = writing.lock(actor, str(update.task_id))
    if not (update.is_of(actor) or standing.is_asker):
        raise Forbidden(_("Somebody else planned this."))
    if not ScheduledUpdate.objects.filter(pk=update.pk, state=State.PENDING).delete()[0]:
        raise Conflict(_("It has been done, or refused, already."), code="already_ended")
    tell(standing.task, update, "dropped", actor=actor)
    return standing.task


def render(standing: Standing, update: ScheduledUpdate) -> dict[str, Any]:
    """As the API answers it; refusal and typed input are whole only for who sees all that they are about."""
    shown, error = shown_part(standing, update), update.error
    whole = update.is_of(standing.actor) or touched(update, standing.spec) <= _seen(standing)
    if error is not None and not whole:
        error = {**error, "detail": _("It was not possible then."), "errors": []}
    return {
        "id": str(update.pk),
        "task": str(update.task_id),
        "at": when(update.at),
        "set": shown,
        "transition": update.transition,
        "input": update.input if whole else {},
        "created_by": update.created_by,
        "state": update.state,
        "error": error,
        "created_at": when(update.created_at),
        "ended_at": when(update.ended_at),
    }
