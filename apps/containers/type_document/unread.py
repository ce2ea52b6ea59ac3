"""Fields whose rules must stay as they are, because somebody who changes the type does not read them.

Whoever could narrow the rules of a field that they do not read would learn its values exactly: by counting the tasks
that do not fit. And a condition across fields with different readers would disclose one by the other.
"""

from collections.abc import Collection, Iterator, Mapping

from django.utils.translation import gettext as _

from apps.containers import schema as schemas
from apps.containers.schema.rules import conditions_of
from apps.core.errors import Problem
from apps.core.json_types import Json
from apps.core.strict_json import escape

from .spec import TypeSpec

LOOK = frozenset(("title", "description", "examples", "deprecated", "$comment"))
RULES = ("properties", "required", "dependentRequired", "$defs", "definitions", "allOf", "anyOf", "oneOf", "not", "if",
         "then", "else", "dependentSchemas")  # fmt: skip


def unread_fields(spec: TypeSpec, audiences: Collection[str], *, peoples: bool) -> frozenset[str]:
    """The fields that an actor of these audiences does not read in every stage, whatever else they are to a task."""
    return frozenset(
        name
        for name in spec.fields
        if not all(readers & frozenset(audiences) for readers in _readers_by_stage(spec, name, peoples=peoples))
    )


def changed_rules(old: TypeSpec, new: TypeSpec, names: Collection[str]) -> list[str]:
    """Those of the fields of `old` that `new` leaves out, or for which it has other rules or readers."""
    return [name for name in sorted(names) if name not in new.fields or _rules(old, name) != _rules(new, name)]


def wrong_rules(old: TypeSpec, new: TypeSpec, unread: Collection[str]) -> Iterator[Problem]:
    """A problem for each unread field of the current version that a new one changes."""
    for name in changed_rules(old, new, unread):
        detail = _("You do not read this field: its rules must stay as they are.")
        yield Problem(f"/schema/properties/{escape(name)}", "invalid", detail)
    for name in new.fields:
        condition = schemas.shown_if(new.schema, name)
        if condition and condition["field"] in unread and condition != schemas.shown_if(old.schema, name):
            detail = _("You do not read %(name)s: no field can be asked for because of it.")
            pointer = f"/schema/properties/{escape(name)}/ui:showIf"
            yield Problem(pointer, "invalid", detail % {"name": condition["field"]})


def mixed_conditions(spec: TypeSpec, *, peoples: bool) -> Iterator[Problem]:
    """A problem for each condition across fields that not the same people read."""
    for pointer, names in [*conditions_of(spec.schema), *_questions(spec)]:
        readers = {_readers_by_stage(spec, name, peoples=peoples) for name in names if name in spec.fields}
        if len(readers) > 1:
            detail = _("This is a condition across fields that not the same people read: %(names)s.")
            yield Problem(f"/schema{pointer}", "invalid", detail % {"names": ", ".join(sorted(names))})


def _questions(spec: TypeSpec) -> Iterator[tuple[str, frozenset[str]]]:
    """Each question that is asked, and then may be required, because of another field."""
    for name in spec.fields:
        condition = schemas.shown_if(spec.schema, name)
        if condition:
            yield f"/properties/{escape(name)}/ui:showIf", frozenset((name, condition["field"]))


def _readers_by_stage(spec: TypeSpec, name: str, *, peoples: bool) -> tuple[frozenset[str], ...]:
    """The audiences to which the field exists, stage by stage."""
    all_readers = (spec.readers(name) | spec.writers(name, stage.name, peoples=peoples) for stage in spec.stages)
    return tuple(map(_with_stronger, all_readers))


def _with_stronger(audiences: frozenset[str]) -> frozenset[str]:
    """The same people in the shortest words: managers are contributors, and everybody is everybody."""
    if "everyone" in audiences:
        return frozenset(("everyone",))
    return audiences | {"manager"} if "contributor" in audiences else audiences


def _rules(spec: TypeSpec, name: str) -> Mapping[str, Json]:
    """All that decides about values of the field, and about who reads them."""
    alone = schemas.only(spec.schema, [name])
    rules = {keyword: alone[keyword] for keyword in RULES if keyword in alone}
    field = alone["properties"][name]
    if isinstance(field, dict):
        field = {
            key: value
            for key, value in field.items()
            if key not in LOOK and (key == "ui:showIf" or not key.startswith("ui:"))
        }
    stages = sorted(stage.name for stage in spec.stages if name in stage.requires)
    return {**rules, "properties": field, "stages": stages}
