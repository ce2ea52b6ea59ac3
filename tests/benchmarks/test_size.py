"""No read costs more than it shows, by the plans of the statements that run: `benchmarks/size.py` without times."""

import pytest
from django.db import connection

from benchmarks.plans import watched
from benchmarks.size import Caller, examine, pages
from benchmarks.world import World, fill

pytestmark = [
    pytest.mark.long,
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="plans of PostgreSQL"),
]
TASKS = 20_000
STILL = (
    "API, stage", "API, function", "API, status", "API, two statuses", "API, tag", "API, rare tag", "API, priority",
    "API, start", "API, due", "API, no assignee", "API, text field", "API, no such value", "API, number field",
    "API, moment field", "API, boolean field", "API, field", "API, words", "API, common word", "API, two words",
    "API, without a word", "API count", "API events", "API open handovers", "API inbox", "board, status", "board, q",
)  # fmt: skip
"""What still reads more than it shows (`benchmarks/README.md` says why), and is bounded by a number or by time."""


@pytest.fixture
def caller() -> Caller:
    world = fill(TASKS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SET LOCAL enable_seqscan = off")  # small tables are read whole: is there an index at all?
    return Caller(world)


def test_reads_cost_what_they_show(caller: Caller) -> None:
    faults = {}
    for what, who, address in pages():
        if not what.startswith(STILL):
            seen = examine(caller, who, address)
            faults.update({f"{what}: {one.fault}": one.sql for one in seen.faults} if seen else {})
    assert faults == {}


def test_whole_table_is_seen() -> None:
    world: World = fill(1000)
    with watched() as seen:
        assert world.task.__class__.objects.filter(description="nowhere").count() == 0
    assert [one.whole_tables for one in seen.faults] == [["tasks_task"]]


def test_filter_that_throws_much_away_is_seen() -> None:
    world: World = fill(1000)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    with watched() as seen:
        assert list(world.task.__class__.objects.filter(description="nowhere").order_by("id")) == []
    (fault,) = seen.faults
    assert fault.read > 900
    assert fault.shown == 0
