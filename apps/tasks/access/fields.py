"""Which fields of a task an actor may read and write, and why not."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import islice

from django.utils.translation import gettext as _

from apps.containers.models import Role
from apps.containers.type_document.transitions import audiences_of_owner
from apps.core.budgets import PROBLEMS_LISTED
from apps.core.codes import Code
from apps.core.errors import Forbidden, Invalid, Problem
from apps.core.strict_json import escape
from apps.tasks.custody import lock_reason
from apps.tasks.models import Handover

from . import past_rules
from .levels import HIDDEN, FieldAccess
from .permissions import ONLY_LOOKS, TaskPermissions

Access = Mapping[str, FieldAccess]
"""Access to fields by their names."""
LOOKERS = frozenset((Role.CONTRIBUTOR.value, Role.MANAGER.value))
"""The audiences as which an administrator reads a task that they opened by break-glass."""


def field_access(permissions: TaskPermissions) -> Access:
    """Access to every field of the task's type, hidden ones included. Computed once for each state of the task."""
    return _computed(permissions, "all", lambda: compute_access(permissions))


def visible_fields(permissions: TaskPermissions) -> Access:
    """Access to the fields that exist for the actor."""
    access = field_access(permissions)
    return _computed(
        permissions, "visible", lambda: {name: access[name] for name in access if access[name].level != "hidden"}
    )


def access_when_free(permissions: TaskPermissions) -> Access:
    """Access to every field as it would be if nobody had the task: what its readers and writers alone decide."""
    return _computed(permissions, "free", lambda: compute_access(permissions.when_free(), free=True))


def _computed(permissions: TaskPermissions, what: str, compute: Callable[[], Access]) -> Access:
    """What `compute` returns, cached with the permissions while what it depends on stays the same."""
    task, handover = permissions.task, permissions.handover
    asked = handover and (handover.pk, handover.claimed_by_id, handover.to_user_id, handover.to_team_id)
    key = (what, task.type_version_id, task.container_id, task.stage, task.status, task.is_leased, asked)
    if key not in permissions.computed_access:
        permissions.computed_access[key] = compute()
    return permissions.computed_access[key]


def compute_access(permissions: TaskPermissions, *, free: bool = False) -> Access:
    """The computation behind `field_access`; `free`: as if nobody had the task."""
    locked = "" if free else lock_reason(permissions.task, permissions.handover)
    access = {name: _access_to(name, permissions, locked) for name in permissions.spec.fields}
    if past_rules.is_of_other_rules(permissions.task):
        access |= dict.fromkeys(access.keys() & _hidden_of_attempt(permissions), HIDDEN)
    return access


def _hidden_of_attempt(permissions: TaskPermissions) -> frozenset[str]:
    """An attempt discloses no more than its newest task."""
    newest = field_access(permissions.newest)
    return past_rules.hidden_of_attempt(permissions) | {name for name in newest if newest[name].level == "hidden"}


def access_of_asker(permissions: TaskPermissions) -> Access:
    """Access to every field for the actor who asks a person, as if nobody had the task.

    An application may ask for any field of its types; the system, in a container of people, for what its managers may.
    """
    if not permissions.is_owner:
        return access_when_free(permissions)
    if permissions.task.container.is_peoples:
        return {name: _as_manager(name, permissions) for name in permissions.spec.fields}
    return dict.fromkeys(permissions.spec.fields, FieldAccess("write"))


def _as_manager(name: str, permissions: TaskPermissions) -> FieldAccess:
    spec, audiences = permissions.spec, audiences_of_owner(permissions.task.container)
    if audiences & spec.writers(name, permissions.task.stage, peoples=True):
        return FieldAccess("write")
    return FieldAccess("read") if audiences & spec.readers(name) else HIDDEN


def past_fields(permissions: TaskPermissions, since: datetime) -> frozenset[str]:
    """The fields of which the actor may know values that were written at the time `since`."""
    return past_fields_of(permissions)(since)


