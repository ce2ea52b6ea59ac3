"""The loop for due rows."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.actors.models import Application
from apps.core import due
from apps.core.errors import Conflict
from tests import factories
from tests.racing import at_once

NOW = timezone.now()


def test_each_row_is_tried_in_order_and_counted_if_something_was_done() -> None:
    tried: list[tuple[int, str]] = []

    def attempt(number: int, name: str) -> bool:
        tried.append((number, name))
        return number > 1

    assert due.work_off([(1, "a"), (2, "b"), (3, "c")], attempt) == 2
    assert tried == [(1, "a"), (2, "b"), (3, "c")]


def test_row_that_raises_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    def attempt(number: int) -> bool:
        return bool(1 / number)

    assert due.work_off([(0,), (1,), (0,), (2,)], attempt) == 2
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 2


def test_row_that_changed_meanwhile_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    def attempt(_number: int) -> bool:
        raise Conflict("It changed.")

    assert due.work_off([(1,)], attempt) == 0
    assert caplog.records == []


def test_rows_are_read_before_the_first_is_tried() -> None:
    tried: list[int] = []

    def rows() -> Iterator[tuple[int]]:
        yield (1,)
        assert tried == []
        yield (2,)

    assert due.work_off(rows(), lambda number: tried.append(number)) == 0
    assert tried == [1, 2]


def test_row_that_is_not_due_any_more_is_not_locked(application: Application) -> None:
    rows = Application.objects.filter(pk=application.pk)
    with transaction.atomic():
        assert due.lock(rows.filter(created_at__lt=timezone.now())) == application
        assert due.lock(rows.filter(created_at__lt=NOW - timedelta(days=1))) is None


@pytest.mark.django_db(transaction=True)
def test_row_that_another_node_holds_is_left_to_it() -> None:
    if not connection.features.has_select_for_update_skip_locked:
        pytest.skip("SQLite lets one writer in at a time")
    pk = factories.make_application("migrator").pk
    with transaction.atomic():
        Application.objects.select_for_update().get(pk=pk)
        assert at_once(lambda _number: _lock(pk), workers=1) == [None]
    assert at_once(lambda _number: _lock(pk), workers=1) == [pk]


def _lock(pk: object) -> object:
    with transaction.atomic():
        row = due.lock(Application.objects.filter(pk=pk))
        return row and row.pk
