"""Times as people type them, in their zone, and as fields keep them, in UTC.

Twice a year a clock skips an hour or repeats one. A time that does not exist, or exists twice, is never
shifted silently: it is asked about.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

LOCAL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?")
OFFSET = re.compile(r"Z|[+-]\d\d:\d\d")
CLOCK = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?")


class NotATime(Exception):
    """The text is no time, or none that exists; the text of the exception is for people."""


class TwoTimes(NotATime):
    """The clock shows this time twice; `offsets` are the two to choose from, the earlier first."""

    def __init__(self, offsets: tuple[str, str]) -> None:
        self.offsets = offsets
        super().__init__(_("Clocks go back then, so this time comes twice. Say which one."))


def read_moment(text: str, zone: ZoneInfo, offset: str = "") -> datetime:
    """The moment that a typed text means in a zone. An offset, in the text or beside it, settles what is twice.

    Raises `NotATime`, and `TwoTimes` where it has to be asked which.
    """
    text = text.strip().upper()
    match = LOCAL.match(text)
    rest = text[match.end() :].strip() if match else ""
    if match is None or (rest and not OFFSET.fullmatch(rest)):
        raise NotATime(_("Write a date and time like 2026-05-31 14:30."))
    try:
        local = datetime.fromisoformat(match.group())
        if rest:
            return datetime.fromisoformat(f"{match.group()}{rest.replace('Z', '+00:00')}").astimezone(UTC)
        return _in_zone(local, zone, offset)
    except (ValueError, OverflowError):
        raise NotATime(_("There is no such date or time.")) from None


def _in_zone(local: datetime, zone: ZoneInfo, offset: str) -> datetime:
    """The moment at which the clock of a zone shows `local`."""
    candidates = [local.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    moments = {
        offset_text(candidate): candidate.astimezone(UTC)
        for candidate in candidates
        if candidate.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
    }
    if not moments:
        raise NotATime(_("Clocks go forward then, so this time does not exist. Choose another one."))
    if len(moments) == 1:
        return next(iter(moments.values()))
    if offset in moments:
        return moments[offset]
    first, second = moments
    raise TwoTimes((first, second))


def stored_moment(moment: datetime) -> str:
    """A moment as fields keep it: RFC 3339 in UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def kept_moment(value: object, zone: ZoneInfo) -> datetime | None:
    """The moment that a field holds, in a zone; None if it holds none that a clock can show."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.upper().replace("Z", "+00:00"))
        return moment.astimezone(zone) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def offset_text(moment: datetime | time) -> str:
    """`+02:00`."""
    offset = moment.utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def read_clock(text: str, zone: ZoneInfo, now: datetime) -> str:
    """A typed time of day as fields keep it, with the offset of the zone today. Raises `NotATime`."""
    text = text.strip().upper()
    match = CLOCK.match(text)
    rest = text[match.end() :].strip() if match else ""
    try:
        clock = time.fromisoformat(match.group()) if match else None
    except ValueError:
        clock = None
    if clock is None or (rest and not OFFSET.fullmatch(rest)):
        raise NotATime(_("Write a time like 14:30."))
    return clock.isoformat() + (rest or offset_text(now.astimezone(zone)))


def kept_day(value: str) -> date | None:
    """The day that a field holds; None if no calendar has it."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
