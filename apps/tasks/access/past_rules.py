"""Which past values of a task a reader may know: those that they may read now and could read when they were written.

A task that moves to another container, or to another version of its type, comes under other access rules. The task
stores which fields the rules that it left hid from some readers (`Task.past_rules`, oldest first), so that wider rules
disclose nothing that was written under narrower ones, even when that container or type is gone.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils import timezone

from apps.actors.actor import Actor
from apps.containers import access as container_access
from apps.containers.models import Container, Role
from apps.containers.type_document.spec import TypeSpec, spec_of
from apps.core.timestamps import format_timestamp
from apps.tasks.documents import PastRules
from apps.tasks.models import Task

from .permissions import TaskPermissions

ROLES = frozenset((Role.CONTRIBUTOR.value, Role.MANAGER.value))
OF_NOW = ROLES | {"handover"}
"""Audiences of today that do not hold for other rules: roles in this container, and being asked now."""


def passed(task: Task) -> list[PastRules]:
    """`past_rules` of a task that comes under other rules, after the event that records the change."""
    rules: PastRules = {
        "container": str(task.container_id),
        "readers": _narrow(task),
        "sequence": task.sequence,
        "at": format_timestamp(timezone.now()),
    }
    return [*task.past_rules, rules]


def _narrow(task: Task) -> dict[str, list[str]]:
    """Field → the audiences that read it, for fields that not everybody read.

    Audiences that wrote the field in some stages only do not count.
    """
    spec, peoples = spec_of(task.type_version), task.container.is_peoples
    readers = {name: _readers(spec, name, peoples=peoples) for name in spec.fields}
    return {name: sorted(who) for name, who in readers.items() if "everyone" not in who}


def _readers(spec: TypeSpec, name: str, *, peoples: bool) -> frozenset[str]:
    staged = isinstance(spec.fields[name].write, dict)
    return spec.readers(name) | (frozenset() if staged else spec.writers(name, "", peoples=peoples))


def hidden_by_rules(permissions: TaskPermissions, since: datetime, sequence: int | None = None) -> frozenset[str]:
    """The fields that the rules of the time `since` hide from the reader; `sequence` is that of an event then."""
    later = _later(permissions.task, since, sequence)[:1]
    key = later[0]["sequence"] if later else None
    if key not in permissions.hidden_by_past_rules:
        permissions.hidden_by_past_rules[key] = _hidden(permissions, later)
    return permissions.hidden_by_past_rules[key]


def hidden_from_everybody(task: Task, since: datetime) -> frozenset[str]:
    """The fields that the rules of the time `since` hid from any reader."""
    return frozenset(name for rules in _later(task, since)[:1] for name in rules["readers"])


def hidden_of_attempt(permissions: TaskPermissions) -> frozenset[str]:
    """The fields of an attempt that rules hide from the reader under which its newest task has been since."""
    return _hidden(permissions, _later(permissions.task, permissions.task.status_changed_at))


def is_of_other_rules(task: Task) -> bool:
    """Whether the task is an attempt whose newest task came under other rules since."""
    return task.newest != task.pk and bool(task.past_rules)


def _later(task: Task, since: datetime, sequence: int | None = None) -> list[PastRules]:
    """The rules that the task left after `since`. Clocks of nodes may differ, so sequences decide as well."""
    return [
        rules
        for rules in task.past_rules
        if datetime.fromisoformat(rules["at"]) >= since or (sequence is not None and rules["sequence"] >= sequence)
    ]


def _hidden(permissions: TaskPermissions, past_rules: Iterable[PastRules]) -> frozenset[str]:
    past_rules = list(past_rules)
    if not past_rules:
        return frozenset()
    roles = _past_roles(permissions)
    same = permissions.audiences - OF_NOW | (ROLES if permissions.looks_in else set())
    return frozenset(
        name
        for rules in past_rules
        for name, readers in rules["readers"].items()
        if (same | roles.get(rules["container"], frozenset())).isdisjoint(readers)
    )


def _past_roles(permissions: TaskPermissions) -> Mapping[str, frozenset[str]]:
    if permissions.past_roles is None:
        learn_past_roles(permissions.actor, [permissions])
    return permissions.past_roles or {}


def learn_past_roles(actor: Actor, all_permissions: Iterable[TaskPermissions]) -> None:
    """Read the actor's roles in the containers of the past rules of all the tasks, in two queries at most.

    The owner of a task needs none: a task stays with its owner, who reads as that by the past rules as well.
    """
    others = [permissions for permissions in all_permissions if not permissions.is_owner]
    ids = {rules["container"] for permissions in others for rules in permissions.task.past_rules}
    roles = container_access.roles_in(actor, Container.objects.filter(pk__in=ids)) if ids else {}
    audiences = {
        str(pk): frozenset(name for name in ROLES if role in container_access.at_least(name))
        for pk, role in roles.items()
    }
    for permissions in others:
        permissions.past_roles = audiences