def past_fields_of(permissions: TaskPermissions) -> Callable[..., frozenset[str]]:
    """The same for many times: the result takes a time, and optionally the sequence of an event of that time."""
    now = frozenset(visible_fields(permissions))
    return lambda since, sequence=None: now - past_rules.hidden_by_rules(permissions, since, sequence)


def knows_all(permissions: TaskPermissions, since: datetime, sequence: int | None = None) -> bool:
    """Whether no field of the task is hidden from the actor, now or at the time `since`."""
    hidden = permissions.spec.fields.keys() - visible_fields(permissions).keys()
    return not (hidden or past_rules.hidden_by_rules(permissions, since, sequence))


def asked_names(handover: Handover | None) -> frozenset[str]:
    """The fields that a handover asks for."""
    return frozenset(item["name"] for item in handover.fields) if handover else frozenset()


def _access_to(name: str, permissions: TaskPermissions, locked: str) -> FieldAccess:
    spec = permissions.spec
    if permissions.is_asked and name in asked_names(permissions.handover):
        return FieldAccess("write") if permissions.may_answer else FieldAccess("locked", locked)
    writers = spec.writers(name, permissions.task.stage, peoples=permissions.task.container.is_peoples)
    audiences = permissions.audiences | LOOKERS if permissions.looks_in else permissions.audiences
    may_write = bool(audiences & writers)
    if not (may_write or audiences & spec.readers(name)):
        return HIDDEN
    if permissions.looks_in:
        return FieldAccess("read", ONLY_LOOKS)
    if locked:
        return FieldAccess("locked", locked)
    return FieldAccess("write") if may_write else _not_a_writer(permissions)


def _not_a_writer(permissions: TaskPermissions) -> FieldAccess:
    """In an application's container a person waits to be asked; everybody else only reads."""
    application = permissions.task.container.application
    if application is None or not permissions.actor.is_user:
        return FieldAccess("read", "Your role does not allow you to change this.")
    return FieldAccess("locked", f"Locked until {application.title} asks.")


# --- Refusals -----------------------------------------------------------------------------------------


def require_writable(permissions: TaskPermissions, names: Iterable[str], *, at: str = "/fields") -> None:
    """Raises Invalid `unknown_field` for hidden and undeclared names alike, Forbidden `locked` for locked ones."""
    require_levels(field_access(permissions), names, at=at)


def require_levels(access: Access, names: Iterable[str], *, at: str = "/fields") -> None:
    """The same for access that was computed otherwise."""
    names = list(names)
    unknown = [name for name in names if name not in access or access[name].level == "hidden"]
    if unknown:
        raise unknown_fields(unknown, at=at)
    locked = [
        Problem(f"{at}/{name}", "locked", access[name].reason or "This field is locked.")
        for name in names
        if access[name].level != "write"
    ]
    if locked:
        raise Forbidden(locked[0].detail, errors=locked)


def unknown_fields(names: Iterable[str], *, at: str = "/fields") -> Invalid:
    """The one refusal of fields that do not exist, or do not exist for this actor."""
    listed = islice(names, PROBLEMS_LISTED)
    problems = [Problem(f"{at}/{escape(name)}", "unknown_field", "There is no such field.") for name in listed]
    return Invalid("There is no such field.", code=Code.UNKNOWN_FIELD, errors=problems)


def writable_fields(permissions: TaskPermissions) -> list[str]:
    """The names of the fields that the actor may simply write now."""
    return [name for name, access in visible_fields(permissions).items() if access.level == "write"]


def require_visible_field(permissions: TaskPermissions, name: str | None) -> None:
    """Raises Invalid `unknown_field` for a field that does not exist for the actor; None names no field."""
    if name is not None and name not in visible_fields(permissions):
        problem = Problem("/field", "unknown_field", _("There is no such field."))
        raise Invalid(problem.detail, code=Code.UNKNOWN_FIELD, errors=[problem])
