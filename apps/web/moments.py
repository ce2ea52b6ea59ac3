"""Dates and times of tasks as forms hold them, in the reader's zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from apps.core.errors import Problem

from .schema_form.times import NotATime, TwoTimes, read_moment


def read_due(text: str, zone: ZoneInfo, *, pointer: str = "/due_at") -> tuple[datetime | None, list[Problem]]:
    """The moment that was typed, None for nothing, and what is wrong with it. Of a time that comes twice, the first."""
    if not text.strip():
        return None, []
    try:
        return read_moment(text, zone), []
    except TwoTimes as twice:
        return read_moment(text, zone, twice.offsets[0]), []
    except NotATime as error:
        return None, [Problem(pointer, "invalid", str(error))]


def typed_form(moment: datetime | None, zone: ZoneInfo) -> str:
    """A moment as a picker of date and time holds it."""
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if moment else ""
