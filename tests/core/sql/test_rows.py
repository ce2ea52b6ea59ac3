"""Rows that are stored at once read as those that Django stores one by one."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.api.models import IdempotencyRecord
from apps.core.sql import rows

pytestmark = pytest.mark.django_db

MADE = {"task": "ä€😀", "numbers": [1, -2.5, 2**53 - 1], "nothing": None, "inner": {"yes": True}, "quote": "\\x00'\""}


def record(scope: bytes) -> IdempotencyRecord:
    return IdempotencyRecord(scope=scope, body_digest=b"\0\xff\\", status=201, made=MADE)


def columns(one: IdempotencyRecord) -> tuple[object, ...]:
    return bytes(one.scope), bytes(one.body_digest), one.status, one.made, one.created_at


def test_inserted_rows_read_as_they_were() -> None:
    made = [record(b"\x01"), record(b"\x02")]
    with CaptureQueriesContext(connection) as statements:
        rows.insert(made)
    assert len(statements) == 1
    read = IdempotencyRecord.objects.order_by("scope")
    assert [columns(row) for row in read] == [columns(row) for row in made]
    assert not made[0]._state.adding


def test_nothing_to_insert() -> None:
    with CaptureQueriesContext(connection) as statements:
        rows.insert([])
    assert len(statements) == 0


def test_a_key_that_is_there_is_refused() -> None:
    rows.insert([record(b"\x01")])
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.insert([record(b"\x01")])


def test_a_change_touches_its_row_and_columns_alone() -> None:
    one, other = record(b"\x01"), record(b"\x02")
    rows.insert([one, other])
    rows.change(one, status=200, made="an id")
    assert (one.status, one.made) == (200, "an id")
    assert [columns(row) for row in IdempotencyRecord.objects.order_by("scope")] == [columns(one), columns(other)]


def test_changes_touch_the_rows_that_are_as_expected() -> None:
    first, second, other = record(b"\x01"), record(b"\x02"), record(b"\x03")
    rows.insert([first, second, other])
    changes = [{"status": 200, "made": {"a": 1}}, {"status": 202, "made": None}]
    with CaptureQueriesContext(connection) as statements:
        changed = rows.change_all([first, second], changes, expected=[{"status": 201}, {"status": 404}])
    assert (changed, len(statements)) == (1, 1)
    found = IdempotencyRecord.objects.order_by("scope").values_list("status", "made")
    assert list(found) == [(200, {"a": 1}), (201, MADE), (201, MADE)]
    assert rows.change_all([], [], expected=[]) == 0
