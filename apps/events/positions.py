"""Gives every committed event its position: the order in which the events of the whole hub are read.

Ids cannot order events: a node takes an id when it records the event, and may commit long after a later id is
visible. So positions are given afterwards, to rows that are committed, by one sequencer at a time:

* Any process may be the sequencer. It locks the one row of `Sequencer` first and reads the events after that, so it
  sees all that earlier sequencers numbered; it holds the lock until its commit. On SQLite the writer's lock does the
  same. A transaction isolation above READ COMMITTED would make it fail, never number twice.
* Hence the promise to readers: **once a reader has seen position n, no event appears at a position below n.** Who
  follows `position > last` misses nothing and gets nothing twice.
* An event is due while `position IS NULL`. A sequencer that dies leaves its events due, and the counter as it was:
  nothing is lost, and no number either. Numbers are given without gaps; but events may be deleted some day, so no
  reader may count on that.
* Order: what commits after a sequencer has read gets a higher position than all that it read. Among the events that
  it reads together, ids decide, because nobody has seen an order of them yet; but the events of one task always
  stand in the order of their `sequence`, whatever the clocks of the nodes that recorded them say.
"""

import time

from django.db import connection, transaction
from django.db.models import Max

from .models import Event, Sequencer

BATCH = 1000
"""How many events one transaction numbers."""
PATIENCE = 5.0
"""Seconds after which a job leaves the rest of a long backlog to the next tick."""

# `oldest` are the due events of lowest id, `earlier` those of the same tasks that must not come after them.
# `reached` moves an event behind the last place that an event of its task with a lower sequence has.
NUMBER = """
UPDATE events_event SET position = %(last)s + numbered.number FROM (
  WITH oldest AS (
    SELECT id, task_id, sequence FROM events_event WHERE position IS NULL ORDER BY id LIMIT %(limit)s
  ), tasks AS (
    SELECT task_id, max(sequence) AS sequence FROM oldest WHERE task_id IS NOT NULL GROUP BY task_id
  ), due AS (
    SELECT id, task_id, sequence FROM oldest
    UNION
    SELECT earlier.id, earlier.task_id, earlier.sequence FROM tasks JOIN events_event earlier
      ON earlier.task_id = tasks.task_id AND earlier.sequence < tasks.sequence AND earlier.position IS NULL
  ), placed AS (
    SELECT id, COALESCE(task_id, id) AS subject, sequence, row_number() OVER (ORDER BY id) AS place FROM due
  ), behind AS (
    SELECT id, sequence, place, max(place) OVER (PARTITION BY subject ORDER BY sequence, place) AS reached FROM placed
  )
  SELECT id, row_number() OVER (ORDER BY reached, sequence, place) AS number FROM behind
) AS numbered WHERE events_event.id = numbered.id
"""


def assign_all() -> None:
    """Number what is due, for a few seconds at most: a longer backlog goes on with the next tick."""
    ends_at = time.monotonic() + PATIENCE
    while assign() >= BATCH and time.monotonic() < ends_at:
        pass


def assign(limit: int = BATCH) -> int:
    """Give positions to about `limit` committed events that have none; returns to how many.

    Waits for another sequencer. Raises OperationalError if that one holds the lock for too long.
    """
    if not Event.objects.filter(position=None).exists():
        return 0
    with transaction.atomic():
        sequencer = _locked()
        with connection.cursor() as cursor:
            cursor.execute(NUMBER, {"limit": limit, "last": sequencer.last})
            count = int(cursor.rowcount)
        Sequencer.objects.filter(pk=sequencer.pk).update(last=sequencer.last + count)
    return count


def _locked() -> Sequencer:
    """The only row, locked until the transaction ends; made where it is missing."""
    rows = Sequencer.objects.select_for_update().filter(pk=Sequencer.ONLY)
    row = rows.first()
    if row is None:
        last = Event.objects.aggregate(last=Max("position"))["last"] or 0
        Sequencer.objects.bulk_create([Sequencer(pk=Sequencer.ONLY, last=last)], ignore_conflicts=True)
        row = rows.get()
    return row
