"""Times as people type them, in their zone, and as fields store them, in UTC.

Twice a year a clock skips an hour or repeats one. A time that does not exist, or exists twice, is never
shifted silently: the person is asked.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

DATE = re.compile(r"\d{4}-\d\d-\d\d")
LOCAL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?")
OFFSET = re.compile(r"Z|[+-]\d\d:\d\d")
OFFSET_SUFFIX = ".offset"
"""Ends the name of the input that says which of two equal times is meant."""
CLOCK = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?")


class InvalidTime(Exception):
    """The text is no time, or none that exists; the text of the exception is for people."""


class AmbiguousTime(InvalidTime):
    """The clock shows this time twice; `offsets` are the two to choose from, the earlier first."""

    def __init__(self, offsets: tuple[str, str]) -> None:
        self.offsets = offsets
        super().__init__(_("Clocks go back then, so this time comes twice. Say which one."))


def read_datetime(text: str, zone: ZoneInfo, offset: str = "") -> datetime:
    """The time that a typed text means in a zone. An offset, in the text or beside it, decides between two equal times.

    Raises `InvalidTime`, and `AmbiguousTime` where the person has to choose.
    """
    text = text.strip().upper()
    match = LOCAL.match(text)
    rest = text[match.end() :].strip() if match else ""
    if match is None or (rest and not OFFSET.fullmatch(rest)):
        raise InvalidTime(_("Write a date and time like 2026-05-31 14:30."))
    try:
        local = datetime.fromisoformat(match.group())
        if rest:
            return datetime.fromisoformat(f"{match.group()}{rest.replace('Z', '+00:00')}").astimezone(UTC)
        return _in_zone(local, zone, offset)
    except (ValueError, OverflowError):
        raise InvalidTime(_("There is no such date or time.")) from None


def _in_zone(local: datetime, zone: ZoneInfo, offset: str) -> datetime:
    """The time at which the clock of a zone shows `local`."""
    candidates = [local.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    timestamps = {
        offset_text(candidate): candidate.astimezone(UTC)
        for candidate in candidates
        if candidate.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
    }
    if not timestamps:
        raise InvalidTime(_("Clocks go forward then, so this time does not exist. Choose another one."))
    if len(timestamps) == 1:
        return next(iter(timestamps.values()))
    if offset in timestamps:
        return timestamps[offset]
    first, second = timestamps
    raise AmbiguousTime((first, second))


def offsets_of(text: str, zone: ZoneInfo) -> list[tuple[str, str]]:
    """The two offsets to choose from, with their titles, if the clock of the zone shows the typed time twice."""
    try:
        read_datetime(text, zone)
    except AmbiguousTime as twice:
        titles = (_("before clocks go back (UTC%s)"), _("after clocks went back (UTC%s)"))
        return [(offset, title % offset) for offset, title in zip(twice.offsets, titles, strict=True)]
    except InvalidTime:
        pass
    return []


def datetime_of(value: object, zone: ZoneInfo) -> datetime | None:
    """The time that a field holds, in a zone; None if it holds none that a clock can show."""
    if not isinstance(value, str):
        return None
    try:
        timestamp = datetime.fromisoformat(value.upper().replace("Z", "+00:00"))
        return timestamp.astimezone(zone) if timestamp.tzinfo else None
    except (ValueError, OverflowError):
        return None


def offset_text(timestamp: datetime | time) -> str:
    """`+02:00`."""
    offset = timestamp.utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def read_clock(text: str, zone: ZoneInfo, now: datetime) -> str:
    """A typed time of day as fields store it, with the offset of the zone today. Raises `InvalidTime`."""
    text = text.strip().upper()
    match = CLOCK.match(text)
    rest = text[match.end() :].strip() if match else ""
    try:
        clock = time.fromisoformat(match.group()) if match else None
    except ValueError:
        clock = None
    if clock is None or (rest and not OFFSET.fullmatch(rest)):
        raise InvalidTime(_("Write a time like 14:30."))
    return clock.isoformat() + (rest or offset_text(now.astimezone(zone)))


def is_date(text: str) -> bool:
    """Whether a picker of a date can show the text."""
    return bool(DATE.fullmatch(text)) and _exists(date.fromisoformat, text)


def is_clock(text: str) -> bool:
    """Whether a picker of a time can show the text."""
    return bool(CLOCK.fullmatch(text)) and _exists(time.fromisoformat, text)


def is_local(text: str) -> bool:
    """Whether a picker of a date and time can show the text."""
    return bool(LOCAL.fullmatch(text)) and _exists(datetime.fromisoformat, text)


def _exists(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def date_of(value: str) -> date | None:
    """The day that a field holds; None if no calendar has it."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
