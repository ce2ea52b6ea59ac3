"""The queue through the services of tasks: SQLite's way, and what PostgreSQL falls back to.

The rules are those of the statements in `sql.py`. What a call changes is one transaction, whose tasks are read, moved
and heard together; SQLite lets one writer in at a time, PostgreSQL locks rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.automation.models import Claim, Function
from apps.containers.models import Role
from apps.core.body import raise_problems
from apps.core.errors import Problem, SchemaViolation
from apps.core.json_types import JsonObject
from apps.core.sql.prepared import Prepared
from apps.events.unit_of_work import unit_of_work
from apps.tasks import leases
from apps.tasks.access import TaskPermissions
from apps.tasks.lifecycle import Status
from apps.tasks.models import Task
from apps.tasks.services import values, writing

from . import sql
from .claim_response import attach
from .requests import MOST_TASKS, REPEATABLE, ClaimRequest, ExtendedLease, Item, in_queue_order

# --- Claim ------------------------------------------------------------------------------------------------


def claim(actor: Actor, request: ClaimRequest) -> list[Task]:
    """See `postgresql.claim`. Without a claimable task no transaction begins: on SQLite writers would wait for it."""
    if not is_ready(actor, request):
        _refuse_mode(_functions(actor, request.functions), request)
        return []
    return _claim(actor, request)


def is_ready(actor: Actor, request: ClaimRequest) -> bool:
    """Whether a claim may find something: a look that writes nothing."""
    return any(_READY.first(actor.id, name) for name in request.functions)


@unit_of_work()
def _claim(actor: Actor, request: ClaimRequest) -> list[Task]:
    functions = _functions(actor, request.functions)
    if not all(function.mode == request.mode for function in functions):
        _refuse_mode(functions, request)
        return []
    tasks = _chosen(actor, request, functions)
    if not tasks or not _opened(actor, request, functions[0].now):
        return []
    _lease_all(tasks, functions, actor, request)
    return tasks


def lease(actor: Actor, request: ClaimRequest, ids: Sequence[UUID]) -> list[Task]:
    """Lease tasks that this transaction has chosen for the claim and locked."""
    if not ids:
        return []
    tasks = _CHOSEN.rows(actor.id, *ids)
    _lease_all(tasks, _functions(actor, {str(task.function) for task in tasks}), actor, request)
    return tasks


def _refuse_mode(functions: Iterable[Function], request: ClaimRequest) -> None:
    """Raises Invalid if a worker wants tasks of functions that TaskHub calls by itself."""
    pushed = {function.name for function in functions if function.mode == Function.Mode.PUSH}
    detail = _("TaskHub calls this function at its URL: workers cannot claim its tasks.")
    if request.mode == Function.Mode.PULL:
        names = enumerate(request.functions)
        raise_problems([Problem(f"/functions/{i}", "pushed", detail) for i, name in names if name in pushed])


def _functions(actor: Actor, names: Iterable[str]) -> list[Any]:
    """The functions with the time of the database; in a transaction held, if this database can hold rows."""
    holds = connection.in_atomic_block and connection.features.has_select_for_no_key_update
    return _FUNCTIONS.rows(actor.id, *names, key=holds)


def _chosen(actor: Actor, request: ClaimRequest, functions: Sequence[Any]) -> list[Task]:
    limited = [function.name for function in functions if function.max_concurrency]
    held = leases.held(actor.id, limited) if limited else {}
    tasks: list[Task] = []
    for function in functions:
        limit = function.max_concurrency
        room = request.most if limit is None else min(request.most, limit - held.get(function.name, 0))
        tasks += _CLAIMABLE.rows(actor.id, function.name, key=room) if room > 0 else []
    return in_queue_order(tasks)[: request.most]


def _opened(actor: Actor, request: ClaimRequest, now: datetime) -> bool:
    """Whether this is the first call with its `claim_id` within the time in which it may be repeated."""
    if not request.repeatable:
        return True
    field: Any = Claim._meta.get_field
    noted = {"application": actor.id, "claim_id": request.claim, "digest": request.digest, "created_at": now}
    sent = [field(name).get_db_prep_save(value, connection) for name, value in noted.items()]
    too_old = field("created_at").get_db_prep_save(now - REPEATABLE, connection)
    with connection.cursor() as cursor:
        cursor.execute(sql.NOTE_ONE_CLAIM, [*sent, too_old])
        return bool(cursor.rowcount)


def _lease_all(tasks: Sequence[Task], functions: Iterable[Any], actor: Actor, request: ClaimRequest) -> None:
    by_name = {function.name: function for function in functions}
    attach(tasks)
    columns = [_lease(task, by_name[str(task.function)], actor, request) for task in tasks]
    writing.move_all(tasks, "start", actor=actor, columns=columns)


def _lease(task: Task, function: Any, actor: Actor, request: ClaimRequest) -> JsonObject:
    """The columns of the task under its new lease."""
    seconds = request.lease_seconds or function.lease_seconds
    deadline = function.now + timedelta(seconds=function.time_limit) if function.time_limit else None
    token = leases.token_for(
        application=actor.id,
        claim=request.claim,
        task=task.pk,
        delivery=task.delivery + 1,
    )
    return {
        "delivery": task.delivery + 1,
        "lease_token": leases.token_hash(token),
        "lease_claim": request.claim if request.repeatable else None,
        "lease_worker": request.worker,
        "lease_deadline": deadline,
        "lease_expires_at": earliest(function.now + timedelta(seconds=seconds), deadline),
    }


# --- Lookups that are compiled once a process -----------------------------------------------------------


def _functions_of(held: bool, application: UUID, *names: str) -> QuerySet[Function]:
    mine = Function.objects.filter(application=application, application__active=True, name__in=names)
    rows = mine.order_by("name").annotate(now=Now())
    return rows.select_for_update(no_key=True, of=("self",)) if held else rows


def _first_claimable(most: int, application: UUID, function: str) -> QuerySet[Task]:
    return leases.claimable(application, function).select_for_update(skip_locked=True, of=("self",))[:most]


_FUNCTIONS = Prepared(_functions_of)
_CLAIMABLE = Prepared(_first_claimable)
_READY = Prepared(lambda application, function: leases.claimable(application, function).only("pk")[:1])
_CHOSEN = Prepared(lambda application, *tasks: leases.chosen(application, tasks))

# --- Complete and heartbeat -------------------------------------------------------------------------------


def complete(actor: Actor, items: Sequence[Item], digests: Mapping[int, bytes]) -> set[UUID]:
    """See `postgresql.complete`: the transactions are short, so that other writers come in between."""
    ended: set[UUID] = set()
    for first in range(0, len(items), MOST_TASKS):
        ended |= _complete(actor, items[first : first + MOST_TASKS], digests)
    return ended


@unit_of_work()
def _complete(actor: Actor, items: Sequence[Item], digests: Mapping[int, bytes]) -> set[UUID]:
    by_task = {item.task: item for item in items if item.task}
    tasks = _CHOSEN.rows(actor.id, *by_task)
    attach(tasks)
    tasks = [task for task in tasks if _may_complete(actor, task, by_task[task.pk])]
    columns: list[JsonObject] = [
        {
            "result": item.values["result"],
            "error": None,
            "outcome_token": item.token_hash,
            "outcome_digest": digests[item.index],
        }
        for item in (by_task[task.pk] for task in tasks)
    ]
    writing.move_all(tasks, "complete", actor=actor, columns=columns)
    return {task.pk for task in tasks}


def _may_complete(actor: Actor, task: Task, item: Item) -> bool:
    """Whether the lease is current and the task has all that its type asks for."""
    if task.status != Status.IN_PROGRESS or bytes(task.lease_token or b"") != item.token_hash:
        return False
    try:
        values.require_whole(TaskPermissions(actor, task, known_role=Role.MANAGER, known_handover=None), task.fields)
    except SchemaViolation:
        return False
    return True


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
