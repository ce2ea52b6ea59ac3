"""When schedules tick: pure arithmetic on a schedule (cron with a time zone, or every so many seconds).

Cron is read as Debian's: in the night that skips an hour a job of that hour runs right after the gap, in the night
that repeats one it runs once; jobs of every hour or minute run by the hours that really pass. All times are UTC.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import dropwhile, takewhile
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from django.utils.translation import gettext as _

from apps.core.body import Body
from apps.core.shapes import Choice, Text, Whole

LONGEST = 366 * 24 * 3600
CATCH_UP = ("none", "one", "all")
ON_TIME = timedelta(seconds=60)
"""A tick that is noticed later than this after its time is a missed one: `catch_up` says what becomes of it."""
MOST_CAUGHT_UP = 1000
"""With `all`, how many missed ticks are made up for: the latest ones."""
AT_ONCE = 20
"""How many ticks of one schedule are made in one transaction; the rest stays due."""
MARGIN = timedelta(hours=2)
"""More than any change of clocks."""
RECURRENCE = {
    "cron": Text(200, description="Five fields: minute, hour, day of the month, month, weekday."),
    "zone": Text(64, description="The IANA time zone of cron."),
    "every": Whole(1, LONGEST, description="Seconds, instead of cron."),
    "catch_up": Choice(
        CATCH_UP,
        description="What becomes of ticks that are found more than a minute late: none is made, one for all, or each "
        f"(of the latest {MOST_CAUGHT_UP}).",
    ),
}

NO_PLACES = frozenset({"localtime", "Factory", "posixrules"})
"""Names in the database that mean whatever a machine is set to, or nothing."""

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """The ticks to make now, oldest first; where the schedule stands then (None: it never ticks again)."""

    make: list[datetime]
    next_at: datetime | None
    skipped_from: datetime | None = None
    """The first of the missed ticks that are passed over, if there are any."""


# --- What is pushed --------------------------------------------------------------------------------------


def read_recurrence(body: Body) -> dict[str, object]:
    """`cron` and `zone`, or `every`, and `catch_up`; problems are noted in the body."""
    common: dict[str, Any] = {"catch_up": body.get("catch_up", "none")}
    cron, every, zone = body.get("cron"), body.get("every"), body.get("zone")
    if body.has("cron") == body.has("every"):
        body.wrong("cron", _("Say either cron or every."))
    if every is not None:
        if zone is not None:
            body.wrong("zone", _("Only cron has a time zone."))
        return {"every": every, **common}
    if zone is not None and zone not in available_timezones() - NO_PLACES:
        body.wrong("zone", _("There is no time zone of that name. Write one as Europe/Zurich."))
    elif cron is not None:
        _check_cron(body, cron)
    return {"cron": cron, "zone": zone or "UTC", **common}


def _check_cron(body: Body, cron: str) -> None:
    if len(cron.split()) != 5:
        body.wrong("cron", _("Cron has five fields: minute, hour, day of the month, month, day of the week."))
        return
    try:
        next(CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        body.wrong("cron", _("This is no cron expression: %(why)s.") % {"why": str(error).lower()})
    except StopIteration:
        body.wrong("cron", _("This never comes."))


def is_same(one: Document, other: Document) -> bool:
    """Whether two schedules tick at the same times."""
    return all(one.get(key) == other.get(key) for key in ("cron", "zone", "every"))


# --- When ------------------------------------------------------------------------------------------------


def first_after(schedule: Document, now: datetime) -> datetime | None:
    """The first tick of a schedule that begins now."""
    if schedule.get("every"):
        return now + timedelta(seconds=schedule["every"])
    return next(_cron(schedule, now), None)


def plan(schedule: Document, next_at: datetime, now: datetime) -> Plan:
    """What to do about a schedule that is due: `next_at` is the first tick that was not made, and has come."""
    due, is_cut = _due(schedule, next_at, now)
    wanted = _wanted(schedule["catch_up"], due, now)
    dropped = is_cut or len(wanted) < len(due)
    make, rest = wanted[:AT_ONCE], wanted[AT_ONCE:]
    following = rest[0] if rest else next(_from(schedule, next_at, after=now), None)
    return Plan(make, following, next_at if dropped else None)


def _wanted(catch_up: str, due: list[datetime], now: datetime) -> list[datetime]:
    """The due ticks that are made: those on time, and of the missed ones as many as `catch_up` allows."""
    missed = list(takewhile(lambda tick: tick < now - ON_TIME, due))
    on_time = due[len(missed) :]
    if catch_up == "all":
        return due
    return on_time if on_time or catch_up == "none" else missed[-1:]


def _due(schedule: Document, next_at: datetime, now: datetime) -> tuple[list[datetime], bool]:
    """The ticks from `next_at` until now, at most the latest MOST_CAUGHT_UP; and whether older ones are left out."""
    start = max(next_at, _near(schedule, next_at, now))
    ticks = takewhile(lambda tick: tick <= now, _from(schedule, next_at, after=start - timedelta(microseconds=1)))
    latest = deque(ticks, maxlen=MOST_CAUGHT_UP)
    return list(latest), bool(latest) and latest[0] > next_at


def _near(schedule: Document, next_at: datetime, now: datetime) -> datetime:
    """A time not much before the oldest tick that counts: nobody walks through a year of minutes."""
    if schedule.get("every"):
        return now - timedelta(seconds=schedule["every"] * MOST_CAUGHT_UP)
    earliest = now
    back = CronSim(schedule["cron"], now.astimezone(ZoneInfo(schedule["zone"])), reverse=True)
    for _number, earliest in zip(range(MOST_CAUGHT_UP), back, strict=False):
        if earliest.astimezone(UTC) <= next_at:
            break
    return earliest.astimezone(UTC) - MARGIN


def _from(schedule: Document, tick: datetime, *, after: datetime) -> Iterator[datetime]:
    """The ticks later than `after`, of a schedule that ticks at `tick`."""
    if not schedule.get("every"):
        begin = max(tick - timedelta(seconds=1), after)
        return dropwhile(lambda tick: tick <= after, _cron(schedule, begin))
    every = timedelta(seconds=schedule["every"])
    return _each(tick + every * max(0, (after - tick) // every + 1), every)


def _each(tick: datetime, every: timedelta) -> Iterator[datetime]:
    while True:
        yield tick
        tick += every


def _cron(schedule: Document, after: datetime) -> Iterator[datetime]:
    """Ticks after a time, each once.

    cronsim gives some times twice: in an hour that is repeated, and after a gap, where two may fall together.
    """
    if _ticks_often(schedule):
        yield from _by_the_clock(schedule, after)
        return
    last = after
    for local in CronSim(schedule["cron"], after.astimezone(ZoneInfo(schedule["zone"]))):
        tick = local.astimezone(UTC)
        if tick > last:
            last = tick
            yield tick


def _ticks_often(schedule: Document) -> bool:
    """Whether it ticks every so many minutes of certain hours, as `*/20 2 * * *` does."""
    minute, hour = schedule["cron"].split()[:2]
    return minute.startswith("*") and not hour.startswith("*")


def _by_the_clock(schedule: Document, after: datetime) -> Iterator[datetime]:
    """One tick for each time of the clock.

    A time that comes twice (clocks go back) ticks the first time. A time that is skipped (clocks go forward) ticks
    as long after the gap as it lies after the gap's beginning.
    """
    zone, last = ZoneInfo(schedule["zone"]), after
    for local in CronSim(schedule["cron"], after.astimezone(zone).replace(tzinfo=None) - MARGIN):
        tick = local.replace(tzinfo=zone).astimezone(UTC)
        if tick > last:
            last = tick
            yield tick
