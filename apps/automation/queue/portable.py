"""The queue row by row, through the services of tasks: SQLite's way, and what PostgreSQL falls back to.

The rules are those of the statements in `sql.py`; SQLite lets one writer in at a time, PostgreSQL locks rows.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.automation.models import Claim, Function
from apps.core.body import raise_problems
from apps.core.errors import Problem
from apps.events.unit_of_work import unit_of_work
from apps.tasks import leases
from apps.tasks.models import Task
from apps.tasks.services import writing

from .requests import REPEATABLE, ClaimRequest, ExtendedLease, Item, in_queue_order


def claim(actor: Actor, request: ClaimRequest) -> list[Task]:
    """See `postgresql.claim`. Without a claimable task no transaction begins: on SQLite writers would wait for it."""
    if not is_ready(actor, request):
        _refuse_mode(_functions(actor, request.functions), request)
        return []
    return _claim(actor, request)


def is_ready(actor: Actor, request: ClaimRequest) -> bool:
    """Whether a claim may find something: a look that writes nothing."""
    ready = Exists(leases.claimable(actor.id, OuterRef("name")))
    return _functions(actor, request.functions).filter(ready).exists()


@unit_of_work()
def _claim(actor: Actor, request: ClaimRequest) -> list[Task]:
    functions = list(_held(_functions(actor, request.functions)))
    if not all(function.mode == request.mode for function in functions):
        _refuse_mode(functions, request)
        return []
    tasks = _chosen(actor, request, functions)
    if not tasks or not _opened(actor, request):
        return []
    _lease_each(tasks, functions, actor, request)
    return tasks


def lease(actor: Actor, request: ClaimRequest, ids: Sequence[UUID]) -> list[Task]:
    """Lease tasks that this transaction has chosen for the claim and locked, but of functions paused meanwhile."""
    if not ids:
        return []
    chosen = list(leases.chosen(actor.id, ids))
    functions = list(_functions(actor, {str(task.function) for task in chosen}))
    names = {function.name for function in functions}
    tasks = [task for task in chosen if task.function in names]
    _lease_each(tasks, functions, actor, request)
    return tasks


def _lease_each(tasks: Iterable[Task], functions: Iterable[Function], actor: Actor, request: ClaimRequest) -> None:
    by_name = {function.name: function for function in functions}
    for task in tasks:
        _lease(task, by_name[str(task.function)], actor, request)


def _refuse_mode(functions: Iterable[Function], request: ClaimRequest) -> None:
    """Raises Invalid if a worker wants tasks of functions that TaskHub calls by itself."""
    pushed = {function.name for function in functions if function.mode == Function.Mode.PUSH}
    detail = _("TaskHub calls this function at its URL: workers cannot claim its tasks.")
    if request.mode == Function.Mode.PULL:
        names = enumerate(request.functions)
        raise_problems([Problem(f"/functions/{i}", "pushed", detail) for i, name in names if name in pushed])


def _functions(actor: Actor, names: Iterable[str]) -> QuerySet[Any]:
    """The functions that are not paused, with the time of the database."""
    mine = Function.objects.filter(application=actor.id, application__active=True, paused_at=None, name__in=names)
    return mine.order_by("name").annotate(now=Now())


def _held(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The same, held if this database can hold rows."""
    holds = connection.features.has_select_for_no_key_update
    return rows.select_for_update(no_key=True, of=("self",)) if holds else rows


def _chosen(actor: Actor, request: ClaimRequest, functions: list[Function]) -> list[Task]:
    limited = [function.name for function in functions if function.max_concurrency]
    held = leases.held(actor.id, limited) if limited else {}
    tasks: list[Task] = []
    for function in functions:
        limit = function.max_concurrency
        room = request.most if limit is None else min(request.most, limit - held.get(function.name, 0))
        rows = leases.claimable(actor.id, function.name).select_for_update(skip_locked=True, of=("self",))
        tasks += rows[: max(room, 0)]
    return in_queue_order(tasks)[: request.most]


def _opened(actor: Actor, request: ClaimRequest) -> bool:
    """Whether this is the first call with its `claim_id` within the time in which it may be repeated."""
    if not request.repeatable:
        return True
    known = Claim.objects.filter(application=actor.id, claim_id=request.claim)
    known.filter(created_at__lt=Now() - REPEATABLE).delete()
    try:
        with transaction.atomic():
            Claim.objects.create(
                application_id=actor.id, claim_id=request.claim, digest=request.digest, created_at=Now()
            )
    except IntegrityError:
        return False
    return True


def _lease(task: Task, function: Any, actor: Actor, request: ClaimRequest) -> None:
    seconds = request.lease_seconds or function.lease_seconds
    deadline = function.now + timedelta(seconds=function.time_limit) if function.time_limit else None
    token = leases.token_for(
        application=actor.id,
        claim=request.claim,
        task=task.pk,
        delivery=task.delivery + 1,
    )
    writing.move(
        task,
        "start",
        actor=actor,
        delivery=task.delivery + 1,
        lease_token=leases.token_hash(token),
        lease_claim=request.claim if request.repeatable else None,
        lease_worker=request.worker,
        lease_deadline=deadline,
        lease_expires_at=earliest(function.now + timedelta(seconds=seconds), deadline),
    )


def earliest(timestamp: datetime, limit: datetime | None) -> datetime:
    """The timestamp, or the limit if that comes before."""
    return timestamp if limit is None else min(timestamp, limit)


@transaction.atomic
def heartbeat(actor: Actor, item: Item) -> ExtendedLease | None:
    """See `postgresql.heartbeat`, for one lease; None if it is not current."""
    if item.task is None:
        return None
    mine = leases.current(actor.id, item.task, item.token_hash)
    task = mine.annotate(now=Now()).select_for_update().first()
    if task is None:
        return None
    now: datetime = task.now
    end = earliest(now + timedelta(seconds=item.values["seconds"]), task.lease_deadline)
    changes = {name: item.values[name] for name in ("progress", "checkpoint") if item.values[name] is not None}
    mine.update(lease_expires_at=end, **changes)
    late = task.lease_deadline is not None and task.lease_deadline <= now
    return ExtendedLease(end, task.cancel_requested, late, task.lease_worker, str(task.function))
