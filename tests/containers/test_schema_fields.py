"""Fields and their audiences, schemas cut to what somebody may know, and changes between versions."""

import json

import pytest

from apps.containers import schema
from apps.containers.schema import FieldSpec

AMOUNT = {"type": "number", "x-taskhub": {"read": ["manager"], "write": {"open": ["reporter"]}, "kind": "money"}}


def test_a_field_says_who_reads_and_writes_it() -> None:
    accepted = schema.accept({"type": "object", "properties": {"amount": AMOUNT, "due_at": {}, "t": {"title": "Text"}}})
    specs = schema.field_specs(accepted)
    assert specs["amount"] == FieldSpec(
        "amount", "Amount", AMOUNT, ("manager",), {"open": ("reporter",)}, False, "money"
    )
    assert specs["due_at"] == FieldSpec("due_at", "Due at", {})
    assert [spec.title for spec in specs.values()] == ["Amount", "Due at", "Text"]


def test_fields_come_in_the_order_of_the_schema() -> None:
    accepted = schema.accept({"type": "object", "properties": {"c": {}, "a": {}, "b": {}}, "ui:order": ["b", "*"]})
    stored = json.loads(json.dumps(accepted, sort_keys=True))
    assert list(schema.field_specs(stored)) == ["b", "c", "a"]


HIDDEN = "zqx"  # a marker that must not be anywhere


def test_a_cut_schema_has_no_trace_of_the_rest() -> None:
    whole = schema.accept({
        "type": "object",
        "required": ["a", HIDDEN],
        "properties": {
            "a": {"$ref": "#/$defs/used"},
            "b": {"$ref": f"#/properties/{HIDDEN}"},
            HIDDEN: {"type": "array", "items": {"$ref": f"#/$defs/of_{HIDDEN}"}},
        },
        "$defs": {"used": {"$ref": "#/$defs/too"}, "too": {}, f"of_{HIDDEN}": {"type": "string"}, "not_used": {}},
        "dependentRequired": {"a": [HIDDEN, "b"], HIDDEN: ["a"]},
        "if": {"properties": {HIDDEN: {"const": 1}}},
        "then": {"required": ["a"]},
        "allOf": [{"required": ["a"]}, {"not": {"required": [HIDDEN]}}],
        "anyOf": [{"minProperties": 1}],
    })  # fmt: skip
    cut = schema.only(whole, {"a"})
    assert HIDDEN not in json.dumps(cut)
    assert cut["$defs"].keys() == {"used", "too"}
    assert (cut["required"], cut["ui:order"], cut["allOf"]) == (["a"], ["a"], [{"required": ["a"]}])
    assert not {"if", "then", "anyOf"} & cut.keys()
    borrowed = schema.only(whole, {"a", "b"})["properties"]["b"]
    assert borrowed["type"] == "array"


def test_a_schema_cut_to_all_its_fields_is_the_same() -> None:
    whole = schema.accept(
        {"type": "object", "properties": {"a": {}, "b": {}}, "anyOf": [{"required": ["a"]}], "if": {}}
    )
    assert schema.only(whole, {"a", "b"}) == whole


CHANGES = [
    # of the old, of the new, pointer, breaking
    ({}, {"maximum": 3}, "/maximum", True),
    ({"maximum": 3}, {"maximum": 4}, "/maximum", False),
    ({"maximum": 3}, {"maximum": 2}, "/maximum", True),
    ({"minLength": 3}, {"minLength": 2}, "/minLength", False),
    ({"maximum": 3}, {}, "/maximum", False),
    ({"type": "integer"}, {"type": "number"}, "/type", False),
    ({"type": "number"}, {"type": "integer"}, "/type", True),
    ({"type": "string"}, {"type": ["string", "null"]}, "/type", False),
    ({"enum": [1, 2]}, {"enum": [2, 1, 3]}, "/enum", False),
    ({"enum": [1, 2]}, {"enum": [1]}, "/enum", True),
    ({"title": "A"}, {"title": "B"}, "/title", False),
    ({"ui:help": "A"}, {}, "/ui:help", False),
    ({"x-taskhub": {"read": []}}, {}, "/x-taskhub", False),
    ({"items": {"type": "string"}}, {"items": {"type": "integer"}}, "/items/type", True),
    ({"pattern": "a"}, {"pattern": "b"}, "/pattern", True),
    (True, {"type": "string"}, "", True),
]


@pytest.mark.parametrize(("old", "new", "pointer", "breaking"), CHANGES)
def test_a_change_is_judged_where_it_stands(old: object, new: object, pointer: str, breaking: bool) -> None:
    (change,) = schema.compare({"properties": {"a": old}}, {"properties": {"a": new}})
    assert (change.pointer, change.breaking) == (f"/properties/a{pointer}", breaking)


def test_fields_come_and_go() -> None:
    old = {"properties": {"a": {}, "b": {}}, "required": ["a"]}
    new = {"properties": {"b": {}, "c": {}}, "required": ["b"]}
    assert [(change.pointer, change.breaking) for change in schema.compare(old, new)] == [
        ("/properties/a", True),
        ("/properties/c", False),
        ("/required", True),
        ("/required", False),
    ]
    assert schema.compare(old, old) == []
