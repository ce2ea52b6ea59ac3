"""Functions whose tasks are ready while nobody asks for them: one event when such a spell begins, one when it ends.

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
from apps.core import due
from apps.core.timestamps import format_timestamp
from apps.events import event_types, log
from apps.tasks import leases

from . import workers
from .statistics import ready_by_priority

PULLED = Q(mode=Function.Mode.PULL)
"""What workers run; push functions are called, and nobody asks for their tasks."""


def attend() -> int:
    """Record spells that begin and end; answers how many. Safe on many nodes, off if UNATTENDED_AFTER is zero."""
    workers.forget()
    if not settings.UNATTENDED_AFTER:
        return 0
    waiting = _functions().filter(PULLED, attended=False, unattended_since=None, paused_at=None, waits=True)
    begun = due.work_off(((function,) for function in waiting), _check)
    ended = _functions().filter(Q(attended=True) | ~PULLED, unattended_since__isnull=False)
    return begun + due.work_off(((function,) for function in ended), _end)


def _functions() -> QuerySet[Any]:
    """Functions: `attended` if a worker that goes on was seen lately, `waits` if tasks are ready."""
    mine = Worker.objects.filter(application=OuterRef("application"), function=OuterRef("name"))
    lately = mine.filter(draining=False, last_seen__gt=Now() - settings.UNATTENDED_AFTER)
    waiting = leases.waiting(OuterRef("application"), OuterRef("name"), queued=True)
    return Function.objects.annotate(now=Now(), attended=Exists(lately), waits=Exists(waiting)).order_by("pk")


def _check(function: Any) -> int:
    """Nobody asked lately: record it if tasks have been ready for as long, and nobody holds one either."""
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
    _record(
        event_types.FUNCTION_UNATTENDED, function, since=format_timestamp(since), last_seen=format_timestamp(last_seen)
    )
    return 1


@transaction.atomic
def _end(function: Function) -> int:
    since = function.unattended_since
    if not Function.objects.filter(pk=function.pk, unattended_since=since).update(unattended_since=None):
        return 0
    _record(event_types.FUNCTION_ATTENDED, function, since=format_timestamp(since))
    return 1


def _record(type: str, function: Function, **data: object) -> None:
    log.record(type=type, actor=SYSTEM, application_id=function.application_id, data={"name": function.name, **data})
