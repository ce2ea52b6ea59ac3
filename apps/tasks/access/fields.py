"""Which fields of a task an actor may read and write, and why not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from apps.containers.models import Role
from apps.containers.transitions import audiences_of_owner
from apps.tasks.custody import lock_reason
from apps.tasks.models import Handover, Task

from . import history
from .sight import RELATED
from .standing import ONLY_LOOKS, Standing

Level = Literal["hidden", "locked", "read", "write"]


@dataclass(frozen=True)
class FieldAccess:
    """What one actor may do with one field now, and, when it is locked, why."""

    level: Level
    reason: str = ""


HIDDEN = FieldAccess("hidden")
LOOKERS = frozenset((Role.CONTRIBUTOR.value, Role.MANAGER.value))
"""The audiences with whose eyes an administrator looks who broke the glass."""


def field_access(standing: Standing, *, free: bool = False) -> dict[str, FieldAccess]:
    """Access to every field of the task's type, hidden ones included; `free`: as if nobody had the task."""
    locked = "" if free else lock_reason(standing.task, standing.handover)
    found = {name: _access_to(name, standing, locked) for name in standing.spec.fields}
    if history.is_of_other_rules(standing.task):
        found |= dict.fromkeys(found.keys() & _kept_of_attempt(standing), HIDDEN)
    return found


def _kept_of_attempt(standing: Standing) -> frozenset[str]:
    """The past of a task tells no more than the task: an attempt, no more than what came of it."""
    newest = Task.objects.select_related(*RELATED).get(pk=standing.task.newest)
    levels = field_access(Standing(standing.actor, newest))
    return history.kept_of_attempt(standing) | {name for name in levels if levels[name].level == "hidden"}


def visible_fields(standing: Standing) -> dict[str, FieldAccess]:
    """Access to the fields that exist for the actor."""
    return {name: access for name, access in field_access(standing).items() if access.level != "hidden"}


def access_when_free(standing: Standing) -> dict[str, FieldAccess]:
    """Access to every field as it would be if nobody had the task: what its readers and writers alone decide."""
    free = Standing(standing.actor, standing.task, known_role=standing.role, known_handover=None)
    return field_access(free, free=True)


def access_of_asker(standing: Standing) -> dict[str, FieldAccess]:
    """What who asks a person has to give of each field, while nobody has the task.

    An application asks for any field of its types; what happens by itself among people, as their managers could.
    """
    if not standing.is_owner:
        return access_when_free(standing)
    if standing.task.container.is_peoples:
        return {name: _as_manager(name, standing) for name in standing.spec.fields}
    return dict.fromkeys(standing.spec.fields, FieldAccess("write"))


def _as_manager(name: str, standing: Standing) -> FieldAccess:
    spec, audiences = standing.spec, audiences_of_owner(standing.task.container)
    if audiences & spec.writers(name, standing.task.stage, peoples=True):
        return FieldAccess("write")
    return FieldAccess("read") if audiences & spec.readers(name) else HIDDEN


def past_fields(standing: Standing, since: datetime) -> frozenset[str]:
    """The fields of which the actor may know values that were written at that moment."""
    return past_fields_of(standing)(since)


def past_fields_of(standing: Standing) -> Callable[..., frozenset[str]]:
    """The same for many moments: takes one, and the sequence of an event of then."""
    now = frozenset(visible_fields(standing))
    return lambda since, sequence=None: now - history.kept_from(standing, since, sequence)


def knows_all(standing: Standing, since: datetime, sequence: int | None = None) -> bool:
    """Whether no field of the task is, or was at that moment, hidden from the actor."""
    hidden = standing.spec.fields.keys() - visible_fields(standing).keys()
    return not (hidden or history.kept_from(standing, since, sequence))


def asked_names(handover: Handover | None) -> frozenset[str]:
    """The fields that a handover asks for."""
    return frozenset(item["name"] for item in handover.fields) if handover else frozenset()


def _access_to(name: str, standing: Standing, locked: str) -> FieldAccess:
    spec = standing.spec
    if standing.is_asked and name in asked_names(standing.handover):
        return FieldAccess("write") if standing.may_answer else FieldAccess("locked", locked)
    writers = spec.writers(name, standing.task.stage, peoples=standing.task.container.is_peoples)
    audiences = standing.audiences | LOOKERS if standing.looks_in else standing.audiences
    may_write = bool(audiences & writers)
    if not (may_write or audiences & spec.readers(name)):
        return HIDDEN
    if standing.looks_in:
        return FieldAccess("read", ONLY_LOOKS)
    if locked:
        return FieldAccess("locked", locked)
    return FieldAccess("write") if may_write else _not_a_writer(standing)


def _not_a_writer(standing: Standing) -> FieldAccess:
    """A person before an application's field waits to be asked; everybody else just reads."""
    application = standing.task.container.application
    if application is None or not standing.actor.is_user:
        return FieldAccess("read", "Your role does not allow you to change this.")
    return FieldAccess("locked", f"Locked until {application.title} asks.")
