"""Timestamps as text (RFC 3339): the only reader and the only writer."""

import re
from datetime import UTC, datetime, timedelta
from typing import overload

from django.utils.dateparse import parse_datetime

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
# Years outside of these cannot be stored, or shown in each time zone, by every database.
EARLIEST_YEAR, LATEST_YEAR = 1900, 9990


def parse_timestamp(text: object) -> datetime | None:
    """Read a timestamp with a zone, such as 2030-01-31T12:00:00Z. Returns it in UTC, or None if it is not one."""
    try:
        timestamp = parse_datetime(text.upper()) if isinstance(text, str) else None
        if timestamp is None or timestamp.tzinfo is None:
            return None
        timestamp = timestamp.astimezone(UTC)  # PostgreSQL takes no offset of 16 hours or more
    except (ValueError, OverflowError):
        return None
    return timestamp if can_be_stored(timestamp) else None


def can_be_stored(timestamp: datetime) -> bool:
    """Whether it has a zone and lies in the years that are taken from anybody."""
    return timestamp.tzinfo is not None and EARLIEST_YEAR <= timestamp.year <= LATEST_YEAR


@overload
def format_timestamp(timestamp: datetime) -> str: ...
@overload
def format_timestamp(timestamp: None) -> None: ...
@overload
def format_timestamp(timestamp: datetime | None) -> str | None: ...
def format_timestamp(timestamp: datetime | None) -> str | None:
    """Format in UTC with `Z`, to the microsecond where there are any. None stays None."""
    return timestamp.astimezone(UTC).isoformat().replace("+00:00", "Z") if timestamp else None


def parse_rfc_3339(text: object) -> datetime | None:
    """The same for RFC 3339 alone, with seconds: the form of every timestamp of the API."""
    return parse_timestamp(text) if isinstance(text, str) and RFC_3339.fullmatch(text) else None


# --- In the database ---------------------------------------------------------------------------------------

_YEAR = "(?:19[0-9]{2}|[2-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|9990)"
_LEAP_YEAR = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DAY = (
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
MOMENT = f"^(?:{_YEAR}-{_DAY}|(?={_YEAR}){_LEAP_YEAR}-02-29)[Tt]{_TIME}:[0-5][0-9](?:[.][0-9]+)?(?:[Zz]|[+-]{_TIME})$"
"""A timestamp of RFC 3339 that exists and whose year is taken, as a pattern of Python and of PostgreSQL."""
_MOMENT = re.compile(MOMENT)


def sort_key(text: object) -> str | None:
    """A text that sorts, by code points, as the moment does that an RFC 3339 text names; None if it names none.

    Equal moments have equal keys. SQLite calls this as `moment_sort_key`; MOMENT_SORT_KEY does the same on PostgreSQL.
    """
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        return None
    zone = text[-6:] if text[-6] in "+-" else "+00:00"
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    moment = datetime.fromisoformat(text[:19].upper()) + (offset if zone[0] == "-" else -offset)
    fraction = re.match("[.]([0-9]+)", text[19:])
    return f"{moment.isoformat()}.{fraction[1].rstrip('0') if fraction else ''}"


MOMENT_SORT_KEY = f"""CASE WHEN text ~ '{MOMENT}' THEN
  to_char((left(text, 10) || ' ' || substr(text, 12, 8))::timestamp
    - CASE WHEN right(text, 1) IN ('Z', 'z') THEN interval '0' ELSE right(text, 6)::interval END,
    'YYYY-MM-DD"T"HH24:MI:SS') || '.' || COALESCE(rtrim(substring(text from '[.]([0-9]+)'), '0'), '') END"""
"""SQL of PostgreSQL for the sort key of a column `text`; it raises no error, whatever the text is."""
