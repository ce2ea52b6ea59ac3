"""Values as text for people."""

from typing import Any

import pytest

from apps.containers import schema
from apps.web.schema_form import FieldText, Viewer, field_text

from .posting import ZURICH

READER = Viewer(ZURICH, {"user:ana": "Ana Pereira"})
FRUIT = {"oneOf": [{"const": "a", "title": "Apples"}, {"const": 1, "title": "One"}]}
ROW = {"type": "object", "properties": {"n": {"type": "integer"}, "ok": {"type": "boolean", "title": "Fine"}}}

TEXTS: list[tuple[Any, Any, str]] = [
    ({"type": "string"}, "a\nb", "a\nb"),
    ({"type": "string"}, None, ""),
    ({"type": "boolean"}, True, "Yes"),
    ({"type": "boolean"}, False, "No"),
    (FRUIT, "a", "Apples"),
    (FRUIT, True, "Yes"),
    (FRUIT, "gone", "gone"),
    ({"type": "integer"}, 5, "5"),
    ({"type": "number", "multipleOf": 0.01}, 142, "142.00"),
    ({"type": "number", "x-taskhub": {"kind": "money"}}, 1234.5, "1234.50"),
    ({"type": "string", "format": "date-time"}, "2026-05-31T12:30:00Z", "31 May 2026 14:30"),
    ({"type": "string", "format": "date-time"}, "2016-12-31T23:59:60Z", "2016-12-31T23:59:60Z"),
    ({"type": "string", "format": "date-time"}, "0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
    ({"type": "string", "format": "date"}, "2026-05-31", "31 May 2026"),
    ({"type": "string", "format": "date"}, "0000-01-01", "0000-01-01"),
    ({"type": "string", "format": "time"}, "14:30:00+02:00", "14:30 UTC+02:00"),
    ({"type": "string", "format": "time"}, "14:30:05.25Z", "14:30:05 UTC"),
    ({"type": "string", "x-taskhub": {"kind": "user"}}, "user:ana", "Ana Pereira"),
    ({"type": "string", "ui:widget": "password"}, "secret", "••••••"),
    ({"type": "array", "items": FRUIT}, ["a", 1], "Apples, One"),
    ({"type": "array", "items": ROW}, [{"n": 1, "ok": True}, {"n": 2}], "N: 1, Fine: Yes\nN: 2"),
    (ROW, {"ok": False, "more": [1]}, "Fine: No\nmore: [1]"),
    (ROW, "not an object", "not an object"),
    ({}, {"a": 1}, '{\n  "a": 1\n}'),
    (True, 1.5, "1.5"),
]


@pytest.mark.parametrize(("subschema", "value", "text"), TEXTS)
def test_text(subschema: Any, value: Any, text: str) -> None:
    accepted = schema.accept({"type": "object", "properties": {"x": subschema}})
    assert field_text(accepted, "x", value, READER).text == text


LINKS = [
    ("https://example.org/a?b=c", True),
    ("HTTP://example.org", True),
    ("javascript:alert(1)", False),
    (" https://example.org", False),
    ("https://", False),
    ("//example.org", False),
    ("data:text/html,x", False),
    ("java\nscript:alert(1)", False),
    ("http://[::1", False),
    (5, False),
]


@pytest.mark.parametrize(("value", "linked"), LINKS)
def test_only_web_addresses_become_links(value: Any, linked: bool) -> None:
    accepted = schema.accept({"type": "object", "properties": {"x": {"type": "string", "format": "uri"}}})
    assert field_text(accepted, "x", value, READER).href == (value if linked else "")


def test_a_text_that_looks_like_an_address_is_no_link() -> None:
    accepted = schema.accept({"type": "object", "properties": {"x": {"type": "string", "title": "Where"}}})
    assert field_text(accepted, "x", "https://a.example", READER) == FieldText("Where", "https://a.example")
