"""The proof for one task of a real database. It changes nothing: everything is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from django.db import connection, transaction

from apps.actors.actor import SYSTEM
from apps.tasks import access, queries
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Privacy, Task

from .client import Identity, Responses, send_all
from .comparison import Comparison, compare
from .hidden_objects import names_of, remove_hidden
from .identities import everybody
from .requests import READS, Request, all_requests

MOST_NAMES = 2
"""How many of a task's texts and parts are named in each place; the key is one of them."""
TRIES = 3
"""How often a request with different responses is sent before they count as different: clocks run on meanwhile."""


@dataclass(frozen=True)
class Finding:
    """What one identity sees of the task, and whether it could learn more."""

    identity: str
    sees: bool
    reads: tuple[str, ...]
    reads_work_notes: bool
    statuses: dict[str, int]
    """Route → status, of a GET of each URL that names the task."""
    comparison: Comparison


@contextmanager
def rolled_back() -> Iterator[None]:
    """A transaction that is rolled back. If it is the outermost one, it reads one snapshot of the database."""
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
    """A finding for each identity, from the routes that begin with `below`. Call it inside `rolled_back`.

    Raises NotFound if no task has this id or key.
    """
    task = access.get_task(SYSTEM, name)
    for identity in everybody(task):
        yield _finding(identity, task, below)


def _finding(identity: Identity, task: Task, below: str) -> Finding:
    permissions = TaskPermissions(identity.actor, task) if identity.actor else None
    sees = permissions is not None and permissions.sees()
    reads = tuple(sorted(access.visible_fields(permissions))) if permissions and sees else ()
    comparison, responses = _compared(identity, task, below)
    statuses = {
        request.route: response.status
        for (_, request), response in responses.items()
        if request.method == "GET" and not request.query and str(task.pk) in request.path
    }
    works_on_it = bool(permissions and sees and permissions.works_on_it)
    return Finding(identity.name, sees, reads, works_on_it, statuses, comparison)


def _compared(identity: Identity, task: Task, below: str) -> tuple[Comparison, Responses]:
    """Compare both worlds. Requests with different responses are sent again, because a clock may have caused it."""
    requests = [
        request
        for request in all_requests(names_of(identity, task).narrowed(MOST_NAMES))
        if request.route.startswith(below) and (request.method in READS or request.names_hidden)
    ]
    with_it, without = _send_in_both_worlds(identity, task, requests)
    responses = dict(with_it)
    for _ in range(TRIES - 1):
        differing = [key for key in with_it if with_it[key] != without[key]]
        if not differing:
            break
        again, without_again = _send_in_both_worlds(identity, task, [request for _, request in differing])
        with_it, without = {**with_it, **again}, {**without, **without_again}
    return compare(with_it, without), responses


def _send_in_both_worlds(identity: Identity, task: Task, requests: list[Request]) -> tuple[Responses, Responses]:
    with_it = send_all([identity], requests)
    with transaction.atomic():
        remove_hidden(identity, task)
        without = send_all([identity], requests)
        transaction.set_rollback(True)
    return with_it, without


def latest_tasks(most: int) -> list[Task]:
    """The latest tasks of each privacy, the narrowest first: a sample for when no task is named."""
    tasks: list[Task] = []
    for privacy in reversed(Privacy.values):
        rows = queries.tasks_for(SYSTEM).filter(privacy=privacy).order_by("-id")
        tasks += rows[: -(-most // len(Privacy.values))]
    return tasks[:most]
