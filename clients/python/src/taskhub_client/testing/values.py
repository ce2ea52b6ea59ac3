"""Values of fields against the schema of their type: types, bounds, `enum`, `const` and `required`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from taskhub_client.shapes import Json

from .state import Refusal, problem

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def check(schema: Mapping[str, Any], values: Mapping[str, Any], at: str = "/fields") -> None:
    """Raises Refusal naming each field that is not declared, or whose value does not fit."""
    declared = schema.get("properties", {})
    unknown = [problem(f"{at}/{name}", "unknown_field", "There is no such field.") for name in values.keys() - declared]
    if unknown:
        raise Refusal(400, "unknown_field", "The body has fields that do not exist.", unknown)
    problems = [wrong for name, value in values.items() for wrong in _wrong(declared[name], value, f"{at}/{name}")]
    if problems:
        raise Refusal(422, "schema_violation", "Values do not fit the schema.", problems)


def written(schema: Mapping[str, Any], current: Json, values: Mapping[str, Any]) -> Json:
    """The fields after a write; null empties an optional one. Raises Refusal."""
    optional = {name for name in values if values[name] is None and name not in schema.get("required", ())}
    check(schema, {name: value for name, value in values.items() if name not in optional})
    return {name: value for name, value in {**current, **values}.items() if name not in optional}


def _wrong(schema: Mapping[str, Any], value: Any, at: str) -> Iterator[Json]:
    names = schema.get("type", list(TYPES))
    names = [names] if isinstance(names, str) else names
    if not any(_is(value, name) for name in names):
        yield problem(at, "schema_violation", f"Must be of type {' or '.join(names)}.")
        return
    if "enum" in schema and value not in schema["enum"]:
        yield problem(at, "schema_violation", f"Must be one of {schema['enum']}.")
    if "const" in schema and value != schema["const"]:
        yield problem(at, "schema_violation", f"Must be {schema['const']!r}.")
    size = value if isinstance(value, int | float) else len(value) if isinstance(value, str | list) else None
    least, most = _bounds(schema, value)
    if size is not None and ((least is not None and size < least) or (most is not None and size > most)):
        yield problem(at, "schema_violation", f"Must be from {least} to {most}.")


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES.get(name, ())) or (
        name == "integer" and isinstance(value, float) and value.is_integer()
    )


def _bounds(schema: Mapping[str, Any], value: Any) -> tuple[Any, Any]:
    if isinstance(value, str):
        return schema.get("minLength"), schema.get("maxLength")
    if isinstance(value, list):
        return schema.get("minItems"), schema.get("maxItems")
    return schema.get("minimum"), schema.get("maximum")
