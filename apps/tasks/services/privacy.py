"""A task's privacy: what it starts with, how it changes, and whom it may be handed to."""

from apps.actors import references
from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.type_document.failover import rank
from apps.containers.type_document.spec import TypeSpec
from apps.core.errors import Forbidden, Invalid
from apps.core.json_types import JsonMapping, JsonObject
from apps.tasks.models import Privacy, Task

MODES = frozenset(Privacy.values)


def set_initial(task: Task, *, actor: Actor, body: JsonMapping, spec: TypeSpec) -> None:
    """What the body says, else the type's default; a private task is private to its creator unless it names another."""
    task.privacy = body.get("privacy") or spec.default_privacy
    task.app_readable = _app_readable(actor, body)
    if body.get("private_to") is not None:
        task.private_to = find_user(body["private_to"])
    elif task.privacy == Privacy.PRIVATE:
        task.private_to = task.reporter
    check(task, actor=actor, spec=spec)


def _app_readable(actor: Actor, body: JsonMapping) -> bool:
    value = body.get("app_readable")
    if value is not None:
        return bool(value)
    return not (actor.is_user and body.get("privacy") == Privacy.PRIVATE)


def find_user(reference: object) -> User:
    """The user that `private_to` names. Raises Invalid."""
    user = references.find(reference, pointer="/private_to", kinds=("user",))
    if not isinstance(user, User):
        raise Invalid.at("/private_to", "Write user:NAME.")
    return user


def check(task: Task, *, actor: Actor, spec: TypeSpec) -> None:
    """Raises Invalid or Forbidden if the task may not be as private, or as wide, as it is set."""
    if task.privacy not in MODES:
        raise Invalid.at("/privacy", "There is no such privacy.")
    if rank(task.privacy) < rank(spec.min_privacy):
        raise Invalid.at("/privacy", f"Tasks of this type are at least {spec.min_privacy}.")
    if task.privacy == Privacy.PRIVATE and task.private_to is None:
        raise Invalid.at("/private_to", "Say to whom it is private: user:NAME.")
    if task.privacy != Privacy.PRIVATE:
        task.private_to = None
    if task.privacy == Privacy.APPLICATION and (actor.is_user or task.application_id is None):
        raise Forbidden("Only an application can keep a task to itself.")


def widened(task: Task, mode: str | None, *, spec: TypeSpec) -> JsonObject:
    """The columns that a handover's `privacy` changes, set on the task too. Raises Invalid for other modes."""
    if mode is None or mode == task.privacy:
        return {}
    if mode not in (Privacy.INHERIT, Privacy.RESTRICTED):
        raise Invalid.at("/privacy", "A task that is handed over is inherit or restricted.")
    if rank(mode) < rank(spec.min_privacy):
        raise Invalid.at("/privacy", f"Tasks of this type are at least {spec.min_privacy}.")
    task.privacy, task.private_to = mode, None
    return {"privacy": mode, "private_to": None}
