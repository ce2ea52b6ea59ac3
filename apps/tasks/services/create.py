"""Creating a task; many in one call are in `bulk.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.actors import references
from apps.actors.actor import Actor
from apps.actors.models import Application, User
from apps.containers import access as container_access
from apps.containers import schema
from apps.containers.models import Container, TaskType
from apps.containers.services import own_container
from apps.containers.spec import TypeSpec, spec_of
from apps.core.body import raise_problems
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, Problem, TaskHubError
from apps.core.ids import short_code, uuid7
from apps.core.prepared import Prepared
from apps.core.rows import insert
from apps.events import log, verbs
from apps.events.models import Event
from apps.events.units import unit
from apps.tasks import access, search, secrecy
from apps.tasks.access import HIDDEN, FieldAccess, Standing
from apps.tasks.models import Task

from . import digests, handovers, privacy, values, writing

PEOPLE_SET = {"container", "type", "title", "description", "fields", "parent"}
"""What a person may say of a task that they request in an application's container."""
APPLICATIONS_ALONE = {"external_id", "data", "function", "app_readable", "reporter"}
CALLERS_SET = {"function", "data", "priority", "start_at", "due_at", "correlation_id"}
"""What a caller of a function may say besides."""
BUILT_IN_TYPE = "task"
ATTEMPTS = 4


@dataclass
class Place:
    """A type in a container, as one creator finds it; looked up once for a whole bulk."""

    container: Container
    type: TaskType
    spec: TypeSpec
    role: str
    owns: bool
    """The creator is the owning application, or a contributor of people's own container."""
    calls: bool = False
    """The creator is another application, which may create tasks of the function that it names."""
    function_defaults: dict[str, tuple[int, Any]] = field(default_factory=dict)


def create_task(actor: Actor, body: Mapping[str, Any]) -> tuple[Task, bool]:
    """The new task, or with the same `external_id` and body the existing one, and whether it is new.

    Body: api.md "A task", with Python values for times. Raises Invalid, SchemaViolation, Forbidden, NotFound,
    Conflict (the `external_id` is taken by another body).
    """
    for _ in range(ATTEMPTS):  # a key or an external_id may collide with a task that is being made at this moment
        try:
            with unit():
                return create_here(actor, body, {})
        except IntegrityError:
            continue
    raise Conflict("The task could not be made: another one with its key is being made. Try again.")


def try_task(actor: Actor, body: Mapping[str, Any]) -> None:
    """Raises what `create_task` would, and makes nothing. The function is left out: naming one declares it.

    Raises Invalid for secrets as well: a body that is kept to be made from later would hold them in clear.
    """
    place = find_place(actor, body, {})
    build(actor, {**body, "function": None}, place)
    secret = sorted(place.spec.secrets & set(body.get("fields") or {}))
    raise_problems([Problem(f"/fields/{name}", "invalid", "A secret cannot be planned.") for name in secret])


def create_here(actor: Actor, body: Mapping[str, Any], places: dict[Any, Place]) -> tuple[Task, bool]:
    """Create in the unit that is open; IntegrityError if a key or an external_id collides with another one's."""
    place = find_place(actor, body, places)
    digest = digests.of(body)
    existing = _existing(actor, body, place, digest)
    if existing:
        return existing, False
    task = build(actor, body, place)
    task.creation_digest = digest
    log.record_all([created(task, actor, place)])
    insert([task])
    search.remember([task])
    task.revision = task.sequence
    if body.get("hand_over") is not None:
        standing = Standing(actor, task, known_role=place.role)
        with errors_under("/hand_over"):
            handovers.open_handover(standing, body["hand_over"])
    return task, True


def created(task: Task, actor: Actor, place: Place) -> Event:
    """The event of a new task, yet to be recorded."""
    return writing.drafted(
        task, verbs.TASK_CREATED, actor=actor, title=task.title, type=place.type.name, stage=task.stage
    )


