"""A form that nobody touched changes nothing: what is rendered reads back as the same values."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.web.schema_form import parse_form, present_form, read_draft

from .posting import form_of, html_of, post_of

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
LINES = st.text(st.characters(categories=["L", "N", "P", "Zs", "S"]), max_size=20)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-(10**15), 10**15) | st.sampled_from([5e-324, 1e-300])
MOMENTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 28), timezones=st.just(UTC)).map(
    lambda moment: moment.isoformat().replace("+00:00", "Z")
)
AUTUMN = st.integers(0, 4 * 3600).map(
    lambda s: datetime.fromtimestamp(1792886400 + s, UTC).isoformat().replace("+00:00", "Z")
)
MANY = st.lists(st.just("x"), min_size=500, max_size=600)
CHOICE = {"enum": ["a", "", 1, "1", True, 2.5, "true", "one\nother", "one\r\nother", "one\rother"]}
ODD_TIMES = ["23:59:60Z", "10:00:00.123456789Z", "10:00:00-23:59"]
ODD_DATETIMES = ["2016-12-31T23:59:60Z", "2026-05-31T10:00:00.123456789Z", "2026-05-31t10:00:00-11:30"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)

# Kinds of fields, with values that they may hold.
SCALARS: list[tuple[dict[str, Any], st.SearchStrategy[Any]]] = [
    ({"type": "string"}, LINES | TEXTS | st.sampled_from(["a\nb", "a\rb", "\r", " a "])),
    ({"type": "string", "ui:widget": "textarea"}, TEXTS),
    ({"type": "string", "format": "date-time"}, MOMENTS | AUTUMN | st.sampled_from(ODD_DATETIMES)),
    ({"type": "string", "format": "date"}, st.dates().map(str)),
    ({"type": "string", "format": "time"}, st.times().map(lambda time: f"{time}+05:30") | st.sampled_from(ODD_TIMES)),
    ({"type": "string", "format": "uuid"}, st.uuids().map(str)),
    ({"type": "integer"}, st.integers(-(2**53) + 1, 2**53 - 1)),
    ({"type": "number"}, NUMBERS),
    ({"type": "number", "x-taskhub": {"kind": "money"}}, st.decimals(-(10**9), 10**9, places=2).map(float)),
    ({"type": "boolean"}, st.booleans()),
    (CHOICE, st.sampled_from(CHOICE["enum"])),
    ({"type": "string", "x-taskhub": {"kind": "file"}}, st.uuids().map(str)),
]
FLAT = {"type": "object", "properties": {f"p{n}": kind for n, (kind, _values) in enumerate(SCALARS)}}
FLAT_VALUES = st.fixed_dictionaries({}, optional={f"p{n}": values for n, (_kind, values) in enumerate(SCALARS)})
COMPOSED: list[tuple[dict[str, Any], st.SearchStrategy[Any]]] = [
    ({"type": "array", "items": CHOICE}, st.lists(st.sampled_from(CHOICE["enum"]), max_size=4)),
    ({"type": "array", "items": {"type": "number"}}, st.lists(NUMBERS, max_size=4)),
    (
        {"type": "array", "items": {"type": "string"}},
        st.lists(LINES, max_size=4) | st.lists(st.just("x"), min_size=500, max_size=600),
    ),
    ({"type": "array", "items": FLAT}, st.lists(FLAT_VALUES, max_size=2)),
    (FLAT, FLAT_VALUES),
    ({"type": "object", "properties": {"inner": FLAT}}, st.fixed_dictionaries({}, optional={"inner": FLAT_VALUES})),
    ({"type": ["string", "null"]}, LINES | st.none()),
    ({}, ANYTHING),
]
KINDS = SCALARS + COMPOSED
FIELDS = {f"f{n}": kind for n, (kind, _values) in enumerate(KINDS)}
VALUES = st.fixed_dictionaries({}, optional={f"f{n}": values for n, (_kind, values) in enumerate(KINDS)})
ZONES = st.sampled_from(["Europe/Zurich", "UTC", "America/St_Johns", "Australia/Lord_Howe"]).map(ZoneInfo)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES, ZONES)
def test_an_untouched_form_changes_nothing(values: dict[str, Any], zone: ZoneInfo) -> None:
    form = form_of(FIELDS, current=values, zone=zone)
    answer = parse_form(form, post_of(form))
    assert answer.problems == ()
    assert answer.removed == ()
    assert json.dumps(answer.merged(values), sort_keys=True) == json.dumps(values, sort_keys=True)


def plain(value: Any) -> Any:
    """A whole number is typed, and read, without its point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# What a text alone says in full, without the value that the form started from.
SECONDS = MOMENTS.map(lambda moment: moment.partition(".")[0].removesuffix("Z") + "Z")
EXACT: list[tuple[dict[str, Any], st.SearchStrategy[Any]]] = [
    ({"type": "string"}, LINES.map(str.strip).filter(bool)),
    ({"type": "string", "format": "date-time"}, SECONDS | AUTUMN),
    *((kind, values.map(plain)) for kind, values in (SCALARS[n] for n in (3, 5, 6, 7, 8, 9, 10))),
    ({"type": "array", "items": CHOICE}, st.lists(st.sampled_from(CHOICE["enum"]), min_size=1, unique_by=repr)),
    ({"type": "array", "items": {"type": "integer"}}, st.lists(st.integers(-99, 99), min_size=1)),
    ({"type": "object", "properties": {"x": {"type": "boolean"}}}, st.fixed_dictionaries({"x": st.booleans()})),
    ({}, ANYTHING.filter(lambda value: value is not None)),
]
EXACT_FIELDS = {f"f{n}": kind for n, (kind, _values) in enumerate(EXACT)}
EXACT_VALUES = st.fixed_dictionaries({}, optional={f"f{n}": values for n, (_kind, values) in enumerate(EXACT)})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EXACT_VALUES, ZONES)
def test_the_same_texts_in_an_empty_form_mean_the_same(values: dict[str, Any], zone: ZoneInfo) -> None:
    typed = post_of(form_of(EXACT_FIELDS, current=values, zone=zone))
    answer = parse_form(form_of(EXACT_FIELDS, zone=zone), typed)
    assert answer.problems == ()
    choices = EXACT_FIELDS["f9"]["items"]["enum"]
    expected = {**values}
    if "f9" in values:  # a set comes back in the order of the options
        expected["f9"] = [option for option in choices if repr(option) in map(repr, values["f9"])]
    assert json.dumps(answer.values, sort_keys=True) == json.dumps(expected, sort_keys=True)


PATHS = st.lists(st.sampled_from([*FIELDS, "inner", "p0", "p2", "0", "1", "99999", "offset", "", "x"]), max_size=4)
POSTS = st.dictionaries(PATHS.map(lambda path: ".".join(["fields", *path])), st.lists(TEXTS | LINES, max_size=3))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(POSTS, VALUES)
def test_no_post_breaks_a_form(texts: dict[str, list[str]], values: dict[str, Any]) -> None:
    form = form_of(FIELDS, current=values)
    post = QueryDict(mutable=True)
    for name, said in texts.items():
        post.setlist(name, said)
    answer = parse_form(form, post)
    html_of(present_form(form, answer))
    html_of(present_form(form_of(FIELDS, current=values, draft=read_draft(form, post))))
