"""Timestamps are read strictly and written in one format."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from apps.core.timestamps import format_timestamp, parse_timestamp


@pytest.mark.parametrize(
    "text",
    [
        None, 5, "", "soon", "2030-01-31", "2030-01-31T12:00:00", "2030-13-45T00:00:00Z", "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59", "1899-12-31T23:59:59Z",
    ],
)  # fmt: skip
def test_is_no_timestamp(text: object) -> None:
    assert parse_timestamp(text) is None


def test_letters_may_be_small() -> None:
    assert parse_timestamp("2030-01-31t12:00:00z") == datetime(2030, 1, 31, 12, tzinfo=UTC)


def test_is_converted_to_utc() -> None:
    timestamp = parse_timestamp("2030-01-31T12:00:00-23:59")
    assert (timestamp, timestamp and timestamp.tzinfo) == (datetime(2030, 2, 1, 11, 59, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    ("timestamp", "text"),
    [
        (None, None),
        (datetime(2030, 1, 31, 12, tzinfo=UTC), "2030-01-31T12:00:00Z"),
        (datetime(2030, 1, 31, 12, 0, 0, 5, tzinfo=UTC), "2030-01-31T12:00:00.000005Z"),
        (datetime(2030, 1, 31, 12, tzinfo=timezone(timedelta(hours=2))), "2030-01-31T10:00:00Z"),
    ],
)
def test_is_formatted_in_utc(timestamp: datetime | None, text: str | None) -> None:
    assert format_timestamp(timestamp) == text


def test_what_is_written_is_read() -> None:
    timestamp = datetime(2030, 1, 31, 12, 0, 0, 5, tzinfo=UTC)
    assert parse_timestamp(format_timestamp(timestamp)) == timestamp
