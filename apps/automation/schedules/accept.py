"""A function's `schedule`: what is pushed, where it stands, how it is shown. `ticks.py` says what a tick does."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models.functions import Now

from apps.actors.actor import Actor
from apps.automation.models import Function, Schedule
from apps.core.body import Body
from apps.core.errors import Problem, TaskHubError
from apps.core.shapes import Object, Timestamp
from apps.core.timestamps import format_timestamp
from apps.tasks import bodies
from apps.tasks.services.create import try_task

from . import recurrence

TASK = Object(
    {
        name: bodies.CREATE.keys[name]
        for name in (
            "container", "type", "title", "description", "fields", "data", "priority", "tags", "privacy",
            "correlation_id", "reporter", "assignee", "private_to",
        )
    },
    name="ScheduledTaskBody",
    about="The body of its tasks. Without container and type: one in the application's own container.",
    drops_null=True,
)  # fmt: skip
SCHEDULE = Object(
    {
        **recurrence.RECURRENCE,
        "next_at": Timestamp(nullable=True, description="Answered by TaskHub; it may be sent back, and says nothing."),
        "task": TASK,
    },
    name="ScheduleBody",
    about="When a task of the function is made: by `cron`, or `every` so many seconds.",
    drops_null=True,
)


# --- What is pushed --------------------------------------------------------------------------------------


def read_schedule(push: Body, *, name: str, actor: Actor | None) -> dict[str, object] | None:
    """The schedule in full form; problems are noted in the body. A task that could not be made now is one."""
    body = push.inner("schedule")
    if body is None:
        return None
    times = recurrence.read_recurrence(body)
    task = _task_of(body, name)
    if actor is not None and not any(problem.pointer.startswith(body.at) for problem in push.problems):
        push.problems += _try(actor, task, at=body.pointer("task"))
    return {**times, "task": task}


def _task_of(body: Body, function: str) -> dict[str, object]:
    """The body of the tasks. Without a type it is a plain call of the function, called by its name."""
    task = {key: value for key, value in body.get("task", {}).items() if value is not None}
    if "type" not in task and "container" not in task:
        task.setdefault("title", function)
    return task


def _try(actor: Actor, task: Mapping[str, Any], *, at: str) -> list[Problem]:
    """What would keep the task from being made now."""
    try:
        try_task(actor, task)
    except TaskHubError as error:
        return [problem.under(at) for problem in error.errors] or [Problem(at, error.code, error.detail)]
    return []


# --- Where it stands -------------------------------------------------------------------------------------


def arrange(function: Function, before: Mapping[str, object] | None) -> None:
    """Start, move or end its clock after a push; the same times as before go on as they stand."""
    schedule = function.schedule
    if schedule is None:
        Schedule.objects.filter(function=function).delete()
    elif before is None or not recurrence.is_same(before, schedule):
        next_at = recurrence.first_after(schedule, _now(function))
        function.clock = Schedule.objects.update_or_create(
            function=function, defaults={"next_at": next_at, "failing_since": None}
        )[0]


def _now(function: Function) -> datetime:
    """The clock of the database: that of every node."""
    now: datetime = Function.objects.filter(pk=function.pk).values_list(Now(), flat=True).get()
    return now


def render(function: Function) -> dict[str, object] | None:
    """The schedule as the API answers it, with the time of its next tick."""
    if function.schedule is None:
        return None
    clock: Schedule | None = getattr(function, "clock", None)
    return {**function.schedule, "next_at": format_timestamp(clock.next_at) if clock else None}
