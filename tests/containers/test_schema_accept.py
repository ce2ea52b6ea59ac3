"""Which schemas are taken at push; each refusal names its place."""

import copy

import pytest

from apps.containers import schema
from apps.core.errors import Invalid


def typed(**more: object) -> dict:
    """A small sound schema, with more said at its root."""
    return {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, **more}


def field(subschema: object, **more: object) -> dict:
    """A schema with one field `a`."""
    return {"type": "object", "properties": {"a": subschema}, **more}


def pointers(refused: object) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        schema.accept(refused)
    return [problem.pointer for problem in refusal.value.errors]


TAKEN = [
    {"type": "object"},
    typed(additionalProperties=False, required=["a"]),
    typed(**{"$schema": "https://json-schema.org/draft/2020-12/schema"}),
    typed(dependentRequired={"a": ["b"]}),
    typed(**{"if": {"properties": {"a": {"const": "x"}}, "required": ["a"]}, "then": {"required": ["b"]}}),
    field({"$ref": "#/$defs/x~1y"}, **{"$defs": {"x/y": {"type": "string"}}}),
    field({"$ref": "#/definitions/x"}, definitions={"x": {"type": "string"}}),
    field(
        {"type": "array", "items": {"$ref": "#/$defs/node"}},
        **{
            "$defs": {
                "node": {
                    "type": "object",
                    "properties": {
                        "left": {"$ref": "#/$defs/node"},
                        "right": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/node"}]},
                    },
                }
            },
        },
    ),
    field({"enum": list(range(5000))}),
    field({"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}),
    field({"type": "string", "ui:widget": "textarea", "ui:unknown": 3}),
    field({"x-taskhub": {"read": ["everyone", "user:ana.b", "team:dba"], "write": [], "secret": True, "kind": "user"}}),
    field({"x-taskhub": {"write": {"requested": ["reporter"], "running": []}}}),
    field({"type": "array", "items": {"type": "string", "x-taskhub": {"kind": "team"}}}),
    field({"const": {"$ref": "http://elsewhere", "pattern": "("}}),
]

REFUSED = [
    (True, [""]),
    ([], [""]),
    ({}, ["/type"]),
    ({"type": ["object"]}, ["/type"]),
    ({"type": "array"}, ["/type"]),
    (typed(additionalProperties=True), ["/additionalProperties"]),
    (typed(additionalProperties={}), ["/additionalProperties"]),
    (typed(**{"$schema": "http://json-schema.org/draft-07/schema#"}), ["/$schema"]),
    (typed(patternProperties={"^x": {}}), ["/patternProperties"]),
    (typed(**{"$ref": "#/$defs/x", "$defs": {"x": {}}}), ["/$ref"]),
    (typed(required="a"), ["/required"]),
    (typed(required=["a", "c"]), ["/required/1"]),
    (typed(dependentRequired={"a": ["c"]}), ["/dependentRequired/a/0"]),
    (typed(allOf=[{"if": {"required": ["a"]}, "then": {"required": ["c"]}}]), ["/allOf/0/then/required/0"]),
    (typed(anyOf=[{"properties": {"c": {}}}]), ["/anyOf/0/properties/c"]),
    (field({"type": "txt"}), ["/properties/a/type"]),
    (field(3), ["/properties/a"]),
    (field({"minLength": -1}), ["/properties/a/minLength"]),
    (field({"$id": "http://x.example/"}), ["/properties/a/$id"]),
    (field({"$anchor": "x"}), ["/properties/a/$anchor"]),
    (field({"$dynamicRef": "#x"}), ["/properties/a/$dynamicRef"]),
    (field({"$schema": "https://json-schema.org/draft/2020-12/schema"}), ["/properties/a/$schema"]),
    (field({"$ref": "http://elsewhere.example/x"}), ["/properties/a/$ref"]),
    (field({"$ref": "file:///etc/passwd"}), ["/properties/a/$ref"]),
    (field({"$ref": "//elsewhere.example"}), ["/properties/a/$ref"]),
    (field({"$ref": "https://json-schema.org/draft/2020-12/schema"}), ["/properties/a/$ref"]),
    (field({"$ref": "#"}), ["/properties/a/$ref"]),
    (field({"$ref": "#/$defs/none"}), ["/properties/a/$ref"]),
    (field({"$ref": "#/$defs/%61"}, **{"$defs": {"a": {}}}), ["/properties/a/$ref"]),
    (field({"additionalProperties": False, "required": ["x"]}), ["/properties/a/required/0"]),
    (field({"pattern": "^(a{9,99}){9,99}$"}), ["/properties/a/pattern"]),
    (field({"pattern": "("}), ["/properties/a/pattern"]),
    (field({"patternProperties": {"(a{50}){50}": {}}}), ["/properties/a/patternProperties/(a{50}){50}"]),
    (field({"items": {"not": {"pattern": "(?=x)"}}}), ["/properties/a/items/not/pattern"]),
    (field({"x-taskhub": []}), ["/properties/a/x-taskhub"]),
    (field({"x-taskhub": {"reed": []}}), ["/properties/a/x-taskhub/reed"]),
    (field({"x-taskhub": {"read": "everyone"}}), ["/properties/a/x-taskhub/read"]),
    (field({"x-taskhub": {"read": ["everyone", "boss"]}}), ["/properties/a/x-taskhub/read/1"]),
    (field({"x-taskhub": {"write": {"new": ["user:"]}}}), ["/properties/a/x-taskhub/write/new/0"]),
    (field({"x-taskhub": {"kind": "colour"}}), ["/properties/a/x-taskhub/kind"]),
    (field({"x-taskhub": {"secret": 1}}), ["/properties/a/x-taskhub/secret"]),
    (field({"items": {"x-taskhub": {"read": []}}}), ["/properties/a/items/x-taskhub/read"]),
    (typed(**{"x-taskhub": {"read": []}}), ["/x-taskhub"]),
    (field({"ui:widget": 3}), ["/properties/a/ui:widget"]),
    (field({"ui:order": "a"}), ["/properties/a/ui:order"]),
    (field({"ui:options": {"enumNames": [1]}}), ["/properties/a/ui:options/enumNames"]),
    (field({"ui:showIf": {"field": "b"}}), ["/properties/a/ui:showIf"]),
    (field({"enum": [{"a": float("nan")}, object()]}), [""]),
]

NAMES = ["", "1a", "a-b", "a b", "a.b", "a__gt", "__a", "ä", "a" * 65, "a\n"]


@pytest.mark.parametrize("taken", TAKEN)
def test_a_sound_schema_is_taken_and_closed_at_its_root(taken: dict) -> None:
    before = copy.deepcopy(taken)
    accepted = schema.accept(taken)
    assert accepted["additionalProperties"] is False
    assert taken == before
    assert schema.accept(accepted) == accepted


@pytest.mark.parametrize(("refused", "places"), REFUSED)
def test_an_unsound_one_is_refused_at_its_place(refused: object, places: list[str]) -> None:
    assert pointers(refused) == places


@pytest.mark.parametrize("name", NAMES)
def test_a_field_needs_a_name_that_urls_and_filters_can_carry(name: str) -> None:
    assert len(pointers({"type": "object", "properties": {name: {}}})) == 1


def test_problems_lie_below_the_pointer_of_the_caller() -> None:
    with pytest.raises(Invalid) as refusal:
        schema.accept({}, at="/schema")
    assert [problem.pointer for problem in refusal.value.errors] == ["/schema/type"]


def test_the_order_of_properties_is_written_down() -> None:
    inner = {"type": "object", "properties": {"y": {}, "x": {}, "w": {}}, "ui:order": ["w", "*"]}
    accepted = schema.accept({"type": "object", "properties": {"b": inner, "a": {}}})
    assert accepted["ui:order"] == ["b", "a"]
    assert accepted["properties"]["b"]["ui:order"] == ["w", "y", "x"]
