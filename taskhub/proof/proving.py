"""The proof for one task of a real database: nothing of it is changed, all is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from django.db import connection, transaction

from apps.actors.actor import SYSTEM
from apps.tasks import access, queries
from apps.tasks.access import Standing
from apps.tasks.models import Privacy, Task

from .absence import names_of, take_out
from .askers import Party, everybody
from .asking import Answers, ask_all
from .calls import READS, Call, all_calls
from .comparing import Comparison, compare

MOST_NAMES = 2
"""How many of a task's texts and parts are named in every place; the key is one of them."""
TRIES = 3
"""How often two answers are asked anew before they count as different: clocks tick while the proof runs."""


@dataclass(frozen=True)
class Finding:
    """One party before the task: what they see of it, and what else of it they could tell."""

    party: str
    sees: bool
    reads: tuple[str, ...]
    reads_work_notes: bool
    answers: dict[str, int]
    """Status of a read of each URL that names the task."""
    comparison: Comparison


@contextmanager
def nothing_kept() -> Iterator[None]:
    """A transaction that is rolled back; the outermost one sees one moment of the database throughout."""
    connection.ensure_connection()
    raw = None if connection.in_atomic_block else connection.connection
    if isinstance(raw, psycopg.Connection):
        raw.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        if isinstance(raw, psycopg.Connection):
            raw.isolation_level = None


def prove(name: object, *, below: str = "") -> Iterator[Finding]:
    """What everybody sees of the task, by the routes that begin with `below`. Runs inside `nothing_kept`.

    Raises NotFound.
    """
    task = access.get_task(SYSTEM, name)
    for party in everybody(task):
        yield _finding(party, task, below)


def _finding(party: Party, task: Task, below: str) -> Finding:
    standing = Standing(party.actor, task) if party.actor else None
    sees = standing is not None and standing.sees()
    reads = tuple(sorted(access.visible_fields(standing))) if standing and sees else ()
    comparison, answers = _compared(party, task, below)
    shown = {
        call.route: answer.status
        for (_, call), answer in answers.items()
        if call.method == "GET" and not call.query and str(task.pk) in call.path
    }
    return Finding(party.asker.name, sees, reads, bool(standing and sees and standing.works_on_it), shown, comparison)


def _compared(party: Party, task: Task, below: str) -> tuple[Comparison, Answers]:
    """Both worlds; what differs is asked again, for it may have been the clock."""
    known = all_calls(names_of(party, task).narrowed(MOST_NAMES))
    calls = [call for call in known if call.route.startswith(below) and (call.method in READS or call.names_hidden)]
    with_it, without = _both(party, task, calls)
    answers = dict(with_it)
    for _ in range(TRIES - 1):
        differing = [asked for asked in with_it if with_it[asked] != without[asked]]
        if not differing:
            break
        again, without_again = _both(party, task, [call for _, call in differing])
        with_it, without = {**with_it, **again}, {**without, **without_again}
    return compare(with_it, without), answers


def _both(party: Party, task: Task, calls: list[Call]) -> tuple[Answers, Answers]:
    with_it = ask_all([party.asker], calls)
    with transaction.atomic():
        take_out(party, task)
        without = ask_all([party.asker], calls)
        transaction.set_rollback(True)
    return with_it, without


def some_tasks(most: int) -> list[Task]:
    """The latest tasks of each privacy, the narrowest first: what is worth proving when no task is named."""
    found: list[Task] = []
    for privacy in reversed(Privacy.values):
        rows = queries.tasks_for(SYSTEM).filter(privacy=privacy).order_by("-id")
        found += rows[: -(-most // len(Privacy.values))]
    return found[:most]
