"""Moving a task to another container of the same owner: its key, people, notes and history stay."""

from copy import copy
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers import access as containers
from apps.containers import queries
from apps.containers.models import Container, TypeVersion
from apps.containers.spec import spec_of
from apps.core.errors import Conflict, Invalid, NotFound
from apps.events import log, verbs
from apps.events.units import unit
from apps.tasks import access
from apps.tasks.access import Standing
from apps.tasks.lifecycle import Status
from apps.tasks.models import Task

from . import exposure, writing
from .exposure import Exposure
from .migrating.converting import Conversion, Orders, convert, shown_problems
from .migrating.doing import failover_columns

Json = dict[str, Any]


@unit()
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
    see it then, or more of it, who does not now, and `confirm_widen` was not said.
    """
    standing = writing.lock(actor, name, if_match=if_match)
    task, before = standing.task, copy(standing.task)
    place = _find_place(standing, container)
    _hold(place)
    version = _find_type(standing, place, type)
    conversion = _fitting(standing, version)
    _enter(task, place, version)
    exposure.require_confirmed(_compare(actor, before, task, conversion), confirm_widen)
    _store(standing, spec_of(before.type_version).secrets, conversion, before)
    return task


def preview_move(actor: Actor, name: object, *, container: str, type: str | None = None) -> Exposure:
    """Who would gain and who lose by it. Writes nothing. Raises as `move_task` does, but Widens."""
    standing = Standing(actor, access.get_task(actor, name))
    before = copy(standing.task)
    place = _find_place(standing, container)
    version = _find_type(standing, place, type)
    conversion = _fitting(standing, version)
    _enter(standing.task, place, version)
    return _compare(actor, before, standing.task, conversion)


# --- Whether it may -----------------------------------------------------------------------------------


def _find_place(standing: Standing, slug: str) -> Container:
    access.require_asker(standing, _("move this task"))
    _require_free(standing)
    try:
        place = containers.get_container(standing.actor, slug, "create")
    except NotFound:
        raise Invalid.at("/container", _("There is no such container.")) from None
    if place.pk == standing.task.container_id:
        raise Invalid.at("/container", _("It is there already."))
    if place.application_id != standing.task.container.application_id:
        raise Conflict(_("A task stays with its owner: the container belongs to somebody else."))
    return place


def _require_free(standing: Standing) -> None:
    task = standing.task
    if task.status == Status.RETRIED or (task.has_ended and not task.container.is_peoples):
        raise Conflict(_("The task has ended."), code="already_ended")
    if task.is_leased:
        raise Conflict(_("A worker holds the task."))
    if standing.handover is not None:
        raise Conflict(_("Somebody is being asked now."))
    if task.run_id is not None:
        raise Conflict(_("The task is a step of a run."))


def _find_type(standing: Standing, place: Container, name: str | None) -> TypeVersion:
    role = containers.role_of(standing.actor, place)
    wanted = name or standing.task.type_version.type.name
    kind = queries.list_types(standing.actor, place, role).filter(name=wanted).first() if "\0" not in wanted else None
    if kind is None or kind.current is None:
        raise Invalid.at("/type", _("There is no such type in that container."))
    kind.container, kind.current.type = place, kind
    return kind.current


def _fitting(standing: Standing, version: TypeVersion) -> Conversion:
    conversion = convert(standing, version, Orders())
    if conversion.problems:
        raise Conflict(_("The task does not fit that type."), errors=shown_problems(standing, conversion))
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


def _store(standing: Standing, secrets: frozenset[str], conversion: Conversion, before: Task) -> None:
    task = standing.task
    version = task.type_version
    old, new = spec_of(before.type_version), spec_of(version)
    # Whoever sees it from now on need not know where it was.
    changes: dict[str, list[Any]] = {"container": [None, task.container.slug], **conversion.changes}
    changes = log.masked({"changes": changes}, secrets)["changes"]
    columns: Json = {
        "container": task.container,
        "type_version": version,
        "fields": conversion.fields,
        "stage": conversion.stage,
        "rank": writing.new_rank(),
        **failover_columns(task, old.failover, new.failover),
    }
    writing.emit(task, verbs.TASK_UPDATED, actor=standing.actor, changes=changes)
    before.sequence = task.sequence
    columns["passages"] = access.passed(before)
    try:
        with transaction.atomic():
            writing.update(task, **columns)
    except IntegrityError:
        raise Conflict(_("There is a task with this external_id in that container.")) from None
