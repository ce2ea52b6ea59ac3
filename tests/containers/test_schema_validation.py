"""What is wrong with values, at which place and in which words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.containers import schema

COUNTED = {"type": "number", "multipleOf": 0.01}
PICK = {"oneOf": [{"const": "p", "title": "Pears"}, {"const": "a", "title": "Apples"}]}
CONDITION = {"if": {"properties": {"a": {"const": "x"}}, "required": ["a"]}, "then": {"required": ["b"]}}

SENTENCES = [
    ({"type": "string"}, 1, "", "Must be a text."),
    ({"type": ["integer", "null"]}, "x", "", "Must be a whole number."),
    ({"type": "number", "maximum": 142, "multipleOf": 0.01}, 200, "", "Must be 142.00 or less."),
    ({"type": "number", "minimum": 1e-7}, 0, "", "Must be 0.0000001 or more."),
    ({"type": "integer", "exclusiveMinimum": 0}, 0, "", "Must be more than 0."),
    ({"type": "number", "exclusiveMaximum": 1, "x-taskhub": {"kind": "money"}}, 1, "", "Must be less than 1.00."),
    (COUNTED, 1.005, "", "Must have at most 2 decimals."),
    ({"multipleOf": 1}, 1.5, "", "Must be a whole number."),
    ({"multipleOf": 0.25}, 0.3, "", "Must be a multiple of 0.25."),
    ({"minLength": 1}, "", "", "Must not be empty."),
    ({"minLength": 2}, "", "", "Must have at least 2 characters."),
    ({"maxLength": 1}, "ab", "", "Must have at most 1 character."),
    ({"enum": ["a", None, True]}, 1, "", "Must be one of: a, empty, yes."),
    ({"enum": [1, 2], "ui:enumNames": ["One", "Two"]}, 3, "", "Must be one of: One, Two."),
    ({"enum": list(range(40))}, 99, "", "This is not one of the choices."),
    ({"const": "x" * 99}, 1, "", f"Must be {'x' * 60}…."),
    (PICK, "x", "", "Must be one of: Pears, Apples."),
    ({"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 3}]}, 1, "", "Must be 3 or more."),
    ({"oneOf": [{"type": "null"}, PICK]}, "x", "", "Must be one of: Pears, Apples."),
    ({"oneOf": [{"minimum": 1}, {"minimum": 2}]}, 3, "", "This value fits more than one of the allowed forms."),
    ({"anyOf": [{"required": ["x"]}, {"required": ["y"]}]}, {}, "", "This value fits none of the allowed forms."),
    ({"format": "date"}, "31.12.", "", "Must be a date, like 2026-05-31."),
    ({"format": "date-time"}, "2026-05-31", "", "Must be a date and time with its zone, like 2026-05-31T14:30:00Z."),
    ({"format": "ipv4"}, "x", "", "Must have the form “ipv4”."),
    ({"pattern": "^a$"}, "b", "", "Must match the pattern ^a$"),
    ({"items": {"type": "string"}}, ["a", 1], "/1", "Must be a text."),
    ({"uniqueItems": True}, [1, 1.0], "", "Must not have the same entry twice."),
    ({"minItems": 1}, [], "", "Must have at least 1 entry."),
    ({"properties": {"x/y": {"type": "string"}}}, {"x/y": 1}, "/x~1y", "Must be a text."),
    ({"required": ["x"]}, {}, "/x", "This is required."),
    ({"properties": {}, "additionalProperties": False}, {"x": 1}, "/x", "There is no such field."),
    ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, "", "The name “ab” is not allowed here."),
    ({"not": {"const": 1}}, 1, "", "This value is not allowed."),
]


@pytest.mark.parametrize(("subschema", "value", "pointer", "words"), SENTENCES)
def test_a_problem_has_a_place_and_a_sentence(subschema: dict, value: object, pointer: str, words: str) -> None:
    accepted = schema.accept({"type": "object", "properties": {"a": subschema}})
    problems = schema.validate(repr(subschema), accepted, {"a": value}, at="/fields")
    assert [(problem.pointer, problem.detail) for problem in problems] == [(f"/fields/a{pointer}", words)]


@given(st.integers(-(10**12), 10**12))
def test_cents_count_exactly(cents: int) -> None:
    accepted = schema.accept({"type": "object", "properties": {"a": COUNTED}})
    assert schema.validate("cents", accepted, {"a": cents / 100}) == []
    assert schema.validate("cents", accepted, {"a": (cents * 10 + 5) / 1000})


ROOT = schema.accept({
    "type": "object",
    "required": ["a"],
    "dependentRequired": {"c": ["b"]},
    "properties": {"a": {"type": "string"}, "b": {"type": "integer"}, "c": {"$ref": "#/$defs/small"}},
    "$defs": {"small": {"type": "integer", "maximum": 3}},
    **CONDITION,
    "anyOf": [{"properties": {"b": {"minimum": 10}}}, {"properties": {"c": {"$ref": "#/$defs/small"}}}],
    "allOf": [{"not": {"properties": {"a": {"const": "no"}, "b": {"const": 1}}, "required": ["a", "b"]}}],
})  # fmt: skip

# values, problems of the whole, problems of the part
WHOLE_AND_PART = [
    ({}, ["/a"], []),
    ({"a": "y"}, [], []),
    ({"a": "x"}, ["/b"], []),
    ({"a": 1}, ["/a"], ["/a"]),
    ({"b": "1"}, ["/a", "/b"], ["/b"]),
    ({"c": 1}, ["/a", "/b"], []),
    ({"c": 9}, ["/a", "/b", "/c"], ["/c"]),
    ({"b": 1, "c": 9}, ["", "/a", "/c"], ["", "/c"]),
    ({"a": "no", "b": 1}, [""], [""]),
    ({"b": 1}, ["/a"], []),
    ({"z": 1}, ["/a", "/z"], ["/z"]),
]


@pytest.mark.parametrize(("value", "of_whole", "of_part"), WHOLE_AND_PART)
def test_a_part_misses_nothing_but_must_not_contradict(value: dict, of_whole: list, of_part: list) -> None:
    assert sorted(problem.pointer for problem in schema.validate("root", ROOT, value)) == of_whole
    assert sorted(problem.pointer for problem in schema.validate_partial("root", ROOT, value)) == of_part


def test_a_value_that_is_not_json_is_a_problem() -> None:
    assert [problem.pointer for problem in schema.validate("root", ROOT, {"a": object()}, at="/x")] == ["/x"]
    assert schema.validate("root", ROOT, {"a": 2**70})


def test_unknown_fields_are_told_apart_by_their_code() -> None:
    (problem,) = schema.validate_partial("root", ROOT, {"z": 1})
    assert problem.code == "unknown_field"
