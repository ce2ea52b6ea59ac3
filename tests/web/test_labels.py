"""What people read: who has a task, how long, when."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.web import labels
from apps.web.labels import State

NAMES = {"user:ana": "Ana Petrov", "team:dba": "DBA", "team:night": "Night team"}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State("handed_over", waiting_for="user:mira"), "Waiting for you"),
        (State("handed_over", waiting_for="user:ana"), "Waiting for Ana Petrov"),
        (State("handed_over", waiting_for="team:dba"), "Waiting for the DBA team"),
        (State("handed_over", waiting_for="team:night"), "Waiting for the Night team"),
        (State("handed_over"), "Waiting for a person"),
        (State("in_progress", worked_by="application:migrator"), "The migrator is working on it"),
        (State("in_progress", worked_by="user:ana"), "Ana Petrov is working on it"),
        (State("in_progress", worked_by="user:mira"), "You are working on it"),
        (State("in_progress"), "In progress"),
        (State("new"), "Waiting to start"),
        (State("complete"), "Done"),
        (State("failed"), "Failed"),
        (State("retried"), "Tried again"),
        (State("canceled"), "Canceled"),
        (State("aborted"), "Stopped"),
    ],
)
def test_status_reads_as_a_person_would_say_it(state: State, said: str) -> None:
    assert labels.status_chip(state, NAMES, me="user:mira").label == said


def test_a_later_start_is_said_with_its_day() -> None:
    later = timezone.now() + timedelta(days=400)
    assert labels.status_chip(State("new", starts_at=later)).label == f"Starts on {labels.day_text(later)}"
    assert str(later.year) in labels.day_text(later)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (41, "41 s"),
        (1200, "20 min"),
        (7200, "2 h"),
        (9600, "2 h 40 min"),
        (3900, "1 h 05 min"),
        (86400, "1 day"),
        (200000, "2 days"),
        (-90, "1 min"),
    ],
)
def test_spans_have_at_most_two_units(seconds: float, said: str) -> None:
    assert labels.duration_text(seconds) == said
    assert labels.duration_text(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("left", "tone", "start"),
    [
        (timedelta(minutes=-12), "bad", "Overdue 12 min"),
        (timedelta(hours=2, minutes=40, seconds=30), "wait", "Due in 2 h 40 min"),
        (timedelta(days=6), "", "Due "),
    ],
)
def test_due_dates(left: timedelta, tone: str, start: str) -> None:
    said = labels.due_chip(timezone.now() + left)
    assert (said.tone, said.label.startswith(start)) == (tone, True)


def test_moments_are_told_from_today() -> None:
    assert labels.timestamp_text(timezone.now()).startswith("Today ")
    assert labels.timestamp_text(timezone.now() - timedelta(days=1)).startswith("Yesterday ")


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("user:mira", "You"),
        ("user:ana", "Ana Petrov"),
        ("application:migrator", "migrator"),
        ("system", "TaskHub"),
        ("", "Nobody"),
    ],
)
def test_names_of_parties(reference: str, name: str) -> None:
    assert labels.party_name(reference, NAMES, me="user:mira") == name


@pytest.mark.parametrize(("name", "letters"), [("Mira Kovač", "MK"), ("ana", "A"), ("billing-bot", "BB"), ("", "?")])
def test_initials(name: str, letters: str) -> None:
    assert labels.initials(name) == letters


def test_lost_worker_is_told_in_the_words_of_people():
    lost = {"name": "zombieTaskCleaned", "message": "The lease ended without an outcome."}
    assert labels.error_texts(lost) == ("The worker did not answer in time", "")
    assert labels.error_texts({"name": "NoRoom", "message": "Disk full."}) == ("NoRoom", "Disk full.")
    assert labels.error_texts(None) == ("", "")
