"""Rows that are stored at once read as those that Django stores one by one."""

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.actors.models import ApiKey
from apps.api.models import IdempotencyRecord
from apps.core.ids import uuid7
from apps.core.sql import rows
from tests import factories

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


def test_a_change_expects_what_was_read() -> None:
    one = record(b"\x01")
    rows.insert([one])
    assert rows.change(one, expected={"status": 201}, status=202)
    assert not rows.change(one, expected={"status": 201}, made="lost")
    assert rows.change(one, expected={"status": [200, 202]}, status=203)
    assert not rows.change(one, expected={"status": [200, 202]}, status=204)
    assert columns(IdempotencyRecord.objects.get()) == columns(one)
    assert (one.status, one.made) == (203, MADE)


def test_a_change_takes_objects_as_well_as_ids() -> None:
    key = ApiKey(application=factories.make_application("billing"), prefix="a" * 8, digest=b"")
    rows.insert([key])
    for other in (factories.make_application("shipping"), factories.make_application("migrator")):
        assert rows.change(key, application=other)
        assert ApiKey.objects.get().application == key.application == other
    assert rows.change(key, application_id=other.pk)


def test_a_column_that_is_not_there_is_refused() -> None:
    one = record(b"\x01")
    rows.insert([one])
    with pytest.raises(FieldDoesNotExist):
        rows.change(one, no_such_column=1)


def test_put_rows_stand_in_place_of_those_with_the_same_key() -> None:
    one, other = record(b"\x01"), record(b"\x02")
    rows.insert([one])
    again = record(b"\x01")
    again.status, again.made = 200, "other"
    rows.put([again, other], unique=("scope",), changed=("status",))
    assert list(IdempotencyRecord.objects.order_by("scope").values_list("status", "made")) == [
        (200, MADE),
        (201, MADE),
    ]


def test_rows_of_several_models_are_stored_in_one_statement() -> None:
    made, other = record(b"\x01"), factories.make_application("billing")
    key = ApiKey(application=other, prefix="a" * 8, digest=b"\0")
    with CaptureQueriesContext(connection) as statements:
        rows.insert([made], [], [key], back=("made",))
    assert len(statements) == (1 if connection.vendor == "postgresql" else 2)
    assert columns(IdempotencyRecord.objects.get()) == columns(made)
    assert ApiKey.objects.get().application == other


def test_documents_are_read_back_as_a_read_finds_them() -> None:
    made = record(b"\x01")
    made.made = {"bb": 1e16, "a": -0.0, "c": 1.0}
    rows.insert([made], back=("made",))
    assert repr(made.made) == repr(IdempotencyRecord.objects.get().made)


def test_a_row_like_another_one_is_a_row_of_its_own() -> None:
    billing, shipping = factories.make_application("billing"), factories.make_application("shipping")
    key = ApiKey(application=billing, prefix="a" * 8, digest=b"\0")
    twin = rows.like(key, id=uuid7(), prefix="b" * 8)
    twin.application = shipping
    rows.insert([key, twin])
    assert [(one.prefix, one.application) for one in ApiKey.objects.order_by("prefix")] == [
        ("a" * 8, billing),
        ("b" * 8, shipping),
    ]
    assert key.application == billing