class errors_under:
    """Moves the pointers of errors raised inside below a prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TaskHubError):
            error.errors = [problem.under(self.prefix) for problem in error.errors]


def _existing(actor: Actor, body: Mapping[str, Any], place: Place, digest: str) -> Task | None:
    if body.get("external_id") is None:
        return None
    same = Task.objects.filter(
        container=place.container, created_by_application=actor.id, external_id=body["external_id"]
    )
    task = same.select_related(*access.RELATED).first()
    if task and task.creation_digest != digest:
        raise Conflict(
            "There is a task with this external_id, made with another body.",
            errors=[Problem("/external_id", "conflict", f"It is {task.pk}.")],
        )
    return task


def find_place(actor: Actor, body: Mapping[str, Any], places: dict[Any, Place]) -> Place:
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
    spec = spec_of(kind.current)
    role = container_access.role_of(actor, container)
    owner = actor.is_system or (actor.is_application and container.application_id == actor.id)
    owns = owner or (container.is_peoples and container_access.allows(role, "create"))
    calls = not owns and function is not None and _may_call(actor, container, function)
    if not (owns or calls) and not (spec.create_by and container_access.at_least(spec.create_by).count(role)):
        raise Forbidden("Your role in this container does not allow you to create this type of task.")
    return Place(container, kind, spec, role, owns, calls)


def _may_call(actor: Actor, container: Container, function: str) -> bool:
    return actor.is_application and bool(
        import_string(settings.FUNCTION_CALLERS)(container.application_id, function, actor)
    )


def _live_types(container: UUID, name: str) -> QuerySet[TaskType]:
    types = TaskType.objects.filter(container=container, name=name, retired_at=None)
    return types.select_related("current", "application").order_by()


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


def build(actor: Actor, body: Mapping[str, Any], place: Place) -> Task:
    """The task as it would be stored. Raises what `create_task` raises."""
    _require_settable(actor, body, place)
    task_id, now = uuid7(), timezone.now()
    spec = place.spec
    function = body.get("function", spec.function)
    default_priority, function_failover = _function_defaults(place, function)
    failover = spec.failover or function_failover or {}
    priority = body.get("priority")
    task = Task(
        id=task_id,
        newest=task_id,
        key=new_key(place),
        container=place.container,
        type_version=place.type.current,
        application=place.container.application,
        title=body.get("title") or place.type.title,
        description=body.get("description") or "",
        stage=_first_stage(spec),
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
        reporter=_reporter(actor, body),
        assignee=_user(body, "assignee"),
        created_by_application_id=actor.id if actor.is_application else None,
        created_by_user_id=actor.id if actor.is_user else None,
        parent=_parent(actor, body),
        failover_after=failover.get("after"),
        created_at=now,
        updated_at=now,
        status_changed_at=now,
    )
    privacy.set_initial(task, actor=actor, body=body, spec=spec)
    _check_fields(task, actor, body, place)
    task.fields = secrecy.sealed(spec, task.fields)
    for column, value in writing.queue_columns(task, task.start_at).items():
        setattr(task, column, value)
    return task


def fields_to_give(actor: Actor, slug: str, name: str) -> list[str]:
    """The fields that the actor may give a new task of the type, in their order. Raises Invalid, Forbidden."""
    place = _find_place(actor, slug, name)
    reporter = actor.id if actor.is_user else None
    task = Task(
        container=place.container,
        type_version=place.type.current,
        stage=_first_stage(place.spec),
        reporter_id=reporter,
    )
    return [name for name, access in _levels(task, actor, place).items() if access.level == "write"]


def _first_stage(spec: TypeSpec) -> str:
    first: str = spec.stage_map["first"].get("new", spec.stages[0].name)
    return first


def _require_settable(actor: Actor, body: Mapping[str, Any], place: Place) -> None:
    said = {name for name, value in body.items() if value is not None}
    if place.owns and actor.is_application:
        return
    refused = said & APPLICATIONS_ALONE if place.owns else said - PEOPLE_SET
    if actor.is_application:
        refused -= {"external_id"}
    if place.calls:
        refused -= CALLERS_SET
    if refused:
        problems = [Problem(f"/{name}", "locked", "You cannot set this here.") for name in sorted(refused)]
        raise Forbidden("You cannot set " + ", ".join(sorted(refused)) + " here.", errors=problems)


def _function_defaults(place: Place, function: str | None) -> tuple[int, Any]:
    if function is None or place.container.application_id is None:
        return 0, None
    if function not in place.function_defaults:
        find = import_string(settings.FUNCTION_DEFAULTS)
        place.function_defaults[function] = find(place.container.application_id, function)
    return place.function_defaults[function]


def _check_fields(task: Task, actor: Actor, body: Mapping[str, Any], place: Place) -> None:
    """Only fields that the maker may give; all values fit; what is required is there."""
    spec = place.spec
    values.require_levels(_levels(task, actor, place), task.fields)
    problems = schema.validate_partial(task.type_version_id, spec.schema, task.fields, at="/fields")
    values.raise_violations(problems)
    values.require_files(values.named_files(spec, task.fields), known=())
    asked = {item if isinstance(item, str) else item.get("name") for item in _asked(body)}
    needed = [name for name in spec.required if name in spec.create_fields or spec.create_by is None]
    values.require_present(task.fields, [name for name in needed if name not in asked])


def _levels(task: Task, actor: Actor, place: Place) -> Mapping[str, FieldAccess]:
    """The owning application gives any field, contributors what they may write, others what the form asks for."""
    spec = place.spec
    open_, shut = FieldAccess("write"), FieldAccess("locked", "Not part of this form.")
    if place.owns and not actor.is_user:
        return dict.fromkeys(spec.fields, open_)
    if place.owns:
        return access.field_access(Standing(actor, task, known_role=place.role, known_handover=None))
    levels = {name: open_ if name in spec.create_fields else shut for name in spec.fields}
    return {name: level if _readable(name, place) else HIDDEN for name, level in levels.items()}


def _readable(name: str, place: Place) -> bool:
    """Whether a requester sees the field of a task that is just being made."""
    return name in place.spec.create_fields or bool({"everyone", "reporter"} & place.spec.readers(name))


def _asked(body: Mapping[str, Any]) -> list[Any]:
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


def _reporter(actor: Actor, body: Mapping[str, Any]) -> User | None:
    if body.get("reporter") is not None:
        return _user(body, "reporter")
    return User.objects.get(pk=actor.id) if actor.is_user else None


def _user(body: Mapping[str, Any], name: str) -> User | None:
    if body.get(name) is None:
        return None
    found = references.find(body[name], pointer=f"/{name}", kinds=("user",))
    return found if isinstance(found, User) else None


def _parent(actor: Actor, body: Mapping[str, Any]) -> Task | None:
    if body.get("parent") is None:
        return None
    try:
        return access.get_task_to_tie(actor, body["parent"])
    except NotFound:
        raise Invalid.at("/parent", "There is no such task.") from None
