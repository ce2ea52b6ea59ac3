"""A function's `schedule`: what is pushed, where it stands, how it is shown. What a tick does is in `ticking.py`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.body import Body
from apps.core.errors import Problem, TaskHubError
from apps.tasks.models import Privacy
from apps.tasks.rendering import when
from apps.tasks.services.create import try_task

from . import cadence
from .models import Function, Schedule

LARGEST_PRIORITY = 2**53 - 1


# --- What is pushed --------------------------------------------------------------------------------------


def read_schedule(push: Body, *, name: str, actor: Actor | None) -> dict[str, Any] | None:
    """The schedule in full form; problems are noted in the body. A task that could not be made now is one."""
    body = push.inner("schedule")
    if body is None:
        return None
    body.take("next_at")  # said by us: what was read can be pushed as it is
    said = cadence.read_cadence(body)
    task = _read_task(body, name)
    body.refuse_unknown()
    if actor is not None and not any(problem.pointer.startswith(body.at) for problem in push.problems):
        push.problems += _try(actor, task, at=body.pointer("task"))
    return {**said, "task": task}


def _read_task(body: Body, function: str) -> dict[str, Any]:
    """The body of the tasks. Without a type it is a plain call of the function, called by its name."""
    task = body.inner("task") or Body({}, at=body.pointer("task"), problems=body.problems)
    fields = task.inner("fields")
    if fields is not None:
        fields.known |= set(fields.value)
    found = {
        "container": task.text("container", most=63),
        "type": task.text("type", most=63),
        "title": task.text("title", most=300),
        "description": task.text("description", most=100_000, blank=True),
        "fields": fields.value if fields is not None else None,
        "data": task.take("data"),
        "priority": task.whole("priority", least=-LARGEST_PRIORITY, most=LARGEST_PRIORITY),
        "tags": _read_tags(task),
        "privacy": task.choice("privacy", Privacy.values),
        **{key: task.text(key) for key in ("correlation_id", "reporter", "assignee", "private_to")},
    }
    if found["type"] is None and found["container"] is None:
        found["title"] = found["title"] or function
    task.refuse_unknown()
    return {key: value for key, value in found.items() if value is not None}


def _read_tags(task: Body) -> list[str] | None:
    if not task.has("tags"):
        return None
    tags = task.items("tags", most=50)
    for index, tag in enumerate(tags):
        if not isinstance(tag, str) or not 0 < len(tag) <= 100 or "\0" in tag:
            task.wrong("tags", _("A tag is a text of at most 100 characters."), index=index)
    return tags


def _try(actor: Actor, task: Mapping[str, Any], *, at: str) -> list[Problem]:
    """What would keep the task from being made now."""
    try:
        try_task(actor, task)
    except TaskHubError as error:
        return [problem.under(at) for problem in error.errors] or [Problem(at, error.code, error.detail)]
    return []


# --- Where it stands -------------------------------------------------------------------------------------


def arrange(function: Function, before: Mapping[str, Any] | None) -> None:
    """Start, move or end its clock after a push; the same times as before go on as they stand."""
    said = function.schedule
    if said is None:
        Schedule.objects.filter(function=function).delete()
    elif before is None or not cadence.is_same(before, said):
        next_at = cadence.first_after(said, _now(function))
        function.clock = Schedule.objects.update_or_create(function=function, defaults={"next_at": next_at})[0]


def _now(function: Function) -> datetime:
    """The clock of the database: that of every node."""
    moment: datetime = Function.objects.filter(pk=function.pk).values_list(Now(), flat=True).get()
    return moment


def render(function: Function) -> dict[str, Any] | None:
    """The schedule as the API answers it, with the time of its next tick."""
    if function.schedule is None:
        return None
    clock: Schedule | None = getattr(function, "clock", None)
    return {**function.schedule, "next_at": when(clock.next_at) if clock else None}
