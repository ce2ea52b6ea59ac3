"""Finding tasks by tags and field values: conditions that never tell more than the task itself does.

A field that is hidden from the reader, or that the task's type does not declare, counts as absent. So do secret
fields, for everybody. The conditions follow `access.field_access`; a property test proves them equal.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Literal
from uuid import UUID

from django.db.models import BooleanField, Expression, F, Q
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from apps.actors.actor import Actor
from apps.containers import access as container_access
from apps.containers.models import Container, Role, TypeVersion
from apps.containers.spec import TypeSpec, spec_of
from apps.core.strict_json import MAX_NUMBER
from apps.tasks.access import handed_to
from apps.tasks.lifecycle import Status
from apps.tasks.models import OPEN_STATES, Handover, TaskQuerySet

Lookup = Literal["exact", "gt", "gte", "lt", "lte", "contains", "isnull"]
NUMBERS = frozenset({"number", "integer"})
NOTHING = Q(pk__in=[])
AS_IT_WAS = Q(pk=F("newest")) | Q(passages=[])
"""No attempt of a task that came under other rules since: what was readable of it then may not be now."""


def tagged(tags: Iterable[str]) -> Q:
    """Condition on Task: it has one of the tags."""
    found = NOTHING
    for tag in tags:
        found |= Q(Member("tags", None, tag))
    return found


class Member(Expression):
    """Whether a JSON column, or the array under one of its keys, has an element equal to `value`."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, column: str, key: str | None, value: Any) -> None:
        super().__init__()
        self.column: Any = F(column)
        self.key, self.value = key, value

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        resolved = self.copy()
        resolved.column = self.column.resolve_expression(query, *args, **kwargs)
        return resolved

    def get_source_expressions(self) -> list[Any]:
        return [self.column]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.column,) = exprs

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        sql, params = compiler.compile(self.column)
        path, keys = ("", []) if self.key is None else (" -> %s", [self.key])
        return f"(({sql}{path}) @> %s::jsonb)", [*params, *keys, json.dumps([self.value])]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        sql, params = compiler.compile(self.column)
        path = "$" if self.key is None else f"$.{json.dumps(self.key)}"
        rows = f"EXISTS(SELECT 1 FROM json_each({sql}, %s) WHERE json_each.value = %s)"  # noqa: S608
        return f"(json_type({sql}, %s) = 'array' AND {rows})", [*params, path, *params, path, self.value]


# --- Fields ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Sight:
    """When a field of some type versions exists for the actor: in which stages, and for what they are to the task.

    `always` holds the stages in which it exists whatever they are; `only_as` an audience and the stages for it.
    """

    always: frozenset[str]
    only_as: frozenset[tuple[str, frozenset[str]]]


def narrow_by_field(rows: TaskQuerySet, actor: Actor, name: str, lookup: Lookup, values: Sequence[str]) -> TaskQuerySet:
    """Those tasks of which the field, as far as it exists for the actor, compares with one of the values.

    `isnull` takes "true" or "false". Values are texts: they equal numbers and booleans that read the same.
    """
    number = len(rows.query.annotations)
    kept, text = f"kept{number}", f"text{number}"
    rows = rows.alias(**{kept: KeyTransform(name, "fields"), text: KeyTextTransform(name, "fields")})
    shapes = _shapes(actor, name)
    if lookup == "isnull":
        there = _any(shapes.values()) & Q(**{f"{kept}__isnull": False}) & ~Q(**{kept: None})
        return rows.exclude(there) if values[-1] == "true" else rows.filter(there)
    found = NOTHING
    for kinds, sight in shapes.items():
        for value in values:
            found |= sight & _compared(name, kept, text, lookup, value, kinds)
    return rows.filter(found)


def _any(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, NOTHING)


def _compared(name: str, kept: str, text: str, lookup: Lookup, value: str, kinds: frozenset[str]) -> Q:
    said = _json_of(value)
    number = said if _is_number(said) and kinds & NUMBERS else None
    if lookup == "exact":
        found = Q(**{kept: value}) if "string" in kinds else NOTHING
        found |= Q(**{kept: number}) if number is not None else NOTHING
        return found | (Q(**{kept: said}) if isinstance(said, bool) and "boolean" in kinds else NOTHING)
    if lookup == "contains":
        found = Q(**{f"{text}__contains": value}) & ~Q(**{kept: None}) if "string" in kinds else NOTHING
        if "array" in kinds:
            found |= Q(Member("fields", name, value))
            found |= Q(Member("fields", name, said)) if _is_number(said) else NOTHING
        return found
    found = Q(**{f"{kept}__{lookup}": number}) if number is not None else NOTHING
    found |= Q(**{f"{kept}__{lookup}": value}) if "string" in kinds else NOTHING
    return found & ~Q(**{kept: None})


