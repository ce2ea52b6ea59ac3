"""Ticks of schedules: each makes exactly one task, however many nodes look, and whatever is started again.

Moving the clock on, the tasks and the events are one transaction; the clock moves only from where it was read. A
task of a tick has an `external_id` of its own besides, so that not even a clock set back could make it twice.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError
from django.db.models.functions import Now

from apps.actors.references import actor_of_application
from apps.core.errors import TaskHubError
from apps.events import log, verbs
from apps.events.units import unit
from apps.tasks.rendering import when
from apps.tasks.services import create_task

from . import cadence
from .models import Function, Schedule

logger = logging.getLogger(__name__)

BATCH = 100


def tick_due(limit: int = BATCH) -> int:
    """Make the tasks of all ticks that have come, by the database clock; answers how many schedules had some.

    Schedules of applications that are switched off stand still.
    """
    due = Schedule.objects.filter(next_at__lte=Now(), function__application__active=True).order_by("next_at")
    return sum(_attempt(row.pk, row.next_at) for row in due[:limit] if row.next_at)


def _attempt(pk: UUID, seen: datetime) -> int:
    """One that cannot be decided about does not keep the others from it."""
    try:
        return int(tick(pk, seen))
    except Exception:
        logger.exception("A schedule could not tick; it stays due")
        return 0


@unit()
def tick(pk: UUID, seen: datetime) -> bool:
    """Whether the schedule still stood at `seen`, and its due ticks are made by this call."""
    rows = Schedule.objects.filter(pk=pk, next_at=seen)
    held = rows.annotate(now=Now()).select_related("function__application")
    schedule = held.select_for_update(skip_locked=True, of=("self",)).first()
    said = schedule.function.schedule if schedule else None
    if schedule is None or said is None:
        return False
    function, plan = schedule.function, cadence.plan(said, seen, schedule.now)
    if not rows.update(next_at=plan.next_at):
        return False
    skipped = {"skipped_from": when(plan.skipped_from)} if plan.skipped_from else {}
    for moment in plan.make:
        _tell(function, at=when(moment), **_make(function, said["task"], moment), **skipped)
        skipped = {}
    if skipped:
        _tell(function, at=when(seen), task=None, error=None, **skipped)
    return True


def _make(function: Function, task: Mapping[str, Any], moment: datetime) -> dict[str, Any]:
    """The task of one tick, or why there is none: that undoes nothing else."""
    tick_id = f"tick:{function.pk}:{when(moment)}"
    body = {**task, "function": function.name, "external_id": tick_id, "start_at": moment}
    try:
        with unit():
            made, _new = create_task(actor_of_application(function.application), body)
    except OperationalError:  # the database is away: the tick stays due
        raise
    except TaskHubError as refused:
        return {"task": None, "error": refused.as_json()}
    except Exception as error:
        logger.exception("The task of a tick could not be made")
        return {"task": None, "error": {"code": "error", "detail": type(error).__name__}}
    return {"task": str(made.pk), "error": None}


def _tell(function: Function, **data: Any) -> None:
    log.record(
        type=verbs.FUNCTION_TICK,
        actor=actor_of_application(function.application),
        application_id=function.application_id,
        data={"function": function.name, **data},
    )
