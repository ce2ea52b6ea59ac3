"""Whether a field has a value: the one notion of empty, of a null that removes, and of a question that is hidden."""

from collections.abc import Container, Hashable, Iterable, Mapping
from typing import Any

from apps.core.errors import Problem
from apps.core.text import is_blank

from .controls import control_of, hint
from .validation import validate_partial
from .walk import Schema


def is_empty(value: object) -> bool:
    """Whether a value says nothing: null, no entries, or a text without a visible character."""
    if isinstance(value, str):
        return is_blank(value)
    return value is None or (isinstance(value, list | dict) and not value)


def split_nulls(key: Hashable, schema: Schema, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values to store, and the optional fields that a null removes: those whose schema does not take null."""
    nulls = [name for name, value in values.items() if value is None and name not in schema.get("required", ())]
    if not nulls:
        return dict(values), []
    problems = validate_partial(key, schema, dict.fromkeys(nulls))
    refused = {problem.pointer.split("/")[1] for problem in problems if problem.pointer}
    removed = [name for name in nulls if name in refused]
    return {name: value for name, value in values.items() if name not in removed}, removed


def is_asked(schema: Schema, name: str, values: Mapping[str, Any]) -> bool:
    """Whether a form with these values shows the field: its `ui:showIf` holds, or it has none."""
    condition = shown_if(schema, name)
    return condition is None or holds(condition, values)


def shown_if(schema: Schema, name: str) -> Mapping[str, Any] | None:
    """The `ui:showIf` of a field, if it has one: `{field}` and one of `equals`, `in`, `notEmpty`."""
    subschema = schema.get("properties", {}).get(name)
    condition: Mapping[str, Any] | None = None
    if subschema is not None:
        condition = hint(control_of(schema, subschema).schema, "showIf")
    return condition


def holds(condition: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether a `ui:showIf` holds for these values of the fields."""
    value = values.get(condition["field"])
    if "equals" in condition:
        return bool(value == condition["equals"])
    if "in" in condition:
        return value in condition["in"]
    return bool(condition.get("notEmpty")) != is_empty(value)


def missing(
    schema: Schema, names: Iterable[str], values: Mapping[str, Any], *, seen: Container[str] | None = None
) -> list[str]:
    """Those of the required names that have no value although a form shows them.

    A reader who sees only the fields `seen` learns nothing of the others: a form shows nothing because of those.
    """
    shown = values if seen is None else {name: value for name, value in values.items() if name in seen}
    return [name for name in names if is_empty(values.get(name)) and is_asked(schema, name, shown)]


def without_hidden(schema: Schema, values: Mapping[str, Any], problems: Iterable[Problem], *, at: str) -> list[Problem]:
    """The problems but for required fields that a form with these values hides."""
    hidden = {f"{at}/{name}" for name in schema.get("properties", {}) if not is_asked(schema, name, values)}
    return [problem for problem in problems if problem.code != "required" or problem.pointer not in hidden]
