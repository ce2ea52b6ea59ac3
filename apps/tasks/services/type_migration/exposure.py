"""Which audiences would read more of the tasks of a type when these move to another of its versions."""

from collections.abc import Mapping
from functools import reduce
from operator import or_

from django.db.models import Q
from django.db.models.fields.json import KeyTransform

from apps.actors.actor import Actor
from apps.containers import access as containers
from apps.containers import queries
from apps.containers.models import Role, TaskType, TypeVersion
from apps.containers.type_document.spec import TypeSpec, spec_of
from apps.core.errors import Widens
from apps.core.json_types import JsonObject
from apps.tasks.models import TaskQuerySet
from apps.tasks.queries import old_versions
from apps.tasks.search import narrow_by_field
from apps.tasks.secret_fields import EMPTY
from apps.tasks.services.exposure import FIELDS, MORE_OF_IT


def require_confirmed(gains: list[JsonObject], confirmed: bool) -> None:
    """Raises Widens if some audience gains fields and `confirm_widen` is missing."""
    if gains and not confirmed:
        raise Widens(str(MORE_OF_IT), gains=gains, loses=[])


def gains_of(
    actor: Actor, kind: TaskType, rows: TaskQuerySet, version: TypeVersion, rename: Mapping[str, str]
) -> list[JsonObject]:
    """Each audience that comes to read a value that a task has, with the names of the fields as they are now.

    Fields that do not exist for the actor are not named: tasks where one of them has a value stay as they are.
    """
    container = kind.container
    role, peoples = containers.role_of(actor, container), container.is_peoples
    gained: dict[str, set[str]] = {}
    for old in old_versions(rows):
        known = queries.known_fields(actor, container, role, old)
        for name, audiences in _wider(spec_of(old), spec_of(version), rename, peoples=peoples).items():
            secret = name in spec_of(old).secrets
            if name in known and _is_there(actor, rows.filter(type_version=old), name, secret=secret):
                for audience in audiences:
                    gained.setdefault(audience, set()).add(name)
    return [
        {"who": who, "title": who, "what": [FIELDS], "fields": sorted(names)} for who, names in sorted(gained.items())
    ]


def _wider(old: TypeSpec, new: TypeSpec, rename: Mapping[str, str], *, peoples: bool) -> dict[str, frozenset[str]]:
    """Field → the audiences that read its values by the new version and not by the old one."""
    after = {name: name if name in new.fields else rename.get(name) for name in old.fields}
    result = {
        name: _beyond(new.audiences(then, peoples=peoples), old.audiences(name, peoples=peoples))
        for name, then in after.items()
        if then is not None
    }
    return {name: audiences for name, audiences in result.items() if audiences}


def _beyond(new: frozenset[str], old: frozenset[str]) -> frozenset[str]:
    if "everyone" in old:
        return frozenset()
    stronger = frozenset((Role.MANAGER.value,)) if Role.CONTRIBUTOR in old else frozenset()
    return frozenset(("everyone",)) if "everyone" in new else new - old - stronger


def _is_there(actor: Actor, rows: TaskQuerySet, name: str, *, secret: bool) -> bool:
    """Whether a task has a value of it that the actor reads; nobody finds tasks by a secret."""
    rows = rows if secret else narrow_by_field(rows, actor, name, "isnull", ["false"])
    stored = rows.alias(value=KeyTransform(name, "fields")).filter(value__isnull=False)
    return stored.exclude(reduce(or_, (Q(value=empty) for empty in EMPTY))).exists()
