"""Values of Python as JSON: what has one way to be written, and what is refused, by type and place."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import PurePosixPath
from types import MappingProxyType
from uuid import UUID

import pytest
from taskhub_client import UnwritableValue, calls
from taskhub_client.encoding import encode, plain_text


class Colour(Enum):
    RED = "red"


class Rank(IntEnum):
    FIRST = 1


@dataclass
class Refund:
    order: str
    amount: Decimal


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2030, 1, 31, 12, tzinfo=UTC), "2030-01-31T12:00:00.000Z"),
        (datetime(2030, 1, 31, 12, tzinfo=timezone(timedelta(hours=2))), "2030-01-31T10:00:00.000Z"),
        (date(2030, 1, 31), "2030-01-31"),
        (Decimal("142.10"), "142.10"),
        (Decimal("1E+3"), "1000"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (PurePosixPath("/srv/x"), "/srv/x"),
        (Colour.RED, "red"),
        (Rank.FIRST, 1),
        (Refund("a", Decimal("1.5")), {"order": "a", "amount": "1.5"}),
        ((1, [True, None, 0.5]), [1, [True, None, 0.5]]),
        (MappingProxyType({1: "one"}), {"1": "one"}),
    ],
)
def test_common_types_have_one_spelling(value, written):
    assert encode({"value": value}) == {"value": written}
    assert type(encode(value)) is type(written)


def cycle():
    value = {}
    value["self"] = [value]
    return value


def deep(levels=100_000):
    value = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "pointer", "kind"),
    [
        ({"a": [1, object()]}, "/a/1", "object"),
        ({"a/b": {"~": 1j}}, "/a~1b/~0", "complex"),
        ({"n": float("nan")}, "/n", "float"),
        ({"n": float("-inf")}, "/n", "float"),
        ({"n": Decimal("NaN")}, "/n", "Decimal"),
        ({"n": 2**53}, "/n", "int"),
        ({"t": "\ud800"}, "/t", "str"),
        ({"t": "a\0"}, "/t", "str"),
        ({"at": datetime(2030, 1, 31)}, "/at", "datetime"),
        ({"b": b"bytes"}, "/b", "bytes"),
        ({"s": {1, 2}}, "/s", "set"),
        ({"\ud800": 1}, "", "str"),
        ({(1, 2): 1}, "", "tuple"),
        ({True: 1}, "", "bool"),
        (cycle(), "/self/0", "dict"),
    ],
)
def test_what_cannot_be_written_is_named_by_type_and_place(value, pointer, kind):
    with pytest.raises(UnwritableValue) as refused:
        encode(value)
    assert (refused.value.pointer, refused.value.type) == (pointer, kind)
    assert kind in str(refused.value)


def test_depth_has_an_end():
    with pytest.raises(UnwritableValue, match="deep"):
        encode(deep())


def test_the_same_object_twice_is_no_cycle():
    shared = [1]
    assert encode([shared, shared]) == [[1], [1]]


def test_call_is_refused_before_it_is_sent_and_frozen_when_it_is_made():
    with pytest.raises(UnwritableValue, match="/fields/at is of type complex"):
        calls.create_task({"fields": {"at": 1j}})
    body = {"fields": {"n": 1}}
    call = calls.create_task(body)
    body["fields"]["n"] = 2
    assert call.body == {"fields": {"n": 1}}


def test_text_of_errors_is_made_fit():
    assert plain_text("a\0b\ud800c", 4) == "a\N{REPLACEMENT CHARACTER}b?"
