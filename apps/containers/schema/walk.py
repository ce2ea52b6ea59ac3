"""Finding one's way in a schema: its subschemas with their places, and what a local reference points at."""

from collections.abc import Iterator

from apps.core.json_types import Json, JsonObject
from apps.core.strict_json import escape

Schema = JsonObject

MAPS_OF_SCHEMAS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
SCHEMAS = (
    *("items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else"),
    *("unevaluatedItems", "unevaluatedProperties", "contentSchema"),
)
LISTS_OF_SCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems")

# Keywords whose subschemas check the same place of a value as the schema they stand in.
SAME_PLACE = {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"}

REFERABLE = ("$defs", "definitions", "properties")


def children(schema: Json) -> Iterator[tuple[str, str, Json]]:
    """The direct subschemas as (keyword, pointer from here, subschema)."""
    if not isinstance(schema, dict):
        return
    for keyword in SCHEMAS:
        if keyword in schema:
            yield keyword, f"/{keyword}", schema[keyword]
    for keyword in MAPS_OF_SCHEMAS:
        if isinstance(schema.get(keyword), dict):
            for name, subschema in schema[keyword].items():
                yield keyword, f"/{keyword}/{escape(name)}", subschema
    for keyword in LISTS_OF_SCHEMAS:
        if isinstance(schema.get(keyword), list):
            for index, subschema in enumerate(schema[keyword]):
                yield keyword, f"/{keyword}/{index}", subschema


def subschemas(schema: Json) -> Iterator[tuple[str, Json]]:
    """The schema and all below it, each with its pointer, in the order of reading."""
    waiting = [("", schema)]
    while waiting:
        pointer, here = waiting.pop()
        yield pointer, here
        below = [(pointer + step, subschema) for _keyword, step, subschema in children(here)]
        waiting.extend(reversed(below))


def at_same_place(root: Schema, schema: Json) -> Iterator[tuple[str, Schema]]:
    """The schema and all that it pulls in at its own place, once each, with pointers below the schema.

    What a reference names carries the pointer of the reference.
    """
    waiting = [("", schema)]
    seen: set[int] = set()
    while waiting:
        pointer, here = waiting.pop(0)
        if isinstance(here, dict) and id(here) not in seen:
            seen.add(id(here))
            yield pointer, here
            if "$ref" in here:
                waiting.append((f"{pointer}/$ref", target(root, here["$ref"])))
            waiting += [(pointer + step, child) for keyword, step, child in children(here) if keyword in SAME_PLACE]


def target(root: Schema, reference: Json) -> Json:
    """The subschema that a local reference names. Raises `LookupError` if it names none.

    Only what has a name can be referred to: `#/$defs/…`, `#/definitions/…` and `#/properties/…`, one step
    each.
    """
    if not isinstance(reference, str) or not reference.startswith("#/") or "%" in reference:
        raise LookupError(reference)
    keyword, _slash, name = reference[2:].partition("/")
    if keyword not in REFERABLE or "/" in name:
        raise LookupError(reference)
    return root[keyword][name.replace("~1", "/").replace("~0", "~")]


def depth_of(value: Json, most: int) -> int:
    """How deep lists and objects nest in a value; counting stops just past `most`."""
    level, depth = [value], 0
    while depth <= most and (level := [item for item in level if isinstance(item, dict | list)]):
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
        depth += 1
    return depth


def entries_of(value: Json, most: int) -> int:
    """How many values there are in a value, itself included; counting stops just past `most`."""
    level, entries = [value], 0
    while level and entries <= most:
        entries += len(level)
        containers = (item for item in level if isinstance(item, dict | list))
        level = [inner for item in containers for inner in (item.values() if isinstance(item, dict) else item)]
    return entries
