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
PAGES = {
    "board, few", "list, reader", "list, few", "search common, few", "list by changed", "list by -changed",
    "API list, reader", "API list, few", "API list of one, reader", "API by created_at, application",
    "API by -created_at, application", "API by updated_at, application", "API by -updated_at, application",
}  # fmt: skip
"""What is bounded by an index; what else the program prints is bounded by numbers and time (`benchmarks/README.md`)."""


@pytest.fixture
def caller() -> Caller:
    world = fill(TASKS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SET LOCAL enable_seqscan = off")  # small tables are read whole: is there an index at all?
    return Caller(world)


def test_reads_cost_what_they_show(caller: Caller) -> None:
    faults, left = {}, set(PAGES)
    for what, who, address in pages():
        if what in PAGES:
            seen = examine(caller, who, address)
            assert seen, what
            faults.update({f"{what}: {one.fault}": one.sql for one in seen.faults})
            left.remove(what)
    assert left == set()
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
