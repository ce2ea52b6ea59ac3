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
from apps.automation.models import Function, Schedule
from apps.core import due
from apps.core.errors import TaskHubError
from apps.core.timestamps import format_timestamp
from apps.events import event_types, log
from apps.events.unit_of_work import unit_of_work
from apps.tasks.services import create_task

from . import recurrence

logger = logging.getLogger(__name__)

BATCH = 100


def tick_due(limit: int = BATCH) -> int:
    """Make the tasks of all ticks that have come, by the database clock; answers how many schedules had some.

    Schedules of applications that are switched off stand still.
    """
    rows = Schedule.objects.filter(next_at__lte=Now(), function__application__active=True).order_by("next_at")
    return due.work_off(rows.values_list("pk", "next_at")[:limit], tick)


@unit_of_work()
def tick(pk: UUID, seen: datetime) -> bool:
    """Whether the schedule still stood at `seen`, and its due ticks are made by this call."""
    rows = Schedule.objects.filter(pk=pk, next_at=seen)
    schedule: Any = due.lock(rows.annotate(now=Now()).select_related("function__application"))
    document = schedule.function.schedule if schedule else None
    if schedule is None or document is None:
        return False
    function, plan = schedule.function, recurrence.plan(document, seen, schedule.now)
    if not rows.update(next_at=plan.next_at):
        return False
    skipped = {"skipped_from": format_timestamp(plan.skipped_from)} if plan.skipped_from else {}
    for at in plan.make:
        made = _make(function, document["task"], at)
        _record(function, event_types.FUNCTION_TICK, at=format_timestamp(at), **made, **skipped)
        _note_failure(schedule, at, made["error"])
        skipped = {}
    if skipped:
        _record(function, event_types.FUNCTION_TICK, at=format_timestamp(seen), task=None, error=None, **skipped)
    return True


def _note_failure(schedule: Schedule, at: datetime, error: object) -> None:
    """A spell of failing ticks begins with an event, and shows in `queue/stats` until a tick makes its task."""
    if error is None and schedule.failing_since is not None:
        schedule.failing_since = None
    elif error is not None and schedule.failing_since is None:
        schedule.failing_since = at
        _record(schedule.function, event_types.SCHEDULE_FAILED, at=format_timestamp(at), error=error)
    else:
        return
    Schedule.objects.filter(pk=schedule.pk).update(failing_since=schedule.failing_since)


def _make(function: Function, task: Mapping[str, object], at: datetime) -> dict[str, Any]:
    """The task of one tick, or why there is none: that undoes nothing else."""
    tick_id = f"tick:{function.pk}:{format_timestamp(at)}"
    body = {**task, "function": function.name, "external_id": tick_id, "start_at": at}
    try:
        with unit_of_work():
            made, _new = create_task(actor_of_application(function.application), body)
    except OperationalError:  # the database is away: the tick stays due
        raise
    except TaskHubError as refused:
        return {"task": None, "error": refused.as_json()}
    except Exception as error:
        logger.exception("The task of a tick could not be made")
        return {"task": None, "error": {"code": "error", "detail": type(error).__name__}}
    return {"task": str(made.pk), "error": None}


def _record(function: Function, type: str, **data: object) -> None:
    log.record(
        type=type,
        actor=actor_of_application(function.application),
        application_id=function.application_id,
        data={"function": function.name, **data},
    )