def _json_of(text: str) -> Any:
    """The number or boolean that a text spells in JSON, if everybody keeps it alike; else None."""
    try:
        value = json.loads(text) if text.isascii() and len(text) < 40 else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, bool) or _is_number(value) else None


def _is_number(value: Any) -> bool:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and -MAX_NUMBER <= value <= MAX_NUMBER


def _shapes(actor: Actor, name: str) -> dict[frozenset[str], Q]:
    """JSON types of the field → condition on Task: it is of such a type, and exists for the actor."""
    versions = TypeVersion.objects.filter(spec__schema__properties__has_key=name)
    found = list(versions.select_related("type__container").defer("spec", "stage_map"))
    roles = container_access.roles_in(actor, {v.type.container_id: v.type.container for v in found}.values())
    grouped: dict[tuple[frozenset[str], _Sight], list[UUID]] = defaultdict(list)
    for version in found:
        spec, container = spec_of(version), version.type.container
        field = spec.fields.get(name)
        if field is not None and not field.secret:
            sight = _sight(actor, spec, name, container, roles[container.pk])
            grouped[_kinds(field.schema), sight].append(version.pk)
    asked = _asked(actor, name)
    shapes: dict[frozenset[str], Q] = defaultdict(lambda: NOTHING)
    for (kinds, sight), ids in grouped.items():
        shapes[kinds] |= Q(type_version__in=ids) & (_condition(actor, sight) | asked) & AS_IT_WAS
    return shapes


def _kinds(field: Any) -> frozenset[str]:
    kinds = field.get("type", ["string", "number", "boolean", "array"]) if isinstance(field, dict) else []
    return frozenset([kinds] if isinstance(kinds, str) else kinds)


def _sight(actor: Actor, spec: TypeSpec, name: str, container: Container, role: str) -> _Sight:
    fixed, stages = _fixed_audiences(actor, container, role), [stage.name for stage in spec.stages]
    may = {stage: spec.readers(name) | spec.writers(name, stage, peoples=container.is_peoples) for stage in stages}
    only_as = {who: frozenset(stage for stage in stages if who in may[stage]) for who in _changing_audiences(actor)}
    return _Sight(
        always=frozenset(stage for stage in stages if fixed & may[stage]),
        only_as=frozenset((who, where) for who, where in only_as.items() if where),
    )


def _fixed_audiences(actor: Actor, container: Container, role: str) -> frozenset[str]:
    """What the actor is to every task of the container."""
    named = {"everyone", str(actor)} | {f"team:{slug}" for slug in actor.team_slugs}
    if actor.is_system or (actor.is_application and container.application_id == actor.id):
        return frozenset(named | {"application"})
    return frozenset(
        named | {name for name in (Role.CONTRIBUTOR, Role.MANAGER) if role in container_access.at_least(name)}
    )


def _changing_audiences(actor: Actor) -> tuple[str, ...]:
    return ("reporter", "assignee", "handover") if actor.is_user else ()


def _condition(actor: Actor, sight: _Sight) -> Q:
    """The sight as a condition on Task."""
    found = Q(stage__in=sight.always) if sight.always else NOTHING
    for who, stages in sight.only_as:
        found |= as_audience(actor, who) & Q(stage__in=stages)
    return found


def as_audience(actor: Actor, who: str) -> Q:
    if who == "handover":
        handed = Handover.objects.filter(handed_to(actor), state__in=OPEN_STATES)
        return Q(status=Status.HANDED_OVER, pk__in=handed.values("task"))
    return Q(**{who: actor.id})


def _asked(actor: Actor, name: str) -> Q:
    """The tasks whose open handover asks the actor for the field."""
    if not actor.is_user:
        return NOTHING
    open_ones = Handover.objects.filter(handed_to(actor), state__in=OPEN_STATES).values_list("task", "fields")
    return Q(pk__in=[task for task, fields in open_ones if any(item["name"] == name for item in fields)])
