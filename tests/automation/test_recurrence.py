"""When schedules tick: changes of clocks, catching up, and what is no schedule."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.automation.schedules import recurrence
from apps.core.body import Body
from apps.core.shapes import Object

ZURICH = "Europe/Zurich"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ticks(cron: str, after: str, count: int, zone: str = ZURICH) -> list[str]:
    said = {"cron": cron, "zone": zone}
    moment, found = at(after), []
    for _ in range(count):
        moment = recurrence.first_after(said, moment)  # type: ignore[assignment]
        found.append(moment.strftime("%m-%d %H:%M"))
    return found


def test_local_time_is_kept_over_both_changes_of_clocks() -> None:
    assert ticks("0 6 * * *", "2026-03-27T12:00", 3) == ["03-28 05:00", "03-29 04:00", "03-30 04:00"]
    assert ticks("0 6 * * *", "2026-10-23T12:00", 3) == ["10-24 04:00", "10-25 05:00", "10-26 05:00"]


def test_a_time_that_the_spring_night_skips_comes_right_after_the_gap() -> None:
    assert ticks("30 2 * * *", "2026-03-28T12:00", 2) == ["03-29 01:00", "03-30 00:30"]
    assert ticks("0,30 2 * * *", "2026-03-28T12:00", 3) == ["03-29 01:00", "03-30 00:00", "03-30 00:30"]


def test_a_time_that_the_autumn_night_repeats_comes_once() -> None:
    assert ticks("30 2 * * *", "2026-10-24T12:00", 2) == ["10-25 00:30", "10-26 01:30"]
    # asked in the second of the two hours, after the tick has come
    assert ticks("30 2 * * *", "2026-10-25T01:10", 1) == ["10-26 01:30"]


def test_every_hour_means_the_hours_that_pass() -> None:
    assert ticks("0 * * * *", "2026-10-24T22:30", 4) == ["10-24 23:00", "10-25 00:00", "10-25 01:00", "10-25 02:00"]
    assert ticks("0 * * * *", "2026-03-28T23:30", 3) == ["03-29 00:00", "03-29 01:00", "03-29 02:00"]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({}, ["/cron"]),
        ({"cron": "0 6 * * *", "every": 60}, ["/cron"]),
        ({"cron": "0 6 * *"}, ["/cron"]),
        ({"cron": "0 0 6 * * *"}, ["/cron"]),
        ({"cron": "61 6 * * *"}, ["/cron"]),
        ({"cron": "0 0 30 2 *"}, ["/cron"]),
        ({"cron": "a b c d e"}, ["/cron"]),
        ({"cron": 5}, ["/cron"]),
        ({"cron": "0 6 * * *", "zone": "Europe/Zürich"}, ["/zone"]),
        ({"cron": "0 6 * * *", "zone": "../etc/passwd"}, ["/zone"]),
        ({"cron": "0 6 * * *", "zone": "Europe"}, ["/zone"]),
        ({"every": 0}, ["/every"]),
        ({"every": 60, "zone": ZURICH}, ["/zone"]),
        ({"every": 60, "catch_up": "some"}, ["/catch_up"]),
    ],
)
def test_what_is_no_schedule_is_refused_where_it_is_wrong(said: dict[str, Any], wrong: list[str]) -> None:
    body = Body(said, Object(recurrence.RECURRENCE, drops_null=True))
    recurrence.read_recurrence(body)
    assert sorted({problem.pointer for problem in body.problems}) == wrong


@given(st.text(alphabet="0123456789*/,-#LWMON² ", max_size=30))
def test_no_text_breaks_the_reading_of_cron(text: str) -> None:
    recurrence.read_recurrence(Body({"cron": text}))


def plan(said: dict[str, Any], since: str, now: str) -> recurrence.Plan:
    return recurrence.plan({"cron": "0 * * * *", "zone": "UTC", **said}, at(since), at(now))


def test_a_tick_on_time_is_made_whatever_the_policy() -> None:
    for policy in recurrence.CATCH_UP:
        found = plan({"catch_up": policy}, "2026-11-21T06:00:00", "2026-11-21T06:00:59")
        assert found == recurrence.Plan([at("2026-11-21T06:00")], at("2026-11-21T07:00"))


@pytest.mark.parametrize(("policy", "made"), [("none", []), ("one", [9]), ("all", [6, 7, 8, 9])])
def test_after_a_pause_the_policy_decides(policy: str, made: list[int]) -> None:
    found = plan({"catch_up": policy}, "2026-11-21T06:00", "2026-11-21T09:30")
    assert [tick.hour for tick in found.make] == made
    assert found.next_at == at("2026-11-21T10:00")
    assert (found.skipped_from is None) == (policy == "all")


def test_a_tick_on_time_stands_for_the_missed_ones() -> None:
    found = plan({"catch_up": "one"}, "2026-11-21T06:00", "2026-11-21T09:00:30")
    assert found.make == [at("2026-11-21T09:00")]


@pytest.mark.parametrize("said", [{"cron": "* * * * *", "zone": ZURICH}, {"every": 60}])
def test_all_makes_the_latest_thousand_a_few_at_a_time(said: dict[str, Any]) -> None:
    said, now, made = {**said, "catch_up": "all"}, at("2026-11-21T09:00:05"), []
    stand: datetime | None = at("2020-01-01T00:00")
    while stand is not None and stand <= now:
        found = recurrence.plan(said, stand, now)
        assert len(found.make) <= recurrence.AT_ONCE
        made += found.make
        stand = found.next_at
    assert made == [at("2026-11-21T09:00") - timedelta(minutes=back) for back in range(999, -1, -1)]


FIELDS = st.sampled_from(["0 6 * * *", "30 2 * * *", "*/7 * * * *", "0 * * * *", "15,45 1-3 * * *", "5 2 * * 0"])


@given(FIELDS, st.sampled_from(["2026-03-28T20:00", "2026-10-24T20:00"]), st.integers(0, 2400))
def test_planning_agrees_with_walking_through_every_tick(cron: str, since: str, minutes: int) -> None:
    said = {"cron": cron, "zone": ZURICH, "catch_up": "all"}
    first = recurrence.first_after(said, at(since))
    assert first is not None
    now, walked, tick = first + timedelta(minutes=minutes), [], first
    while tick <= now:
        walked.append(tick)
        tick = recurrence.first_after(said, tick)  # type: ignore[assignment]
    found, stand = [], first
    while stand <= now:
        planned = recurrence.plan(said, stand, now)
        found += planned.make
        stand = planned.next_at  # type: ignore[assignment]
    assert (found, stand) == (walked, tick)


def test_every_twenty_minutes_of_a_changed_hour_is_three_ticks() -> None:
    assert ticks("*/20 2 * * *", "2026-03-28T12:00", 4) == ["03-29 01:00", "03-29 01:20", "03-29 01:40", "03-30 00:00"]
    assert ticks("*/20 2 * * *", "2026-10-24T12:00", 4) == ["10-25 00:00", "10-25 00:20", "10-25 00:40", "10-26 01:00"]


@pytest.mark.parametrize("zone", ["localtime", "Factory", "posixrules"])
def test_zone_that_is_no_place_is_refused(zone: str) -> None:
    body = Body({"cron": "0 6 * * *", "zone": zone})
    recurrence.read_recurrence(body)
    assert [problem.pointer for problem in body.problems] == ["/zone"]
