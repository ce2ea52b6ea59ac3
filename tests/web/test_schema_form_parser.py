"""What typed texts mean, what is missing or unreadable, and what a post leaves alone."""

from typing import Any

import pytest
from django.http import QueryDict

from apps.web.schema_form import FieldRequest, parse_form, read_draft, reshaped

from .posting import form_of, posted

MONEY = {"x-taskhub": {"kind": "money"}}
ROW = {"type": "object", "properties": {"n": {"type": "integer"}, "t": {"type": "string"}}}

READ: list[tuple[dict[str, Any], str, Any]] = [
    ({"type": "string"}, "  Ana ", "Ana"),
    ({"type": "string", "ui:widget": "textarea"}, " a\r\nb ", " a\nb "),
    ({"type": "integer"}, "1 234", 1234),
    ({"type": "integer"}, "1’234’567", 1234567),
    ({"type": "integer"}, "−5", -5),
    ({"type": "integer"}, "5.0", 5),
    ({"type": "number"}, "12,5", 12.5),
    ({"type": "number"}, "1e-3", 0.001),
    ({"type": "number", **MONEY}, "0.07", 0.07),
    ({"type": "string", **MONEY}, "12.5", "12.50"),
    ({"type": "string", **MONEY}, "1 234,5 eur", "1234.50 EUR"),
    ({"type": "boolean"}, "on", True),
    ({"type": "boolean"}, "false", False),
    ({"enum": [1, "1"]}, "1", 1),
    ({"enum": [1, "1"]}, "1′", "1"),
    ({"oneOf": [{"const": "a", "title": "Apples"}]}, "a", "a"),
    ({"type": "string", "format": "date"}, "2026-02-28", "2026-02-28"),
    ({"type": "string", "format": "date-time"}, "2026-05-31T14:30", "2026-05-31T12:30:00Z"),
    ({"type": "string", "format": "date-time"}, "2026-05-31 14:30:10+05:30", "2026-05-31T09:00:10Z"),
    ({"type": "string", "format": "date-time"}, "2026-05-31T14:30z", "2026-05-31T14:30:00Z"),
    ({"type": "string", "format": "time"}, "14:30Z", "14:30:00Z"),
    ({}, '{"a": [1]}', {"a": [1]}),
    ({"type": ["string", "null"]}, "x", "x"),
]

UNREADABLE: list[tuple[dict[str, Any], str]] = [
    ({"type": "string"}, "a\0b"),
    ({"type": "integer"}, "1.5"),
    ({"type": "integer"}, "many"),
    ({"type": "integer"}, "９"),
    ({"type": "integer"}, "9007199254740992"),
    ({"type": "number"}, "1,234"),
    ({"type": "number"}, "1,2,3"),
    ({"type": "number"}, "NaN"),
    ({"type": "number"}, "1e999"),
    ({"type": "number"}, "0.12345678901234567890"),
    ({"type": "number", **MONEY}, "1.005"),
    ({"type": "boolean"}, "perhaps"),
    ({"enum": ["a"]}, "b"),
    ({"type": "string", "format": "date"}, "31.12.2026"),
    ({"type": "string", "format": "date"}, "2026-02-30"),
    ({"type": "string", "format": "date-time"}, "2026-05-31"),
    ({"type": "string", "format": "date-time"}, "2026-05-31T25:00"),
    ({"type": "string", "format": "date-time"}, "0001-01-01T00:00+14:00"),
    ({"type": "string", "format": "time"}, "25:00"),
    ({}, "{"),
    ({}, '{"a": 1, "a": 2}'),
]


@pytest.mark.parametrize(("subschema", "text", "value"), READ)
def test_a_text_means_a_value(subschema: dict[str, Any], text: str, value: Any) -> None:
    answer = parse_form(form_of({"x": subschema}), posted(x=text))
    assert (answer.problems, repr(answer.values)) == ((), repr({"x": value}))


@pytest.mark.parametrize(("subschema", "text"), UNREADABLE)
def test_an_unreadable_text_is_a_problem_at_its_field(subschema: dict[str, Any], text: str) -> None:
    form = form_of({"x": subschema}, current={"x": "before"})
    answer = parse_form(form, posted(x=text))
    assert [problem.pointer for problem in answer.problems] == ["/fields/x"]
    assert (answer.values, answer.removed) == ({}, ())
    assert read_draft(form, posted(x=text)) == {"x": text.replace("\0", "")}


def test_only_what_was_asked_is_read() -> None:
    form = form_of({"x": {"type": "string"}, "y": {"type": "string"}}, asked=["x"], current={"y": "old"})
    answer = parse_form(form, posted(x="new", y="new", z="new"))
    assert answer.values == {"x": "new"}
    assert answer.merged({"y": "old"}) == {"x": "new", "y": "old"}


