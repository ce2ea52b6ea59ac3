"""Who may create a task of a type in a container, and what they may set on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from apps.actors.actor import Actor
from apps.containers import access as container_access
from apps.containers.models import Container, TaskType
from apps.containers.type_document.spec import TypeSpec, spec_of
from apps.core.errors import Forbidden, Problem
from apps.core.json_types import Json, JsonMapping
from apps.tasks.models import Task

from .fields import field_access
from .levels import HIDDEN, FieldAccess
from .permissions import TaskPermissions

PEOPLE_SET = {"container", "type", "title", "description", "fields", "parent"}
"""What a person may set on a task that they request in an application's container."""
APPLICATIONS_ALONE = {"external_id", "data", "function", "app_readable", "reporter"}
CALLERS_SET = {"function", "data", "priority", "start_at", "due_at", "correlation_id"}
"""What a caller of a function may set besides."""


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
    function_defaults: dict[str, tuple[int, Json]] = field(default_factory=dict)
    prototype: Task | None = None
    """What all tasks that the creator makes there have in common, once there was a first one."""


def place_for(actor: Actor, container: Container, kind: TaskType, *, calls: Callable[[], bool]) -> Place:
    """The type, as the actor finds it. Raises Forbidden if they may not create tasks of it.

    `calls` tells whether the actor is a caller of the function that the task is of; it is asked if nothing else lets
    them create it.
    """
    spec = spec_of(kind.current)  # type: ignore[arg-type]
    role = container_access.role_of(actor, container)
    owner = actor.is_system or (actor.is_application and container.application_id == actor.id)
    owns = owner or (container.is_peoples and container_access.allows(role, "create"))
    is_caller = not owns and calls()
    if not (owns or is_caller) and not (spec.create_by and container_access.at_least(spec.create_by).count(role)):
        raise Forbidden("Your role in this container does not allow you to create this type of task.")
    return Place(container, kind, spec, role, owns, is_caller)


def require_settable(actor: Actor, body: JsonMapping, place: Place) -> None:
    """Raises Forbidden naming the properties in the body that the creator may not set."""
    given = {name for name, value in body.items() if value is not None}
    if place.owns and actor.is_application:
        return
    refused = given & APPLICATIONS_ALONE if place.owns else given - PEOPLE_SET
    if actor.is_application:
        refused -= {"external_id"}
    if place.calls:
        refused -= CALLERS_SET
    if refused:
        problems = [Problem(f"/{name}", "locked", "You cannot set this here.") for name in sorted(refused)]
        raise Forbidden("You cannot set " + ", ".join(sorted(refused)) + " here.", errors=problems)


def access_at_creation(task: Task, actor: Actor, place: Place) -> Mapping[str, FieldAccess]:
    """The owning application gives any field, contributors what they may write, others what the form asks for."""
    spec = place.spec
    open_, shut = FieldAccess("write"), FieldAccess("locked", "Not part of this form.")
    if place.owns and not actor.is_user:
        return dict.fromkeys(spec.fields, open_)
    if place.owns:
        return field_access(TaskPermissions(actor, task, known_role=place.role, known_handover=None))
    levels = {name: open_ if name in spec.create_fields else shut for name in spec.fields}
    return {name: level if _is_readable(name, place) else HIDDEN for name, level in levels.items()}


def _is_readable(name: str, place: Place) -> bool:
    """Whether a requester sees the field of a task that is just being created."""
    return name in place.spec.create_fields or bool({"everyone", "reporter"} & place.spec.readers(name))
