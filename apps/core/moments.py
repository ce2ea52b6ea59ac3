"""Moments as texts: read strictly, and only such as every database and every time zone can tell."""

from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

EARLIEST_YEAR, LATEST_YEAR = 1900, 9990


def parse_moment(text: object) -> datetime | None:
    """The moment that a text with its zone names, as 2030-01-31T12:00:00Z does, in UTC; None if it names none."""
    try:
        moment = parse_datetime(text.upper()) if isinstance(text, str) else None
        if moment is None or moment.tzinfo is None:
            return None
        moment = moment.astimezone(UTC)  # PostgreSQL takes no offset of 16 hours or more
    except (ValueError, OverflowError):
        return None
    return moment if EARLIEST_YEAR <= moment.year <= LATEST_YEAR else None
