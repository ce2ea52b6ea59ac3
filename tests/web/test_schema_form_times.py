"""Local times that do not exist or exist twice are asked about, never shifted."""

from zoneinfo import ZoneInfo

import pytest

from apps.core.timestamps import format_timestamp
from apps.web.schema_form import parse_form, present_form
from apps.web.schema_form.times import AmbiguousTime, InvalidTime, read_datetime

from .posting import ZURICH, form_of, post_of, posted

WHEN = {"when": {"type": "string", "format": "date-time", "title": "When"}}
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # half an hour

CLEAR = [
    ("2026-03-29T01:59", ZURICH, "2026-03-29T00:59:00Z"),
    ("2026-03-29T03:00", ZURICH, "2026-03-29T01:00:00Z"),
    ("2026-10-25T01:59", ZURICH, "2026-10-24T23:59:00Z"),
    ("2026-10-25T03:00", ZURICH, "2026-10-25T02:00:00Z"),
    ("2026-10-25T02:30+01:00", ZURICH, "2026-10-25T01:30:00Z"),
    ("2026-10-04T02:30", LORD_HOWE, "2026-10-03T15:30:00Z"),
]


@pytest.mark.parametrize(("text", "zone", "moment"), CLEAR)
def test_a_clear_time_is_taken(text: str, zone: ZoneInfo, moment: str) -> None:
    assert format_timestamp(read_datetime(text, zone)) == moment


@pytest.mark.parametrize(("text", "zone"), [("2026-03-29T02:30", ZURICH), ("2026-10-04T02:15", LORD_HOWE)])
def test_a_skipped_time_is_refused(text: str, zone: ZoneInfo) -> None:
    with pytest.raises(InvalidTime, match="does not exist"):
        read_datetime(text, zone)


@pytest.mark.parametrize(("text", "zone"), [("2026-10-25T02:30", ZURICH), ("2026-04-05T01:45", LORD_HOWE)])
def test_a_repeated_time_is_asked_about(text: str, zone: ZoneInfo) -> None:
    with pytest.raises(AmbiguousTime) as twice:
        read_datetime(text, zone)
    moments = [read_datetime(text, zone, offset) for offset in twice.value.offsets]
    assert moments[0] < moments[1]


def test_the_form_asks_which_of_two_and_takes_the_answer() -> None:
    form = form_of(WHEN)
    answer = parse_form(form, posted(when="2026-10-25T02:30"))
    assert [(problem.pointer, problem.code) for problem in answer.problems] == [("/fields/when", "ambiguous_time")]
    (shown,) = present_form(form, answer).fields
    assert [option.code for option in shown.offsets] == ["+02:00", "+01:00"]
    assert not any(option.chosen for option in shown.offsets)
    second = parse_form(form, posted(when="2026-10-25T02:30", when__offset="+01:00"))
    assert (second.problems, second.values) == ((), {"when": "2026-10-25T01:30:00Z"})


@pytest.mark.parametrize("moment", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"])
def test_a_kept_time_that_comes_twice_stays_the_one_it_is(moment: str) -> None:
    form = form_of(WHEN, current={"when": moment})
    post = post_of(form)
    assert parse_form(form, post).values == {"when": moment}
    assert parse_form(form_of(WHEN), post).values == {"when": moment}
    other = "+01:00" if post["fields.when.offset"] == "+02:00" else "+02:00"
    post["fields.when.offset"] = other
    assert parse_form(form, post).values != {"when": moment}


def test_a_time_shows_its_zone() -> None:
    (shown,) = present_form(form_of(WHEN, current={"when": "2026-05-31T12:30:00Z"})).fields
    assert shown.text == "2026-05-31T14:30"
    assert "Europe/Zurich" in shown.note
