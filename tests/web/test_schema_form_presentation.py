"""How controls look: labels, errors, descriptions, groups; and nothing a schema or a value says is markup."""

from typing import Any

import pytest

from apps.core.errors import Problem
from apps.web.schema_form import FieldRequest, parse_form, present_form
from apps.web.schema_form.parser import Submission
from apps.web.schema_form.rows import Reshaped

from .posting import Browser, form_of, html_of, posted

ROWS = {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer", "title": "Number"}}}}

TEMPLATES: list[tuple[dict[str, Any], bool, str]] = [
    ({"type": "string"}, False, "input"),
    ({"type": "string", "maxLength": 1000}, False, "area"),
    ({"type": "boolean"}, True, "radios"),
    ({"type": "boolean", "ui:widget": "checkbox"}, True, "checkbox"),
    ({"type": "boolean", "ui:widget": "checkbox"}, False, "radios"),
    ({"type": "boolean", "ui:widget": "select"}, False, "select"),
    ({"enum": ["a", "b"]}, True, "radios"),
    ({"enum": ["a", "b"], "ui:widget": "select"}, True, "select"),
    ({"enum": list("abcdef")}, True, "select"),
    ({"enum": ["a" * 50, "b" * 50]}, True, "select"),
    ({"type": "array", "items": {"enum": ["a"]}}, False, "checks"),
    ({"type": "array", "items": {"type": "string"}}, False, "list"),
    (ROWS, False, "rows"),
    ({}, False, "area"),
]


@pytest.mark.parametrize(("subschema", "required", "template"), TEMPLATES)
def test_template(subschema: dict[str, Any], required: bool, template: str) -> None:
    (shown,) = present_form(form_of({"x": subschema}, asked=[FieldRequest("x", required=required)])).fields
    assert shown.template == template


def test_an_optional_yes_or_no_has_three_states() -> None:
    (shown,) = present_form(form_of({"x": {"type": "boolean"}})).fields
    assert [(option.code, option.title, option.chosen) for option in shown.options] == [
        ("true", "Yes", False),
        ("false", "No", False),
        ("", "Not set", True),
    ]
    (required,) = present_form(form_of({"x": {"type": "boolean"}}, root={"required": ["x"]})).fields
    assert [option.title for option in required.options if option.chosen] == []


def test_an_option_that_is_gone_is_still_shown() -> None:
    (shown,) = present_form(form_of({"x": {"enum": ["a"]}}, current={"x": "old"})).fields
    assert [option.title for option in shown.options if option.chosen] == ["old (not offered any more)"]


def test_a_field_starts_from_draft_then_proposal_then_value_then_default() -> None:
    kind = {"type": "string", "default": "default"}

    def text(**more: Any) -> tuple[str, str]:
        (shown,) = present_form(form_of({"x": kind}, **more)).fields
        return shown.text, shown.now

    proposal = [{"name": "x", "proposed": "proposed", "label": None}]
    assert text() == ("default", "")
    assert text(current={"x": "value"}) == ("value", "")
    assert text(current={"x": "value"}, asked=proposal) == ("proposed", "value")
    assert text(current={"x": "value"}, asked=proposal, draft={"x": "draft"}) == ("draft", "value")


def test_errors_are_told_at_the_field_and_in_the_summary() -> None:
    form = form_of({"x": {"type": "integer", "title": "Count", "description": "How many"}})
    shown = present_form(form, parse_form(form, posted(x="many")))
    assert [(error.target, error.label, error.message) for error in shown.errors] == [
        ("f-fields-x", "Count", "Write a number.")
    ]
    browser = Browser()
    browser.feed(html_of(shown))
    (control,) = [said for tag, said in browser.tags if tag == "input"]
    assert (control["value"], control["aria-invalid"]) == ("many", "true")
    ids = {said.get("id") for _tag, said in browser.tags}
    assert set((control["aria-describedby"] or "").split()) == {"f-fields-x-help", "f-fields-x-err"} <= ids


def test_every_label_and_target_names_a_control() -> None:
    kinds = {f"f{n}": kind for n, (kind, _required, _template) in enumerate(TEMPLATES)}
    form = form_of({**kinds, "when": {"type": "string", "format": "date-time"}})
    problems = [Problem(f"/fields/{name}", "invalid", "Wrong.") for name in form.schema["properties"]]
    shown = present_form(form, None, problems)
    browser = Browser()
    browser.feed(html_of(shown))
    ids = [said["id"] for _tag, said in browser.tags if "id" in said]
    assert len(ids) == len(set(ids))
    wanted = {said["for"] for tag, said in browser.tags if tag == "label"} | {error.target for error in shown.errors}
    assert wanted <= set(ids)
    described = [said["aria-describedby"] or "" for _tag, said in browser.tags if "aria-describedby" in said]
    assert {id for text in described for id in text.split()} <= set(ids)
    assert len(shown.errors) == len(problems)


def test_problems_inside_a_value_find_the_nearest_control() -> None:
    form = form_of({"x": ROWS, "y": {}}, current={"x": [{"n": 1}, {"n": 2}]})
    inner = [
        Problem("/fields/x/1/n", "type", "A"),
        Problem("/fields/x/0/other", "x", "B"),
        Problem("/fields/y/0", "x", "C"),
    ]
    shown = present_form(form, None, inner)
    assert {(error.message, error.target, error.label) for error in shown.errors} == {
        ("A", "f-fields-x-1-n", "X, Entry 2, Number"),
        ("B", "f-fields-x-0-n", "X, Entry 1"),
        ("C", "f-fields-y", "Y"),
    }


def test_problems_of_other_fields_are_named_only_if_they_are_seen() -> None:
    properties = {"x": {"type": "string"}, "seen": {"title": "Seen"}, "hidden": {"title": "Zqx"}}
    form = form_of(properties, asked=["x"], current={"seen": 1})
    problems = [Problem(f"/fields/{name}", "required", "Wrong.") for name in ("seen", "hidden")]
    shown = present_form(form, None, [*problems, Problem("/fields", "anyOf", "No.")])
    assert (shown.errors, shown.form_errors) == ([], ["Seen: Wrong.", "Wrong.", "No."])


def test_typed_rows_stay_where_their_problems_are() -> None:
    form = form_of({"x": ROWS})
    answer = parse_form(form, posted(x="", x__0__n="", x__4__n="bad"))
    (shown,) = present_form(form, answer).fields
    assert [(row.name, row.parts[0].text, row.parts[0].errors) for row in shown.rows] == [
        ("fields.x.4", "bad", ["Write a number."])
    ]


def test_an_added_row_is_shown_empty() -> None:
    form = form_of({"x": ROWS})
    typed = Reshaped({"fields.x": [""], "fields.x.0.n": ["1"], "fields.x.1": [""]})
    (shown,) = present_form(form, Submission(posted=typed)).fields
    assert [row.parts[0].text for row in shown.rows] == ["1", ""]


def test_groups_and_conditions() -> None:
    properties = {
        "a": {"type": "string", "ui:group": "One"},
        "b": {"type": "string", "ui:showIf": {"field": "a", "notEmpty": True}},
        "c": {"type": "string", "ui:group": "One", "ui:showIf": {"field": "d", "equals": 1}},
        "d": {},
    }
    shown = present_form(form_of(properties, asked=["a", "b", "c"]))
    assert [(group.title, [field.label for field in group.fields]) for group in shown.groups] == [
        ("One", ["A", "C"]),
        ("", ["B"]),
    ]
    assert [field.show_if for field in shown.fields] == ["", "", '{"field": "a", "notEmpty": true}']


EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_nothing_is_markup() -> None:
    kinds: list[dict[str, Any]] = [
        {"type": "string"}, {"type": "string", "ui:widget": "textarea"}, {"enum": [EVIL]}, {}, {"type": "number"},
        {"enum": [EVIL] * 1 + list("abcdef")}, {"type": "array", "items": {"enum": [EVIL]}},
        {"type": "array", "items": {"type": "string"}}, {"type": "object", "properties": {"z": {"title": EVIL}}},
    ]  # fmt: skip
    said = {"title": EVIL, "description": EVIL, "ui:help": EVIL, "ui:placeholder": EVIL, "ui:group": EVIL}
    properties = {f"f{n}": {**kind, **said} for n, kind in enumerate(kinds)}
    form = form_of(properties, current=dict.fromkeys(properties, EVIL) | {"f6": [EVIL], "f7": [EVIL]})
    problems = [Problem(f"/fields/{name}", "x", EVIL) for name in properties]
    html = html_of(present_form(form, None, problems))
    assert "<script" not in html
    assert "<img" not in html
