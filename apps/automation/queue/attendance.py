"""Functions whose tasks are ready while nobody asks for them: told once a spell, and again when somebody does.

Automation that has silently stopped fails nothing, so it is its absence that must be noticed.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from apps.actors.actor import SYSTEM
from apps.automation.models import Function, Worker
from apps.events import log, verbs
from apps.tasks import leases
from apps.tasks.rendering import when

from . import workers
from .counting import ready_by_priority

PULLED = Q(mode=Function.Mode.PULL)
"""What workers run; push functions are called, and nobody asks for their tasks."""


def attend() -> int:
    """Tell of spells that begin and end; answers how many. Safe on many nodes, off if UNATTENDED_AFTER is zero."""
    workers.forget()
    if not settings.UNATTENDED_AFTER:
        return 0
    waiting = _functions().filter(PULLED, attended=False, unattended_since=None, waits=True)
    begun = sum(_look(function) for function in waiting)
    ended = _functions().filter(Q(attended=True) | ~PULLED, unattended_since__isnull=False)
    return begun + sum(_end(function) for function in ended)


def _functions() -> QuerySet[Any]:
    """Functions: `attended` if a worker that goes on was seen lately, `waits` if tasks are ready."""
    mine = Worker.objects.filter(application=OuterRef("application"), function=OuterRef("name"))
    lately = mine.filter(draining=False, last_seen__gt=Now() - settings.UNATTENDED_AFTER)
    waiting = leases.waiting(OuterRef("application"), OuterRef("name"), queued=True)
    return Function.objects.annotate(now=Now(), attended=Exists(lately), waits=Exists(waiting)).order_by("pk")


def _look(function: Any) -> int:
    """Nobody asked lately: tell if tasks have been ready for as long, and nobody holds one either."""
    oldest = min((since for _, since in ready_by_priority(function)), default=None)
    if oldest is None or function.now - oldest < settings.UNATTENDED_AFTER:
        return 0
    if leases.held(function.application_id, [function.name]):
        return 0
    seen = Worker.objects.filter(application=function.application_id, function=function.name)
    last_seen = seen.aggregate(last=Max("last_seen"))["last"]
    return _begin(function, since=max(oldest, last_seen or oldest), last_seen=last_seen)


@transaction.atomic
def _begin(function: Function, *, since: datetime, last_seen: datetime | None) -> int:
    if not Function.objects.filter(pk=function.pk, unattended_since=None).update(unattended_since=since):
        return 0
    _tell(verbs.FUNCTION_UNATTENDED, function, since=when(since), last_seen=when(last_seen))
    return 1


@transaction.atomic
def _end(function: Function) -> int:
    since = function.unattended_since
    if not Function.objects.filter(pk=function.pk, unattended_since=since).update(unattended_since=None):
        return 0
    _tell(verbs.FUNCTION_ATTENDED, function, since=when(since))
    return 1


def _tell(type: str, function: Function, **data: object) -> None:
    log.record(type=type, actor=SYSTEM, application_id=function.application_id, data={"name": function.name, **data})
