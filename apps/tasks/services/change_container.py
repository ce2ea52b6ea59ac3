"""Moving a task to another container of the same owner: its key, people, notes and history stay."""

from copy import copy

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers import access as containers
from apps.containers import queries
from apps.containers.models import Container, TypeVersion
from apps.containers.type_document.spec import spec_of
from apps.core.codes import Code
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.json_types import JsonObject
from apps.core.shapes import reads
from apps.events import event_types, log
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, bodies
from apps.tasks.access import TaskPermissions
from apps.tasks.documents import Changes
from apps.tasks.models import Task

from . import exposure, writing
from .exposure import Exposure
from .type_migration.convert import Conversion, convert, shown_problems
from .type_migration.orders import Orders
from .type_migration.run import failover_columns


@reads(bodies.MOVE)
@unit_of_work()
def move_task(
    actor: Actor,
    name: object,
    *,
    container: str,
    type: str | None = None,
    confirm_widen: bool = False,
    if_match: str | None = None,
) -> Task:
    """Put the task into another container, where a type of its name (or `type`) must fit as it stands.

    The actor must be who may ask for things on the task, and may create tasks there. Raises NotFound,
    VersionMismatch, Forbidden, Invalid, Conflict (held, ended, another owner, does not fit); Widens if somebody would
    see it then, or more of it, who does not now, and `confirm_widen` is missing.
    """
    permissions = writing.lock(actor, name, if_match=if_match)
    task, before = permissions.task, copy(permissions.task)
    place = _find_place(permissions, container)
    _hold(place)
    version = _find_type(permissions, place, type)
    conversion = _fitting(permissions, version)
    _enter(task, place, version)
    exposed = _compare(actor, before, task, conversion)
    exposure.require_confirmed(exposed, confirm_widen)
    exposure.record_losses(task, exposed, before.title, actor=actor)
    _store(permissions, spec_of(before.type_version).secrets, conversion, before)
    return task


def preview_move(actor: Actor, name: object, *, container: str, type: str | None = None) -> Exposure:
    """Who would gain and who lose by it. Writes nothing. Raises as `move_task` does, but Widens."""
    permissions = TaskPermissions(actor, access.get_task(actor, name))
    before = copy(permissions.task)
    place = _find_place(permissions, container)
    version = _find_type(permissions, place, type)
    conversion = _fitting(permissions, version)
    _enter(permissions.task, place, version)
    return _compare(actor, before, permissions.task, conversion)


# --- Whether it may -----------------------------------------------------------------------------------


def _find_place(permissions: TaskPermissions, slug: str) -> Container:
    access.require_asker(permissions, _("move this task"))
    access.require_may_withhold(permissions)
    _require_free(permissions)
    try:
        place = containers.get_container(permissions.actor, slug, "create")
    except NotFound:
        raise Invalid.at("/container", _("There is no such container.")) from None
    if place.pk == permissions.task.container_id:
        raise Invalid.at("/container", _("It is there already."))
    if place.application_id != permissions.task.container.application_id:
        raise Conflict(_("A task stays with its owner: the container belongs to somebody else."))
    return place


def _require_free(permissions: TaskPermissions) -> None:
    task = permissions.task
    if task.has_ended and not task.container.is_peoples:
        raise Conflict(_("The task has ended."), code=Code.ALREADY_ENDED)
    if task.is_leased:
        raise Conflict(_("A worker holds the task."))
    if permissions.handover is not None:
        raise Conflict(_("Somebody is being asked now."))
    if task.run_id is not None:
        raise Conflict(_("The task is a step of a run."))


def _find_type(permissions: TaskPermissions, place: Container, name: str | None) -> TypeVersion:
    role = containers.role_of(permissions.actor, place)
    wanted = name or permissions.task.type_version.type.name
    kind = (
        queries.list_types(permissions.actor, place, role).filter(name=wanted).first() if "\0" not in wanted else None
    )
    if kind is None or kind.current is None:
        raise Invalid.at("/type", _("There is no such type in that container."))
    kind.container, kind.current.type = place, kind
    access.require_carrier(permissions, kind.current)
    return kind.current


def _fitting(permissions: TaskPermissions, version: TypeVersion) -> Conversion:
    conversion = convert(permissions, version, Orders())
    if conversion.problems:
        raise Conflict(_("The task does not fit that type."), errors=shown_problems(permissions, conversion))
    return conversion


def _hold(place: Container) -> None:
    """It cannot be deleted until the task is in it."""
    list(Container.objects.filter(pk=place.pk).select_for_update(no_key=True, of=("self",)).values_list("pk"))


def _compare(actor: Actor, before: Task, task: Task, conversion: Conversion) -> Exposure:
    after = copy(task)
    after.fields, after.stage = conversion.fields, conversion.stage
    return exposure.compare(before, after, asker=actor)


# --- Doing it -----------------------------------------------------------------------------------------


def _enter(task: Task, place: Container, version: TypeVersion) -> None:
    task.container, task.type_version = place, version


def _store(permissions: TaskPermissions, secrets: frozenset[str], conversion: Conversion, before: Task) -> None:
    task = permissions.task
    version = task.type_version
    old, new = spec_of(before.type_version), spec_of(version)
    # Whoever sees it from now on need not know where it was.
    changes: Changes = {"container": [None, task.container.slug], **conversion.changes}
    changes = log.masked({"changes": changes}, secrets)["changes"]
    columns: JsonObject = {
        "container": task.container,
        "type_version": version,
        "fields": conversion.fields,
        "stage": conversion.stage,
        "rank": writing.new_rank(),
        **failover_columns(task, old.failover, new.failover),
    }
    writing.emit(task, event_types.TASK_UPDATED, actor=permissions.actor, changes=changes)
    before.sequence = task.sequence
    columns["past_rules"] = access.passed(before)
    try:
        with transaction.atomic():
            writing.update(task, **columns)
    except IntegrityError:
        raise Conflict(_("The task cannot be moved to that container.")) from None
