"""What a schema says across its fields (`if`/`then`, `anyOf`, …), taken apart into rules that stand alone.

Each rule knows the fields that it mentions. So a part of a task's fields can be checked by the rules that
it can answer, and a schema can be cut to the fields that somebody may know of without a trace of the
others.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from apps.core.json_types import Json
from apps.core.strict_json import escape

from .walk import Schema, at_same_place, subschemas, target

# What speaks about all fields at once.
ABOUT_ALL = {"patternProperties", "additionalProperties", "unevaluatedProperties", "propertyNames"}
ABOUT_ALL |= {"minProperties", "maxProperties"}


@dataclass(frozen=True)
class Rule:
    """One condition across fields: keywords of the root that mean something on their own."""

    schema: Schema
    names: frozenset[str]


def rules_of(schema: Schema) -> list[Rule]:
    """The rules at the root of a schema, in no particular order."""
    return [Rule(part, _names_in(schema, part)) for _pointer, part in _parts(schema)]


def conditions_of(schema: Schema) -> Iterator[tuple[str, frozenset[str]]]:
    """(pointer, names of the fields) of all at the root that judges several fields together."""
    for pointer, part in _parts(schema):
        yield pointer, _names_in(schema, part)
    for name, others in schema.get("dependentRequired", {}).items():
        yield f"/dependentRequired/{escape(name)}", frozenset((name, *others))
    for keyword in ("minProperties", "maxProperties"):
        if keyword in schema:
            yield f"/{keyword}", frozenset(schema.get("properties", ()))


def _parts(schema: Schema) -> Iterator[tuple[str, Schema]]:
    for index, subschema in enumerate(schema.get("allOf", ())):
        yield f"/allOf/{index}", {"allOf": [subschema]}
    for keyword in ("anyOf", "oneOf", "not"):
        if keyword in schema:
            yield f"/{keyword}", {keyword: schema[keyword]}
    if "if" in schema:
        yield "/if", {keyword: schema[keyword] for keyword in ("if", "then", "else") if keyword in schema}
    for name, subschema in schema.get("dependentSchemas", {}).items():
        yield f"/dependentSchemas/{escape(name)}", {"dependentSchemas": {name: subschema}}


def _names_in(root: Schema, part: Schema) -> frozenset[str]:
    names: set[str] = set()
    for _pointer, subschema in at_same_place(root, part):
        if ABOUT_ALL & subschema.keys():
            names.update(root.get("properties", {}))
        names.update(subschema.get("required", ()))
        for name, others in subschema.get("dependentRequired", {}).items():
            names.update((name, *others))
        for keyword in ("properties", "dependentSchemas"):
            names.update(subschema.get(keyword, ()))
    return frozenset(names)


# --- A schema cut to what somebody may know ------------------------------------------------------

_RULE_KEYWORDS = {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"}


def only(schema: Schema, names: Collection[str]) -> Schema:
    """The schema as it is for somebody for whom only the fields `names` exist.

    The others leave no trace: no property, no place in `required` or `ui:order`, no rule that mentions
    them, no definition that only they use.
    """
    known = {*names}
    result = {keyword: value for keyword, value in schema.items() if keyword not in _RULE_KEYWORDS}
    result["properties"] = {
        name: subschema for name, subschema in schema.get("properties", {}).items() if name in known
    }
    for keyword in ("required", "ui:order"):
        if keyword in schema:
            result[keyword] = [name for name in schema[keyword] if name in known or name == "*"]
    if "dependentRequired" in schema:
        result["dependentRequired"] = {
            name: [other for other in others if other in known]
            for name, others in schema["dependentRequired"].items()
            if name in known
        }
    _add_rules(result, [rule for rule in rules_of(schema) if rule.names <= known])
    return _without_unused(_without_references(schema, result, known, ()))


def _add_rules(result: Schema, rules: list[Rule]) -> None:
    for rule in rules:
        for keyword, value in rule.schema.items():
            if keyword == "allOf":
                result.setdefault("allOf", []).extend(value)
            elif keyword == "dependentSchemas":
                result.setdefault("dependentSchemas", {}).update(value)
            else:
                result[keyword] = value


def _without_references(root: Schema, value: Json, known: set[str], within: tuple[str, ...]) -> Json:
    """The value, with what it borrows from unknown fields written out."""
    if isinstance(value, list):
        return [_without_references(root, inner, known, within) for inner in value]
    if not isinstance(value, dict):
        return value
    result = {key: _without_references(root, inner, known, within) for key, inner in value.items()}
    reference = value.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/properties/"):
        name = reference.removeprefix("#/properties/")
        if name not in known:
            del result["$ref"]
            if name not in within:
                borrowed = _without_references(root, target(root, reference), known, (*within, name))
                result = {**borrowed, **result}
    return result


def _without_unused(schema: Schema) -> Schema:
    """The schema with only those definitions that something in it still refers to."""
    definitions = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    result = {key: value for key, value in schema.items() if key not in definitions}
    waiting: list[Json] = [result]
    while waiting:
        for _pointer, subschema in subschemas(waiting.pop()):
            reference = subschema.get("$ref") if isinstance(subschema, dict) else None
            keyword, _slash, name = (reference or "").removeprefix("#/").partition("/")
            name = name.replace("~1", "/").replace("~0", "~")
            if keyword in definitions and name not in result.setdefault(keyword, {}):
                result[keyword][name] = definitions[keyword][name]
                waiting.append(definitions[keyword][name])
    return result
