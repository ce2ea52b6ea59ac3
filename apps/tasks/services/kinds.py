"""Values that name something, by the `kind` of their field: checked beyond the schema whenever they are written."""

import re
from collections.abc import Callable, Mapping
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.actors.models import Team, User
from apps.containers.schema.fields import FieldSpec
from apps.containers.type_document.spec import TypeSpec
from apps.core.errors import Problem
from apps.core.ids import parse_uuid
from apps.tasks import access, queries
from apps.tasks.access import TaskPermissions

MONEY = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,10})?( [A-Z]{3})?")


def problems_of_kinds(
    actor: Actor, spec: TypeSpec, values: Mapping[str, object], permissions: TaskPermissions | None = None
) -> list[Problem]:
    """What the values name and the actor cannot see, hidden or absent alike; amounts that are none.

    `permissions` is of the task that the values are for, None for a new one, which has no files yet.
    """
    items_of_kinds = _items(spec, values)
    if not items_of_kinds:
        return []
    checks: dict[str, tuple[Callable[[list[str]], bool], str]] = {
        "user": (_are_users, _("There is no such user. Write user:NAME.")),
        "team": (_are_teams, _("There is no such team. Write team:SLUG.")),
        "task": (lambda items: _are_tasks(actor, items), _("There is no such task.")),
        "file": (lambda items: _are_files(permissions, items), _("There is no such file on this task.")),
        "money": (_are_amounts, _("Write an amount like 12.50 or 12.50 EUR.")),
    }
    return [
        Problem(f"/fields/{name}", "invalid", checks[kind][1])
        for name, kind, items in items_of_kinds
        if not checks[kind][0](items)
    ]


def _items(spec: TypeSpec, values: Mapping[str, object]) -> list[tuple[str, str, list[str]]]:
    """(field, kind, its values as texts) for the fields that have a kind and a value."""
    result = []
    for name, value in values.items():
        kind = _kind_of(spec.fields.get(name))
        items = [str(item) for item in (value if isinstance(value, list) else [value]) if item not in (None, "")]
        if kind and items and not (kind == "money" and not isinstance(value, str)):
            result.append((name, kind, items))
    return result


def _kind_of(field: FieldSpec | None) -> str | None:
    if field is None:
        return None
    if field.kind:
        return field.kind
    items = field.schema.get("items")  # true and false are schemas too
    kind: str | None = items.get("x-taskhub", {}).get("kind") if isinstance(items, dict) else None
    return kind


def _are_users(items: list[str]) -> bool:
    names = {item.removeprefix("user:") for item in items}
    return _all(items, "user:") and User.objects.filter(username__in=names, is_active=True).count() == len(names)


def _are_teams(items: list[str]) -> bool:
    names = {item.removeprefix("team:") for item in items}
    return _all(items, "team:") and Team.objects.filter(slug__in=names).count() == len(names)


def _all(items: list[str], prefix: str) -> bool:
    return all(item.startswith(prefix) and "\x00" not in item for item in items)


def _are_tasks(actor: Actor, items: list[str]) -> bool:
    ids: set[UUID] = {pk for item in items if (pk := parse_uuid(item))}
    keys = {item.upper() for item in items if not parse_uuid(item) and "\x00" not in item}
    rows = access.visible_to(actor).filter(Q(pk__in=ids) | Q(key__in=keys)).values_list("pk", "key")
    seen = {value for pk, key in rows for value in (pk, key)}
    return all((parse_uuid(item) or item.upper()) in seen for item in items)


def _are_files(permissions: TaskPermissions | None, items: list[str]) -> bool:
    if permissions is None:
        return False
    known = {str(pk) for pk in queries.attachments(permissions).values_list("pk", flat=True)}
    return set(items) <= known


def _are_amounts(items: list[str]) -> bool:
    return all(MONEY.fullmatch(item) for item in items)
