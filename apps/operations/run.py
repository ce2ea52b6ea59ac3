"""Working through an operation, batch by batch, until nothing is left to do or to wait for.

Each batch is one transaction that holds the operation's row: the repairs, their items and the counts are stored
together or not at all. So a process that is killed leaves whole batches behind, nothing is repaired twice, and two
nodes never work at one operation.
"""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import orjson
from django.conf import settings
from django.db import OperationalError
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import SYSTEM, Actor
from apps.core import background, due, shutdown
from apps.core.errors import Forbidden
from apps.core.sealing import unseal
from apps.core.sql.rows import insert
from apps.events import event_types, log
from apps.events.unit_of_work import unit_of_work

from .kinds import Result, kind_of, our_mistake, refused
from .models import AT_WORK, Item, Operation, Selection, State
from .settlement import settle

logger = logging.getLogger(__name__)
JOB = "operations.work"
BATCH = 250
"""Tasks of one transaction at most: so few that `stop` waits for less than a second."""
SHARE_FOR_CALLERS = 2
"""How long it pauses in a process that also answers requests: so many times what the batch before took."""
SLICE = 5.0
"""Seconds for which one operation is worked on before the next one has its turn."""
LOOK = 1.0
"""Seconds between two looks at what has not settled; longer where there is much to look at."""
LOOKED_AT_IN_A_SECOND = 20_000
COUNTED = (
    "state", "is_tried", "taken", "done", "settled_ok", "settled_bad", "due_at", "looked_at", "ended_at",
)  # fmt: skip
"""Columns that a batch changes."""


def work_due() -> int:
    """Go on with every operation that is due; in how many of them something was done. Safe on many nodes."""
    return due.work_off(_due().order_by("due_at").values_list("pk"), go_on)


def go_on(pk: UUID) -> bool:
    """Work on batches of one operation for a while; whether there was something to do."""
    end, worked, began = time.monotonic() + SLICE, False, time.monotonic()
    while time.monotonic() < end and not shutdown.stopping.is_set() and _batch(pk):
        worked = True
        if settings.PROCESS == "embedded":
            shutdown.stopping.wait(SHARE_FOR_CALLERS * (time.monotonic() - began))
        began = time.monotonic()
    if _due().filter(pk=pk).exists():
        background.enqueue(JOB)
    return worked


def _due() -> QuerySet[Operation]:
    return Operation.objects.filter(due_at__lte=Now())


def _batch(pk: UUID) -> bool:
    """One batch; task by task if it could not be stored, so that the one at fault is refused and no other."""
    try:
        return _work(pk, BATCH)
    except OperationalError:
        raise
    except Exception:
        logger.exception("A batch of an operation could not be stored: its tasks follow one by one")
    return sum(_one(pk) for _number in range(BATCH)) > 0


def _one(pk: UUID) -> bool:
    try:
        return _work(pk, 1)
    except OperationalError:
        raise
    except Exception:
        logger.exception("An operation failed for a task")
        return _work(pk, 1, refuse=True)


@unit_of_work()
def _work(pk: UUID, most: int, *, refuse: bool = False) -> bool:
    """Settle, work on the next tasks, and say when to look again; whether the operation was due, and is not held."""
    operation = due.lock(_due().filter(pk=pk))
    if operation is None:
        return False
    actor = references.find_actor(operation.author)
    tasks = _next(operation, most)
    if not tasks or _is_time_to_look(operation):
        settle(operation, actor or references.somebody())
    if actor is None or refuse:
        results: Sequence[Result] = _refuse(tasks, is_author_gone=actor is None)
    else:
        results = _repair(operation, actor, tasks)
    _store(operation, results)
    _move_on(operation, worked=len(results))
    return True


def _next(operation: Operation, most: int) -> list[UUID]:
    """The next tasks, as many as the canary and the rate allow."""
    if operation.state not in AT_WORK:
        return []
    end = operation.matched if operation.is_tried else operation.canary_size
    count = min(most, operation.max_per_second or most, end - operation.taken)
    number, at = divmod(operation.taken, Selection.SIZE)
    if count <= 0:
        return []
    ids = bytes(Selection.objects.values_list("ids", flat=True).get(operation=operation, number=number))
    part = ids[at * 16 : (at + count) * 16]
    return [UUID(bytes=part[start : start + 16]) for start in range(0, len(part), 16)]


def _is_time_to_look(operation: Operation) -> bool:
    return timezone.now() >= operation.looked_at + timedelta(seconds=_pause(operation))


def _pause(operation: Operation) -> float:
    """Seconds between two looks at what has settled."""
    return max(LOOK, operation.running / LOOKED_AT_IN_A_SECOND)


def _repair(operation: Operation, actor: Actor, tasks: Sequence[UUID]) -> Sequence[Result]:
    options = orjson.loads(unseal(operation.options)) if tasks else {}
    return kind_of(operation.kind).work(actor, tasks, options)


def _refuse(tasks: Sequence[UUID], *, is_author_gone: bool) -> list[Result]:
    gone = Forbidden(_("Who began the operation is not active any more."))
    return [refused(task, gone if is_author_gone else our_mistake()) for task in tasks]


def _store(operation: Operation, results: Sequence[Result]) -> None:
    now = timezone.now()
    insert(
        [
            Item(
                operation=operation,
                task_id=result.task,
                watched_id=result.watched or result.task,
                outcome=result.outcome,
                code=result.code,
                detail=result.detail,
                at=now,
            )
            for result in results
        ]
    )
    done = [result for result in results if result.outcome != Item.Outcome.REFUSED]
    operation.taken += len(results)
    operation.done += len(done)
    operation.settled_ok += sum(result.outcome == Item.Outcome.SETTLED_OK for result in done)


def _move_on(operation: Operation, *, worked: int) -> None:
    """The state after a batch, and when to look again."""
    if operation.state == State.CANARY and operation.taken == operation.canary_size and not operation.running:
        _end_canary(operation)
    if operation.state == State.RUNNING and operation.taken == operation.matched and not operation.running:
        operation.state, operation.ended_at = State.DONE, timezone.now()
        record(operation, SYSTEM, "settled")
    delay = _delay(operation, worked)
    operation.due_at = None if delay is None else timezone.now() + timedelta(seconds=delay)
    operation.save(update_fields=COUNTED)


def _end_canary(operation: Operation) -> None:
    """Go on if enough of the first tasks settled well; what was refused has not."""
    operation.is_tried = operation.settled_ok >= (operation.canary_min_ok or 0) * operation.canary_size
    operation.state = State.RUNNING if operation.is_tried else State.HELD
    if not operation.is_tried:
        record(operation, SYSTEM, "held")


def _delay(operation: Operation, worked: int) -> float | None:
    """Seconds until there is something to do; None if there will be nothing without somebody's word."""
    end = operation.matched if operation.is_tried else operation.canary_size
    if operation.state in AT_WORK and operation.taken < end:
        return worked / operation.max_per_second if operation.max_per_second else 0
    return _pause(operation) if operation.running else None


def record(operation: Operation, actor: Actor, did: str) -> None:
    """The event of a step in the life of the operation; its end has a type of its own."""
    type_ = event_types.OPERATION_SETTLED if did == "settled" else event_types.OPERATION_CHANGED
    data = {"operation": str(operation.pk), "kind": operation.kind, "did": did, "author": operation.author}
    log.record(type=type_, actor=actor, application_id=operation.application_id, data=data)
