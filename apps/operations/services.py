"""Beginning, stopping and resuming operations."""

from collections.abc import Callable

import orjson
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core import background
from apps.core.body import Body
from apps.core.errors import Conflict, PlanChanged
from apps.core.json_types import JsonMapping, JsonObject
from apps.core.sealing import seal
from apps.events.unit_of_work import unit_of_work

from . import access
from .bodies import OPERATION
from .kinds import kind_of
from .models import AT_WORK, Operation, Selection, State
from .run import JOB, record
from .selection import Plan, make_plan


def plan_operation(actor: Actor, body: object) -> tuple[JsonMapping, JsonObject, Plan]:
    """The body as it was read, the options of its kind, and the plan. Raises Invalid."""
    read = Body(body, OPERATION)
    kind = read.get("kind", "")
    options = kind_of(kind).read_options(actor, read) if kind else {}
    if bool(read.get("dry_run")) == read.has("plan"):
        read.wrong("plan", _("Plan it with `dry_run` first, then begin it with the `plan` that this answered."))
    read.finish()
    return read.value, options, make_plan(actor, kind, kind_of(kind), read.value, options)


@unit_of_work()
def begin_operation(actor: Actor, body: JsonMapping, options: JsonObject, plan: Plan) -> Operation:
    """Begin what was planned. Raises PlanChanged if the plan that the body names is another one, or too old."""
    if not plan.is_named_by(body["plan"]):
        raise PlanChanged(_("What was planned is not what would be done now."), plan.render())
    canary = body.get("canary") or {}
    operation = Operation(
        kind=body["kind"],
        author=str(actor),
        application_id=actor.id if actor.is_application else None,
        filter=body.get("filter"),
        options=seal(orjson.dumps(options).decode()),
        reason=body.get("reason") or "",
        state=State.CANARY if canary else State.RUNNING,
        canary_first=canary.get("first"),
        canary_min_ok=canary.get("min_ok"),
        is_tried=not canary,
        max_per_second=body.get("max_per_second"),
        matched=len(plan.tasks),
        due_at=Now(),
    )
    operation.save(force_insert=True)
    parts = range(0, len(plan.tasks), Selection.SIZE)
    Selection.objects.bulk_create(
        Selection(
            operation=operation, number=number, ids=b"".join(id.bytes for id in plan.tasks[at : at + Selection.SIZE])
        )
        for number, at in enumerate(parts)
    )
    record(operation, actor, "started")
    background.enqueue(JOB)
    return operation


@unit_of_work()
def stop_operation(actor: Actor, name: str) -> Operation:
    """Work on no further task. What was done already goes on to settle. Raises NotFound, Conflict."""
    operation = _lock(actor, name)
    if operation.state not in AT_WORK:
        raise Conflict(_("It is not running."))
    _set_state(operation, actor, State.STOPPED, "stopped")
    return operation


@unit_of_work()
def resume_operation(actor: Actor, name: str) -> Operation:
    """Go on where it was; past a canary that did not go well, too. Raises NotFound, Conflict."""
    operation = _lock(actor, name)
    if operation.state not in (State.STOPPED, State.HELD):
        raise Conflict(_("Only what was stopped or held is resumed."))
    operation.is_tried = operation.is_tried or operation.state == State.HELD
    _set_state(operation, actor, State.RUNNING if operation.is_tried else State.CANARY, "resumed")
    background.enqueue(JOB)
    return operation


def _lock(actor: Actor, name: str) -> Operation:
    """The operation, held against the batch that may be under way."""
    operation = access.get_operation(actor, name)
    return Operation.objects.select_for_update(of=("self",)).get(pk=operation.pk)


def _set_state(operation: Operation, actor: Actor, state: State, did: str) -> None:
    """Raises Conflict if the state is not what was read any more."""
    mine = Operation.objects.filter(pk=operation.pk, state=operation.state)
    if not mine.update(state=state, is_tried=operation.is_tried, due_at=Now()):
        raise Conflict(_("It changed meanwhile. Read it again."))
    operation.state = state
    record(operation, actor, did)


def reseal_operations(anew: Callable[[object], object]) -> None:
    """Seal the options of all operations that go on anew; `anew` does it with one text."""
    for pk in Operation.objects.filter(ended_at=None).values_list("pk", flat=True):
        with transaction.atomic():
            rows = Operation.objects.filter(pk=pk)
            for operation in rows.select_for_update():
                rows.update(options=anew(operation.options))
