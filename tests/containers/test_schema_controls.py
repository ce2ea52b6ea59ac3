"""Which control shows which schema, and what a push is told about forms."""

import pytest

from apps.containers import schema
from apps.containers.schema import controls

CHOICE = {"oneOf": [{"const": "a", "title": "Apples"}, {"const": "b"}]}
FLAT = {"type": "object", "properties": {"x": {"type": "string"}, "y": {"type": "integer"}}, "required": ["x"]}
ROOT = {"$defs": {"text": {"type": "string", "title": "Text"}, "again": {"$ref": "#/$defs/text"}, "flat": FLAT}}


def nested(levels: int) -> dict:
    return {"type": "object", "properties": {"x": nested(levels - 1)}} if levels else {"type": "string"}


KINDS = [
    ({"type": "string"}, "text"),
    ({"type": "string", "maxLength": 2000}, "textarea"),
    ({"type": "string", "ui:options": {"widget": "textarea"}}, "textarea"),
    ({"type": "string", "format": "date-time"}, "date-time"),
    ({"type": "string", "format": "hostname"}, "text"),
    ({"type": "string", "x-taskhub": {"kind": "user"}}, "user"),
    ({"type": "string", "x-taskhub": {"kind": "money"}}, "money"),
    ({"type": "number", "x-taskhub": {"kind": "money"}}, "money"),
    ({"type": "integer", "minimum": 1}, "integer"),
    ({"type": "boolean"}, "boolean"),
    ({"enum": ["a", 1, True]}, "choice"),
    ({"const": "a"}, "choice"),
    (CHOICE, "choice"),
    ({"enum": [{"a": 1}]}, "json"),
    ({"type": "array", "items": {"type": "string"}}, "list"),
    ({"type": "array", "items": CHOICE}, "choices"),
    ({"type": "array", "items": FLAT}, "rows"),
    ({"type": "array", "items": {"$ref": "#/$defs/flat"}}, "rows"),
    ({"type": "array", "items": nested(2)}, "json"),
    ({"type": "array", "items": {"type": ["string", "null"]}}, "json"),
    ({"type": "array", "prefixItems": [{}]}, "json"),
    ({"type": "array"}, "json"),
    (FLAT, "object"),
    ({**FLAT, "additionalProperties": {"type": "string"}}, "json"),
    ({**FLAT, "anyOf": [{"required": ["x"]}]}, "json"),
    ({"type": "object", "properties": {"content-type": {}}}, "json"),
    ({"type": "object"}, "json"),
    ({"$ref": "#/$defs/again"}, "text"),
    ({"$ref": "#/$defs/text", "type": "integer"}, "json"),
    ({"allOf": [{"$ref": "#/$defs/text"}], "title": "Mine"}, "text"),
    ({"type": ["string", "integer"]}, "json"),
    ({}, "json"),
    (True, "json"),
]

NULLABLE = [
    ({"type": ["string", "null"]}, "text"),
    ({"anyOf": [{"$ref": "#/$defs/text"}, {"type": "null"}]}, "text"),
    ({"oneOf": [{"type": "null"}, CHOICE]}, "choice"),
    ({"enum": ["a", None]}, "choice"),
    ({"oneOf": [{"const": "a"}, {"const": None}]}, "choice"),
    ({"type": ["array", "null"], "items": {"type": "string"}}, "list"),
]


@pytest.mark.parametrize(("subschema", "kind"), KINDS)
def test_kind(subschema: object, kind: str) -> None:
    control = controls.control_of(ROOT, subschema)
    assert (control.kind, control.nullable) == (kind, False)


@pytest.mark.parametrize(("subschema", "kind"), NULLABLE)
def test_null_is_one_more_state_and_not_another_kind(subschema: object, kind: str) -> None:
    control = controls.control_of(ROOT, subschema)
    assert (control.kind, control.nullable) == (kind, True)
    assert None not in [option.value for option in control.options]


def test_titles_of_options() -> None:
    assert [option.title for option in controls.control_of({}, CHOICE).options] == ["Apples", "b"]
    named = {"enum": [1, 2], "ui:enumNames": ["One", "Two"]}
    assert [option.title for option in controls.control_of({}, named).options] == ["One", "Two"]
    assert [option.title for option in controls.control_of({}, {"enum": [0, False]}).options] == ["0", "No"]


def test_words_around_a_reference_win() -> None:
    control = controls.control_of(ROOT, {"$ref": "#/$defs/text", "title": "Mine"})
    assert control.schema["title"] == "Mine"


FORMS = [
    ({"a": {"type": "string"}, "b": nested(2)}, {}, []),
    ({"a": {}, "b": nested(3)}, {}, ["/properties/a", "/properties/b/properties/x/properties/x"]),
    ({"a": nested(4)}, {}, ["/properties/a/properties/x/properties/x"]),
    ({"a": {"type": "string"}}, {"if": {"required": ["a"]}, "then": {"required": ["a"]}}, []),
    ({"a": {"type": "string"}}, {"allOf": [{"if": {}, "then": {"required": ["a"]}}]}, []),
    ({"a": {"type": "string"}}, {"dependentRequired": {"a": ["a"]}}, []),
    ({"a": {"type": "string"}}, {"if": {}, "then": {"if": {}, "then": {}}}, ["/then"]),
    ({"a": {"type": "string"}}, {"anyOf": [{"required": ["a"]}]}, ["/anyOf"]),
]


@pytest.mark.parametrize(("properties", "more", "advanced"), FORMS)
def test_a_push_is_told_what_a_form_cannot_show(properties: dict, more: dict, advanced: list[str]) -> None:
    accepted = schema.accept({"type": "object", "properties": properties, **more})
    expected = {"form_support": "partial" if advanced else "full", "advanced": advanced}
    assert schema.form_support(accepted) == expected
