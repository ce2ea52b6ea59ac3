"""Direct execution: a task is made, and the call waits for its result."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers import access as container_access
from apps.containers.services import own_slug
from apps.core import shutdown, wakeups
from apps.core.errors import Invalid, NotFound
from apps.core.shapes import Anything, FreeObject, Number, Object, Text
from apps.tasks import queries
from apps.tasks.lifecycle import ENDED
from apps.tasks.models import Task
from apps.tasks.services import create_task

from .access import may_call, require_application
from .functions import callers, pausing
from .models import Function

LONGEST_WAIT = 30
FIRST_LOOK, LAST_LOOK, SLOWER = 0.02, 0.25, 1.5
"""Seconds between two looks: the first ones follow fast, for functions that take no time."""
TRY_LATER = 1.0
EXECUTION = Object(
    {
        "data": Anything(description="Input of the function; people never see it."),
        "container": Text(63, description="Without it: the function's application's own container."),
        "type": Text(63),
        "fields": FreeObject(),
        "timeout": Number(0, LONGEST_WAIT, description=f"Seconds to wait for the result; {LONGEST_WAIT} if left out."),
    },
    name="ExecutionBody",
    about="The task that is made.",
    drops_null=True,
)


@dataclass(frozen=True)
class Execution:
    """What a call asks for."""

    task: dict[str, Any]
    timeout: float


@dataclass(frozen=True)
class Outlook:
    """The newest attempt, whether it has ended, and the seconds after which to look again if it was not waited for."""

    task: UUID
    ended: bool
    retry_after: float = 0.0


def read_execution(actor: Actor, function: str, value: object) -> Execution:
    """Raises Forbidden for people, Invalid naming every problem, NotFound for a function that the actor cannot call."""
    require_application(actor)
    body = EXECUTION.require(value)
    task = {"function": function, "type": None, "data": None, "fields": {}, **body}
    task["container"] = _container(actor, function, task.get("container"))
    return Execution(task, task.pop("timeout", LONGEST_WAIT))


def _container(actor: Actor, function: str, slug: str | None) -> str | None:
    """Where the task goes: what the call says, if the function can be called there, else its owner's own container."""
    if slug is not None and _can_call(actor, function, slug):
        return slug
    owner = callers.owner_of(actor, function) if slug is None else None
    if owner is None:
        raise NotFound(_("There is no such function."))
    return None if owner.pk == actor.id else own_slug(owner.name)


def _can_call(actor: Actor, function: str, slug: str) -> bool:
    try:
        owner = container_access.get_container(actor, slug).application_id
    except NotFound:
        raise Invalid.at("/container", _("There is no such container.")) from None
    if owner != actor.id:
        return may_call(owner, function, actor)
    return Function.objects.filter(application=owner, name=function).exists()


def begin(actor: Actor, execution: Execution) -> Task:
    """Make the task. Raises what `create_task` raises, and Conflict `paused`."""
    slug = execution.task["container"]
    application = Q(application=actor.id) if slug is None else Q(application__containers__slug=slug)
    pausing.require_running(execution.task["function"], application)
    return create_task(actor, execution.task)[0]


def wait_for(actor: Actor, task: UUID, timeout: float) -> Outlook:
    """Wait until the task, or the newest one that a retry put in its place, has ended: so many seconds at most.

    No connection is held meanwhile. Without a seat for one more call that waits it answers at once.
    """
    outlook = _look(task)
    if outlook.ended or not timeout:
        return outlook
    with wakeups.seat(actor) as seated:
        if not seated:
            return Outlook(outlook.task, ended=False, retry_after=TRY_LATER)
        return _wait(task, time.monotonic() + timeout)


def _wait(task: UUID, ends_at: float) -> Outlook:
    pause = FIRST_LOOK
    while True:
        outlook, left = _look(task), ends_at - time.monotonic()
        if outlook.ended or left <= 0:
            return outlook
        if not connection.in_atomic_block:
            connection.close()
        if shutdown.stopping.wait(min(left, pause)):
            return outlook
        pause = min(pause * SLOWER, LAST_LOOK)


def _look(task: UUID) -> Outlook:
    newest, status = queries.newest_attempt(task)
    return Outlook(newest, ended=status in ENDED)
