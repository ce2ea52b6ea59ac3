"""Finding tasks by tags and field values: conditions that never disclose more than the task itself does.

A field that is hidden from the reader, or that the task's type does not declare, counts as absent. So do secret
fields, for everybody. The conditions follow `access.field_access`; a property test proves them equal.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Literal, NamedTuple
from uuid import UUID

from django.db.models import F, Q
from django.db.models.fields.json import KeyTransform

from apps.actors.actor import Actor
from apps.containers import access as container_access
from apps.containers.models import Container, TypeVersion
from apps.containers.type_document.spec import TypeSpec, spec_of
from apps.core.json_types import Json
from apps.core.strict_json import MAX_NUMBER
from apps.core.timestamps import sort_key
from apps.tasks.access import handed_through
from apps.tasks.lifecycle import Status
from apps.tasks.models import TaskQuerySet

from .comparison import Asks, Comparison, Kind, Member, Operator

Lookup = Literal["exact", "gt", "gte", "lt", "lte", "contains", "isnull"]
OPERATORS: dict[Lookup, Operator] = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
NUMBERS = frozenset({"number", "integer"})
NOTHING = Q(pk__in=[])
AS_IT_WAS = Q(pk=F("newest")) | Q(past_rules=[])
"""No attempt of a task that came under other rules since: what was readable of it then may not be now."""


def tagged(tags: Iterable[str]) -> Q:
    """Condition on Task: it has one of the tags."""
    result = NOTHING
    for tag in tags:
        result |= Q(Member("tags", None, tag))
    return result


# --- Fields ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Visibility:
    """When a field of some type versions exists for the actor: in which stages, and for what they are to the task.

    `always` holds the stages in which it exists whatever they are; `only_as` an audience and the stages for it.
    """

    always: frozenset[str]
    only_as: frozenset[tuple[str, frozenset[str]]]


class _Shape(NamedTuple):
    """What a field may hold, by the schema of a version."""

    kinds: frozenset[str]
    is_moment: bool


def narrow_by_field(rows: TaskQuerySet, actor: Actor, name: str, lookup: Lookup, values: Sequence[str]) -> TaskQuerySet:
    """Those tasks of which the field, as far as it exists for the actor, compares with one of the values.

    `isnull` takes "true" or "false". Values are texts: they equal numbers and booleans that read the same, and
    date-times of the same moment. What is of another type than the value compares with nothing.
    """
    shapes = _shapes(actor, name)
    if lookup == "isnull":
        stored = f"value{len(rows.query.annotations)}"
        rows = rows.alias(**{stored: KeyTransform(name, "fields")})
        there = _any(shapes.values()) & Q(**{f"{stored}__isnull": False}) & ~Q(**{stored: None})
        return rows.exclude(there) if values[-1] == "true" else rows.filter(there)
    result = NOTHING
    for shape, visibility in shapes.items():
        for value in values:
            result |= visibility & _compared(name, lookup, value, shape)
    return rows.filter(result)


def _any(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, NOTHING)


def _compared(name: str, lookup: Lookup, value: str, shape: _Shape) -> Q:
    given = _json_of(value)
    if lookup == "contains":
        return _contains(name, value, given, shape)
    compared: list[tuple[Kind, Json]] = []
    if shape.is_moment:
        compared += [("moment", key)] if (key := sort_key(_with_time(value))) else []
    elif "string" in shape.kinds:
        compared.append(("text", value))
    if _is_number(given) and shape.kinds & NUMBERS:
        compared.append(("number", given))
    if isinstance(given, bool) and "boolean" in shape.kinds and lookup == "exact":
        compared.append(("boolean", given))
    return _any(Q(Comparison(name, kind, OPERATORS[lookup], right)) for kind, right in compared)


def _contains(name: str, value: str, given: Json, shape: _Shape) -> Q:
    result = Q(Comparison(name, "text", "contains", value)) if "string" in shape.kinds else NOTHING
    if "array" in shape.kinds:
        result |= Q(Member("fields", name, value))
        result |= NOTHING if given is None else Q(Member("fields", name, given))
    return result


def _with_time(text: str) -> str:
    """A date alone is the beginning of that day in UTC."""
    return f"{text}T00:00:00Z" if len(text) == len("2026-11-29") else text


def _json_of(text: str) -> Json:
    """The number or boolean that a text spells in JSON, if everybody keeps it alike; else None."""
    try:
        value = json.loads(text) if text.isascii() and len(text) < 40 else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, bool) or _is_number(value) else None


def _is_number(value: Json) -> bool:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and -MAX_NUMBER <= value <= MAX_NUMBER


def _shapes(actor: Actor, name: str) -> dict[_Shape, Q]:
    """Shape of the field → condition on Task: it is of that shape, and exists for the actor."""
    versions = TypeVersion.objects.filter(spec__schema__properties__has_key=name)
    result = list(versions.select_related("type__container").defer("spec", "stage_map"))
    roles = container_access.roles_in(actor, {v.type.container_id: v.type.container for v in result}.values())
    grouped: dict[tuple[_Shape, _Visibility], list[UUID]] = defaultdict(list)
    for version in result:
        spec, container = spec_of(version), version.type.container
        field = spec.fields.get(name)
        if field is not None and not field.secret:
            visibility = _visibility(actor, spec, name, container, roles[container.pk])
            grouped[_shape_of(field.schema), visibility].append(version.pk)
    asked = _asked(actor, name)
    shapes: dict[_Shape, Q] = defaultdict(lambda: NOTHING)
    for (shape, visibility), ids in grouped.items():
        shapes[shape] |= Q(type_version__in=ids) & (_condition(actor, visibility) | asked) & AS_IT_WAS
    return shapes


def _shape_of(field: Json) -> _Shape:
    if not isinstance(field, dict):
        return _Shape(frozenset(), is_moment=False)
    kinds = field.get("type", ["string", "number", "boolean", "array"])
    return _Shape(frozenset([kinds] if isinstance(kinds, str) else kinds), field.get("format") == "date-time")


def _visibility(actor: Actor, spec: TypeSpec, name: str, container: Container, role: str) -> _Visibility:
    fixed, stages = container_access.audiences_in(actor, container, role), [stage.name for stage in spec.stages]
    may = {stage: spec.readers(name) | spec.writers(name, stage, peoples=container.is_peoples) for stage in stages}
    only_as = {who: frozenset(stage for stage in stages if who in may[stage]) for who in _changing_audiences(actor)}
    return _Visibility(
        always=frozenset(stage for stage in stages if fixed & may[stage]),
        only_as=frozenset((who, where) for who, where in only_as.items() if where),
    )


def _changing_audiences(actor: Actor) -> tuple[str, ...]:
    return ("reporter", "assignee", "handover") if actor.is_user else ()


def _condition(actor: Actor, visibility: _Visibility) -> Q:
    """The visibility as a condition on Task."""
    result = Q(stage__in=visibility.always) if visibility.always else NOTHING
    for who, stages in visibility.only_as:
        result |= as_audience(actor, who) & Q(stage__in=stages)
    return result


def as_audience(actor: Actor, who: str) -> Q:
    if who == "handover":
        return Q(handed_through(actor, "pk"), status=Status.HANDED_OVER)
    return Q(**{who: actor.id})


def _asked(actor: Actor, name: str) -> Q:
    """The tasks whose open handover asks the actor for the field."""
    return Q(handed_through(actor, "pk", asks=Q(Asks(name)))) if actor.is_user else NOTHING
