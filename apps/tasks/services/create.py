"""Creating a task; many in one call are in `bulk.py`."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from uuid import UUID

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from apps.actors import references
from apps.actors.actor import Actor
from apps.actors.models import Application, User
from apps.containers import access as container_access
from apps.containers import schema
from apps.containers.models import Container, TaskType
from apps.containers.services import own_container
from apps.containers.type_document.spec import TypeSpec
from apps.core.body import raise_problems
from apps.core.errors import Conflict, Invalid, NotFound, Problem, TaskHubError, errors_under
from apps.core.ids import short_code, uuid7
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.shapes import Problems
from apps.core.sql.prepared import Prepared
from apps.core.sql.rows import like
from apps.events import event_types, log
from apps.events.models import Event
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, bodies, ports, search, secret_fields
from apps.tasks.access import Place, TaskPermissions
from apps.tasks.models import Task

from . import digests, privacy, values, writing
from .handovers import opening
from .kinds import problems_of_kinds

BUILT_IN_TYPE = "task"
ATTEMPTS = 4
Made = TypeVar("Made")


def create_task(
    actor: Actor, body: JsonMapping, *, run_id: UUID | None = None, step: str | None = None
) -> tuple[Task, bool]:
    """The new task, or with the same `external_id` and body the existing one, and whether it is new.

    Body: `bodies.CREATE`. Only the caller says of which run's step the task is, never a body.

    Raises Invalid, SchemaViolation, Forbidden, NotFound, Conflict (the `external_id` is taken by another body).
    """
    body = read_body(actor, body)

    def create() -> tuple[Task, bool]:
        with unit_of_work():
            return create_here(actor, body, {}, run_id=run_id, step=step)

    return until_free(create)


def until_free(create: Callable[[], Made]) -> Made:
    """What `create` returns, a transaction that is tried again when a key or an external_id collides.

    Raises Conflict if another task with it is being made all the time.
    """
    for _ in range(ATTEMPTS):
        try:
            return create()
        except IntegrityError:
            continue
    raise Conflict("The task could not be made: another one with its key is being made. Try again.")


def create_in_unit(actor: Actor, body: object, id: UUID) -> tuple[Task, bool]:
    """`create_task` in the unit that is open, all of which must be undone by what it raises: there is no savepoint.

    Raises IntegrityError besides (see `until_free`). `id` is that of the task, if it is new.
    """
    return create_here(actor, read_body(actor, body), {}, id=id)


def read_body(actor: Actor, body: object, places: dict[Json, Place] | None = None) -> JsonObject:
    """The body of a new task. Raises Invalid with all that is wrong with it, its fields included."""
    problems: Problems = []
    read: JsonObject = bodies.CREATE.read(body, "", problems)  # type: ignore[assignment]
    if problems and read and read.get("container") and read.get("fields"):
        with suppress(TaskHubError):
            place = find_place(actor, read, {} if places is None else places)
            levels = access.access_at_creation(_shape_of_new(actor, place), actor, place)
            problems += values.wrong_fields(levels, place.type.current, read["fields"])  # type: ignore[arg-type]
    raise_problems(problems)
    return read


def try_task(actor: Actor, body: JsonMapping) -> None:
    """Raises what `create_task` would, and makes nothing. The function is left out: naming one declares it.

    Raises Invalid for secrets as well: a body that is stored for later would hold them in clear.
    """
    body = bodies.CREATE.require(body)
    place = find_place(actor, body, {})
    build(actor, {**body, "function": None}, place)
    secret = sorted(place.spec.secrets & set(body.get("fields") or {}))
    raise_problems([Problem(f"/fields/{name}", "invalid", "A secret cannot be planned.") for name in secret])


def create_here(
    actor: Actor,
    body: JsonMapping,
    places: dict[Json, Place],
    *,
    id: UUID | None = None,
    run_id: UUID | None = None,
    step: str | None = None,
) -> tuple[Task, bool]:
    """Create in the unit that is open, from a body that was read.

    Raises what `create_task` raises; IntegrityError if a key or an external_id collides with another one's.
    """
    place = find_place(actor, body, places)
    digest = digests.of(body)
    existing = _existing(actor, body, place, digest)
    if existing:
        return existing, False
    task = build(actor, body, place, id)
    task.creation_digest, task.run_id, task.step = digest, run_id, step
    event = created(task, actor, place)
    log.record_all([event], [task], search.rows_of(task), back=("fields", "data"))
    task.revision = task.sequence
    if body.get("hand_over") is not None:
        permissions = TaskPermissions(actor, task, known_role=place.role)
        with errors_under("/hand_over"):
            opening.open_handover(permissions, body["hand_over"])
    return task, True


def created(task: Task, actor: Actor, place: Place) -> Event:
    """The event of a new task, yet to be recorded."""
    return writing.drafted(
        task, event_types.TASK_CREATED, actor=actor, title=task.title, type=place.type.name, stage=task.stage
    )


def _existing(actor: Actor, body: JsonMapping, place: Place, digest: str) -> Task | None:
    if body.get("external_id") is None:
        return None
    same = Task.objects.filter(
        container=place.container, created_by_application=actor.id, external_id=body["external_id"]
    )
    task = same.select_related(*Task.RELATED).first()
    if task is None:
        return None
    if not access.can_see(actor, task):
        raise Conflict(
            "This external_id was used before.", errors=[Problem("/external_id", "conflict", "It is taken.")]
        )
    if task.creation_digest != digest:
        raise Conflict(
            "There is a task with this external_id, made with another body.",
            errors=[Problem("/external_id", "conflict", f"It is {task.pk}.")],
        )
    return task


def find_place(actor: Actor, body: JsonMapping, places: dict[Json, Place]) -> Place:
    """Where the task goes, looked up once for all bodies that say the same. Raises Invalid, Forbidden."""
    where = (body.get("container"), body.get("type"), body.get("function"))
    if where not in places:
        places[where] = _find_place(actor, *where)
    return places[where]


def _find_place(actor: Actor, slug: str | None, name: str | None, function: str | None = None) -> Place:
    container = _container(actor, slug)
    kind = _TYPE.first(container.pk, name or BUILT_IN_TYPE)
    if kind is None or kind.current is None:
        raise Invalid.at("/type", "There is no such type in this container.")
    kind.current.type = kind
    kind.container = container
    return access.place_for(actor, container, kind, calls=lambda: _may_call(actor, container, function))


def _may_call(actor: Actor, container: Container, function: str | None) -> bool:
    """Whether the actor is a caller of the function: another application that may create tasks of it."""
    if function is None or not actor.is_application:
        return False
    return ports.may_call.get()(container.application_id, function, actor)


def _live_types(container: UUID, name: str) -> QuerySet[TaskType]:
    live = TaskType.objects.filter(container=container, name=name, retired_at=None)
    return live.select_related("current", "application").order_by()


_TYPE = Prepared(_live_types)


def _container(actor: Actor, slug: str | None) -> Container:
    if slug is None:
        if not actor.is_application:
            raise Invalid.at("/container", "Say in which container.")
        return own_container(Application.objects.get(pk=actor.id))
    try:
        return container_access.get_container(actor, slug)
    except NotFound:
        raise Invalid.at("/container", "There is no such container.") from None


def build(actor: Actor, body: JsonMapping, place: Place, id: UUID | None = None) -> Task:
    """The task as it would be stored, from a body that was read. Raises what `create_task` raises."""
    access.require_settable(actor, body, place)
    task_id, now = id or uuid7(), timezone.now()
    spec = place.spec
    function = body.get("function", spec.function)
    default_priority, function_failover = _function_defaults(place, function)
    failover = spec.failover or function_failover or {}
    priority = body.get("priority")
    task = like(
        _prototype(actor, place),
        id=task_id,
        newest=task_id,
        key=new_key(place),
        title=body.get("title") or place.type.title,
        description=body.get("description") or "",
        rank=writing.new_rank(),
        fields=dict(body.get("fields") or {}),
        data=body.get("data"),
        function=function,
        priority=default_priority if priority is None else priority,
        start_at=body.get("start_at") or now,
        due_at=body.get("due_at"),
        tags=list(body.get("tags") or []),
        correlation_id=body.get("correlation_id"),
        external_id=body.get("external_id"),
        previous_errors=[],
        retry_for_task_ids=[],
        past_rules=[],
        failover_after=failover.get("after"),
        created_at=now,
        updated_at=now,
        status_changed_at=now,
    )
    _set_people(task, actor, body, place)
    privacy.set_initial(task, actor=actor, body=body, spec=spec)
    _check_fields(task, actor, body, place)
    task.fields = secret_fields.sealed(spec, task.fields)
    for column, value in writing.queue_columns(task, task.start_at).items():
        setattr(task, column, value)
    return task


def fields_to_give(actor: Actor, slug: str, name: str) -> list[str]:
    """The fields that the actor may give a new task of the type, in their order. Raises Invalid, Forbidden."""
    place = _find_place(actor, slug, name)
    levels = access.access_at_creation(_shape_of_new(actor, place), actor, place)
    return [name for name in levels if levels[name].level == "write"]


def _shape_of_new(actor: Actor, place: Place) -> Task:
    """As much of a new task as decides about its fields."""
    return Task(
        container=place.container,
        type_version=place.type.current,
        stage=_first_stage(place.spec),
        reporter_id=actor.id if actor.is_user else None,
    )


def _first_stage(spec: TypeSpec) -> str:
    first: str = spec.stage_map["first"].get("new", spec.stages[0].name)
    return first


def _function_defaults(place: Place, function: str | None) -> tuple[int, Json]:
    if function is None or place.container.application_id is None:
        return 0, None
    if function not in place.function_defaults:
        defaults = ports.function_defaults.get()(place.container.application_id, function)
        place.function_defaults[function] = defaults
    return place.function_defaults[function]


def _check_fields(task: Task, actor: Actor, body: JsonMapping, place: Place) -> None:
    """Only fields that the maker may give; all values fit, and those of the form are all that the type asks there."""
    spec = place.spec
    levels = access.access_at_creation(task, actor, place)
    values.require_known(levels, task.type_version, task.fields)
    access.require_levels(levels, task.fields)
    task.fields, _removed = schema.split_nulls(task.type_version_id, spec.schema, task.fields)
    problems = schema.validate_partial(task.type_version_id, spec.schema, task.fields, at="/fields")
    problems += problems_of_kinds(actor, spec, task.fields)
    asked = {item if isinstance(item, str) else item.get("name") for item in _asked(body)}
    form = spec.create_fields if spec.create_by else spec.fields
    given = [name for name in form if name not in asked and levels[name].level == "write"]
    values.raise_violations([*problems, *values.missing(spec, given, task.fields)])


def _asked(body: JsonMapping) -> list[Json]:
    request = body.get("hand_over")
    return list(request.get("fields") or []) if isinstance(request, dict) else []


def new_key(place: Place, length: int = 5) -> str:
    """A key that nothing can be counted from: `MIG-7K3QF`."""
    return f"{key_prefix(place)}-{short_code(length)}"


def key_prefix(place: Place) -> str:
    """Three letters of the type's name, of the container's for the built-in type: `MIG`."""
    name = place.container.slug.removeprefix("app-") if place.type.name == BUILT_IN_TYPE else place.type.name
    letters = "".join(letter for letter in name.upper() if letter.isalnum())
    return letters[:3] or "TSK"


def _reporter(actor: Actor, body: JsonMapping) -> User | None:
    if body.get("reporter") is not None:
        return _user(body, "reporter")
    return User.objects.get(pk=actor.id) if actor.is_user else None


def _prototype(actor: Actor, place: Place) -> Task:
    """What all tasks have in common that the actor creates there."""
    if place.prototype is None:
        application = place.container.application
        task = place.prototype = Task(
            container=place.container,
            type_version=place.type.current,
            application=application,
            stage=_first_stage(place.spec),
            created_by_application_id=actor.id if actor.is_application else None,
            created_by_user_id=actor.id if actor.is_user else None,
        )
        if application is not None and application.pk == task.created_by_application_id:
            task.created_by_application = application
    return place.prototype


def _set_people(task: Task, actor: Actor, body: JsonMapping, place: Place) -> None:
    """Reporter, assignee and parent, as far as there are any."""
    found = {"reporter": _reporter(actor, body), "assignee": _user(body, "assignee"), "parent": _parent(actor, body)}
    for name, value in found.items():
        if value is not None:
            setattr(task, name, value)
    if task.reporter_id is not None and task.reporter_id == task.created_by_user_id:
        task.created_by_user = task.reporter


def _user(body: JsonMapping, name: str) -> User | None:
    if body.get(name) is None:
        return None
    result = references.find(body[name], pointer=f"/{name}", kinds=("user",))
    return result if isinstance(result, User) else None


def _parent(actor: Actor, body: JsonMapping) -> Task | None:
    if body.get("parent") is None:
        return None
    try:
        return access.get_task_to_tie(actor, body["parent"])
    except NotFound:
        raise Invalid.at("/parent", "There is no such task.") from None
