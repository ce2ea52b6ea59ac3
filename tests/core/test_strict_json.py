"""Bodies are strict JSON: whatever readers could disagree about is refused, and only ever with our errors."""

import json
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.core import strict_json
from apps.core.errors import Invalid, TooLarge

MOST = strict_json.MAX_NUMBER

ACCEPTED = [
    (b"{}", {}),
    (b" [1, 2.5, true, null]\n", [1, 2.5, True, None]),
    (b'"a:b"', "a:b"),
    (b'{"a:b": ":::", "c": {"a:b": 1}}', {"a:b": ":::", "c": {"a:b": 1}}),
    (rb'{"\u00e9": "\ud83d\ude00"}', {"é": "😀"}),
    (rb'"\\u0000"', r"\u0000"),
    (rb'{"a\u003ab": 1}', {"a:b": 1}),
    (str(MOST).encode(), MOST),
    (str(-MOST).encode(), -MOST),
    (b"1e15", 1e15),
    (b"1e-999", 0.0),
    (b"[" * 32 + b"1" + b"]" * 32, None),
    (b'{"a":' * 31 + b"[]" + b"}" * 31, None),
]

REFUSED = [
    (b"", "", "invalid_json"),
    (b"{", "", "invalid_json"),
    (b"01", "", "invalid_json"),
    (b"{'a': 1}", "", "invalid_json"),
    (b'{"a": 1,}', "", "invalid_json"),
    (b'"a\x00b"', "", "invalid_json"),
    (b"\xef\xbb\xbf{}", "", "invalid_json"),
    (b"\xff", "", "invalid_text"),
    ("{}".encode("utf-16"), "", "invalid_text"),
    (b'"\xed\xa0\x80"', "", "invalid_text"),
    (rb'{"a": ["\ud800"]}', "/a/0", "invalid_text"),
    (rb'{"a": {"\udc00": 1}}', "/a", "invalid_text"),
    (rb'{"a": "\u0000"}', "/a", "invalid_text"),
    (rb'{"\u0000": 1}', "", "invalid_text"),
    (b'{"a": 1, "a": 1}', "/a", "duplicate_key"),
    (b'{"x": {"a/b": 1, "a/b": 2}}', "/x/a~1b", "duplicate_key"),
    (rb'{"a": 1, "\u0061": ":"}', "/a", "duplicate_key"),
    (rb'{"a": 1, "a": "\u003a"}', "/a", "duplicate_key"),
    (b'{"a": 1, "a": ":"}', "/a", "duplicate_key"),
    (b'{"n": NaN}', "/n", "number_out_of_range"),
    (b"[-Infinity]", "/0", "number_out_of_range"),
    (b"[1, 1e999]", "/1", "number_out_of_range"),
    (b"1e300", "", "number_out_of_range"),
    (str(MOST + 1).encode(), "", "number_out_of_range"),
    (str(-MOST - 1).encode(), "", "number_out_of_range"),
    (b"9" * 100_000, "", "number_out_of_range"),
    (b"18446744073709551616", "", "number_out_of_range"),
    (b"[" * 33 + b"]" * 33, "/0" * 32, "too_deep"),
    (b"[" * 100_000, "", "invalid_json|too_deep"),
    (b"[" * 500_000 + b"]" * 500_000, "", "too_deep"),
    (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "", "too_deep"),
]


@pytest.mark.parametrize(("body", "value"), ACCEPTED)
def test_plain_json_is_read(body: bytes, value: object) -> None:
    assert strict_json.parse(body) == (json.loads(body) if value is None else value)


@pytest.mark.parametrize(("body", "pointer", "code"), REFUSED)
def test_what_readers_disagree_about_is_refused_with_its_place(body: bytes, pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        strict_json.parse(body)
    assert refusal.value.code == "invalid"
    (problem,) = refusal.value.errors
    assert problem.pointer == pointer
    assert problem.code in code.split("|")


def test_a_body_over_the_limit_is_too_large() -> None:
    with pytest.raises(TooLarge):
        strict_json.parse(b" " * 11, limit=10)
    assert strict_json.parse(b"1".ljust(10), limit=10) == 1


def test_depth_is_refused_near_the_end_of_the_stack_too() -> None:
    def sink(levels: int) -> None:
        if levels:
            sink(levels - 1)
            return
        with pytest.raises(Invalid):
            strict_json.parse(b"[" * 5_000 + b"]" * 5_000)

    sink(sys.getrecursionlimit() // 2)


ATOMS = rb'{ } [ ] , : "a" ":" "\u003a" "\ud800" "\u0000" 1 - 1e999'.split()


@given(st.one_of(st.binary(), st.text().map(str.encode), st.lists(st.sampled_from(ATOMS)).map(b"".join)))
@example(b"\\u00")
def test_nothing_else_is_ever_raised(body: bytes) -> None:
    try:
        value = strict_json.parse(body)
    except Invalid:
        return
    assert value == json.loads(body)


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MOST, MOST) | st.floats(-MOST, MOST) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_every_value_that_can_be_said_comes_back(value: object, ascii_only: bool) -> None:
    assert strict_json.parse(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.dictionaries(st.text(":ab"), st.text(":ab") | st.booleans(), min_size=1), st.data())
def test_no_duplicate_key_slips_through_the_fast_path(pairs: dict[str, object], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(sorted(pairs)))
    members = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in [*pairs.items(), (again, ":")]]
    with pytest.raises(Invalid, match="twice"):
        strict_json.parse(("{" + ", ".join(members) + "}").encode())