def test_what_was_not_posted_stays() -> None:
    answer = parse_form(form_of({"x": {"type": "string"}}, current={"x": "old"}), QueryDict())
    assert (answer.values, answer.removed, answer.problems) == ({}, (), ())


EMPTIED = [
    # of the field, asked as required, values, removed, missing
    ({"type": "string"}, False, {}, ("x",), False),
    ({"type": "string"}, True, {}, ("x",), True),
    ({"type": ["string", "null"]}, True, {}, ("x",), True),
    ({"type": ["string", "null"]}, False, {}, ("x",), False),
    ({"type": "boolean"}, False, {}, ("x",), False),
    ({"type": "array", "items": {"enum": ["a"]}}, False, {}, ("x",), False),
    ({"type": "array", "items": {"enum": ["a"]}}, True, {}, ("x",), True),
    ({"type": "array", "items": {"type": "string"}}, False, {}, ("x",), False),
    ({}, False, {}, ("x",), False),
]


@pytest.mark.parametrize(("subschema", "required", "values", "removed", "missing"), EMPTIED)
def test_an_emptied_field(
    subschema: dict[str, Any], required: bool, values: dict[str, Any], removed: tuple[str, ...], missing: bool
) -> None:
    form = form_of({"x": subschema}, asked=[FieldRequest("x", required=required)], current={"x": ["a"]})
    answer = parse_form(form, posted(x=""))
    assert (answer.values, answer.removed) == (values, removed)
    assert [problem.code for problem in answer.problems] == (["required"] if missing else [])


def test_required_comes_from_the_schema_unless_said() -> None:
    properties = {"x": {"type": "string"}, "y": {"type": "string"}}
    form = form_of(properties, root={"required": ["x", "y"]}, asked=["x", {"name": "y", "required": False}])
    answer = parse_form(form, posted(x="", y=""))
    assert [problem.pointer for problem in answer.problems] == ["/fields/x"]


def test_members_keep_what_the_form_does_not_show() -> None:
    kind = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    form = form_of({"x": kind}, current={"x": {"a": "1", "b": "2", "more": [3]}})
    answer = parse_form(form, posted(x__a="new", x__b=""))
    assert answer.values == {"x": {"a": "new", "more": [3]}}


def test_empty_rows_close_up_and_problems_point_to_what_is_left() -> None:
    form = form_of({"x": {"type": "array", "items": ROW}})
    answer = parse_form(form, posted(x__0__n="", x__0__t=" ", x__3__n="bad", x__7__n="2"))
    assert [problem.pointer for problem in answer.problems] == ["/fields/x/0/n"]
    assert answer.rows == {"fields.x": [3, 7]}


def test_a_set_keeps_the_order_of_its_options() -> None:
    form = form_of({"x": {"type": "array", "items": {"enum": ["a", "b", "c"]}}}, current={"x": ["c", "b"]})
    assert parse_form(form, posted(x=["", "b", "c"])).values == {"x": ["c", "b"]}
    assert parse_form(form, posted(x=["", "c", "a"])).values == {"x": ["a", "c"]}
    assert parse_form(form, posted(x=["", "z"])).problems


def test_a_hidden_field_is_not_missed() -> None:
    properties = {"why": {"type": "string", "ui:showIf": {"field": "ok", "equals": False}}, "ok": {"type": "boolean"}}
    form = form_of(properties, asked=[FieldRequest("ok"), FieldRequest("why", required=True)])
    assert parse_form(form, posted(ok="true")).problems == ()
    assert [problem.pointer for problem in parse_form(form, posted(ok="false")).problems] == ["/fields/why"]


def test_misfits_are_told_with_the_rest() -> None:
    form = form_of({"x": {"type": "integer", "maximum": 3}, "y": {"type": "integer"}})
    answer = parse_form(form, posted(x="9", y="bad"))
    assert sorted(problem.pointer for problem in answer.problems) == ["/fields/x", "/fields/y"]


def test_a_row_button_adds_and_takes_away() -> None:
    form = form_of({"x": {"type": "array", "items": ROW}})
    query = posted(x="", x__0__n="1", x__1__n="2")
    assert reshaped(query) is None
    query["add-row"] = "fields.x"
    assert "fields.x.2" in set(reshaped(query) or ())
    del query["add-row"]
    query["remove-row"] = "fields.x.0"
    rest = reshaped(query)
    assert rest is not None
    assert parse_form(form, rest).values == {"x": [{"n": 2}]}


def test_an_emptied_draft_stays_empty() -> None:
    kept = read_draft(form_of({"x": {"type": "string"}}, current={"x": "old"}), posted(x=""))
    form = form_of({"x": {"type": "string"}}, current={"x": "old"}, draft=kept)
    assert parse_form(form, posted(x="")).removed == ("x",)
