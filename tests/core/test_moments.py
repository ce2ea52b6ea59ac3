"""Moments that no database, or no time zone, could tell are none."""

from datetime import UTC, datetime

import pytest

from apps.core.moments import parse_moment


@pytest.mark.parametrize(
    "text",
    [
        None, 5, "", "soon", "2030-01-31", "2030-01-31T12:00:00", "2030-13-45T00:00:00Z", "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59", "1899-12-31T23:59:59Z",
    ],
)  # fmt: skip
def test_is_no_moment(text: object) -> None:
    assert parse_moment(text) is None


def test_moment_has_its_zone() -> None:
    assert parse_moment("2030-01-31t12:00:00z") == datetime(2030, 1, 31, 12, tzinfo=UTC)


def test_moment_is_told_in_utc() -> None:
    moment = parse_moment("2030-01-31T12:00:00-23:59")
    assert (moment, moment and moment.tzinfo) == (datetime(2030, 2, 1, 11, 59, tzinfo=UTC), UTC)
