"""Positions: every committed event gets one, and who reads by them misses nothing and gets nothing twice."""

import contextlib
import random
import threading
import time
from uuid import UUID

import pytest
from django.db import connection, transaction

from apps.actors.actor import SYSTEM
from apps.core.ids import uuid7
from apps.events import event_types, jobs, log, positions
from apps.events.models import Event, Sequencer
from apps.events.unit_of_work import unit_of_work
from tests.concurrency.processes import Program, until
from tests.racing import at_once

WRITERS, EACH = 4, 40


def make(**columns: object) -> Event:
    with transaction.atomic():
        return log.record(type=event_types.ACCOUNT_CHANGED, actor=SYSTEM, **columns)


def in_order() -> list[UUID]:
    return list(Event.objects.exclude(position=None).order_by("position").values_list("pk", flat=True))


@pytest.mark.django_db
def test_positions_go_on_from_call_to_call_without_gaps() -> None:
    made = [make().pk for _ in range(5)]
    assert [positions.assign(limit=2), positions.assign(limit=2), positions.assign(limit=2)] == [2, 2, 1]
    assert positions.assign() == 0
    assert in_order() == made
    assert list(Event.objects.order_by("position").values_list("position", flat=True)) == [1, 2, 3, 4, 5]


@pytest.mark.django_db
def test_counter_that_is_gone_goes_on_after_the_highest_position() -> None:
    first = make().pk
    positions.assign()
    Sequencer.objects.all().delete()
    second = make().pk
    positions.assign()
    assert in_order() == [first, second]


@pytest.mark.django_db
def test_position_of_a_deleted_event_is_not_given_again() -> None:
    make()
    positions.assign()
    Event.objects.all().delete()
    make()
    positions.assign()
    assert Event.objects.get().position == 2


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 7, 8, 100])
def test_events_of_a_task_stand_in_their_sequence_whatever_their_ids(limit: int) -> None:
    """Their nodes' clocks differ: the ids of both tasks fall while their sequences rise. Batches cut anywhere."""
    ids, tasks = [uuid7() for _ in range(8)], [uuid7(), uuid7()]
    for number, id in enumerate(reversed(ids)):
        Event.objects.create(id=id, type="task.noted", actor="system", task_id=tasks[number % 2], sequence=number)
    while positions.assign(limit):
        pass
    for task in tasks:
        sequences = Event.objects.filter(task_id=task).order_by("position").values_list("sequence", flat=True)
        assert list(sequences) == sorted(sequences)
    assert len(in_order()) == 8


@pytest.mark.django_db
def test_events_without_a_task_stand_in_the_order_of_their_ids() -> None:
    ids = [uuid7() for _ in range(5)]
    for id in random.sample(ids, 5):
        Event.objects.create(id=id, type="account.changed", actor="system")
    positions.assign()
    assert in_order() == ids


@pytest.mark.django_db
def test_job_numbers_before_it_hands_out(settings: pytest.FixtureRequest) -> None:
    make()
    jobs.dispatch()
    event = Event.objects.get()
    assert event.position
    assert event.dispatched_at


# --- Writers, sequencers and a reader at once -------------------------------------------------------


class Reader:
    """Follows the log twice: by position, and by id, which must not work."""

    def __init__(self) -> None:
        self.by_position: list[UUID] = []
        self.by_id: list[UUID] = []
        self.last, self.last_id = 0, UUID(int=0)

    def read(self) -> None:
        for id, position in (
            Event.objects.filter(position__gt=self.last).order_by("position").values_list("pk", "position")[:20]
        ):
            self.by_position.append(id)
            self.last = position
        for id in Event.objects.filter(pk__gt=self.last_id).order_by("pk").values_list("pk", flat=True):
            self.by_id.append(id)
            self.last_id = id


def write(committed: list[UUID]) -> None:
    """Transactions that take their id at once and commit some time later; one in ten is rolled back.

    On SQLite nobody else writes meanwhile, so there the id is taken before the transaction.
    """
    task = uuid7()
    for number in range(EACH):
        event = log.draft(type=event_types.ACCOUNT_CHANGED, actor=SYSTEM, task_id=task, sequence=number)
        pause = random.uniform(0, 0.02)
        if connection.vendor == "sqlite":
            time.sleep(pause)
        with contextlib.suppress(ZeroDivisionError), unit_of_work():
            log.record_all([event])
            if connection.vendor != "sqlite":
                time.sleep(pause)
            1 / (number % 10)
        if number % 10:
            committed.append(event.pk)


@pytest.mark.django_db(transaction=True)
def test_reader_by_position_sees_every_committed_event_once_and_a_reader_by_id_does_not() -> None:
    """Four writers commit out of order, two sequencers number, one reader follows."""
    committed: list[UUID] = []
    reader, written = Reader(), threading.Event()

    def run(number: int) -> None:
        if number < WRITERS:
            write(committed)
        elif number < WRITERS + 2:
            while not written.is_set():
                positions.assign(limit=7)
        else:
            try:
                until(lambda: reader.read() or len(committed) == WRITERS * EACH * 9 // 10, 60)
            finally:
                written.set()

    assert at_once(run, WRITERS + 3) == [None] * (WRITERS + 3)
    positions.assign_all()
    while reader.last < Sequencer.objects.get().last:
        reader.read()
    reader.read()
    assert reader.by_position == in_order()
    assert sorted(reader.by_position) == sorted(committed)
    assert len(reader.by_id) < len(committed)
    rows = Event.objects.order_by("position").values_list("task_id", "sequence")
    assert sorted(rows, key=lambda row: row[0]) == sorted(rows)


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_sequencer_that_is_killed_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed with a batch numbered and not committed, again and again; what it left is numbered by the next."""
    monkeypatch.setenv("TASKHUB_PROCESS", "worker")
    made = {make().pk for _ in range(200)}
    for _ in range(3):
        with Program("number", 20) as sequencer:
            assert sequencer.hear()["numbered"] == 20
            sequencer.kill()
    assert not Event.objects.exclude(position=None).exists()
    with Program("number", 20) as hanging:
        hanging.hear()
        hanging.begin()
        assert hanging.hear() == {"committed": True}
    positions.assign_all()
    assert set(in_order()) == made
    assert list(Event.objects.order_by("position").values_list("position", flat=True)) == list(range(1, 201))
