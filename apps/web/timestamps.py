"""Times as pages show them and forms hold them, in the reader's zone."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import Problem
from apps.core.timestamps import EARLIEST_YEAR, LATEST_YEAR, can_be_stored

from .schema_form.times import OFFSET_SUFFIX, InvalidTime, read_datetime


def local_time(timestamp: datetime, zone: ZoneInfo | None = None) -> datetime:
    """A time in a zone (the reader's); in its own where no calendar has it in that zone."""
    try:
        return timezone.localtime(timestamp, zone)
    except OverflowError:
        return timestamp


def read_picker(posted: Mapping[str, str], name: str, zone: ZoneInfo) -> tuple[datetime | None, list[Problem]]:
    """The time that was typed, None for nothing, and what is wrong with it. One that comes twice is asked for."""
    text, pointer = posted.get(name, ""), f"/{name}"
    if not text.strip():
        return None, []
    try:
        timestamp = read_datetime(text, zone, posted.get(name + OFFSET_SUFFIX, ""))
    except InvalidTime as error:
        return None, [Problem(pointer, "invalid", str(error))]
    if can_be_stored(timestamp):
        return timestamp, []
    words = _("The year must be between %(first)d and %(last)d.") % {"first": EARLIEST_YEAR, "last": LATEST_YEAR}
    return None, [Problem(pointer, "invalid", words)]


def picker_text(timestamp: datetime | None, zone: ZoneInfo) -> str:
    """A time as a picker of date and time holds it."""
    return local_time(timestamp, zone).replace(tzinfo=None).isoformat(timespec="minutes") if timestamp else ""
