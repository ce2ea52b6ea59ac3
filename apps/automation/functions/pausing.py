"""Pausing and resuming functions: while one is paused, nothing of it is claimed or pushed, and its tasks wait visibly.

What executes when it is paused runs to its end, and schedules go on making tasks.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.actors.actor import SYSTEM, Actor
from apps.automation.access import functions_looked_after
from apps.automation.models import FailedExecution, Function
from apps.automation.push import hints
from apps.core import due, wakeups
from apps.core.codes import Code
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.shapes import Object, Text, Timestamp
from apps.core.timestamps import format_timestamp
from apps.events import event_types, log
from apps.tasks import leases
from apps.tasks.pauses import Pause

LONGEST_REASON = 500
_APPLICATION = Text(63, nullable=True, description="Whose function it is, for owners of several with this name.")
PAUSE = Object(
    {
        "reason": Text(LONGEST_REASON, description="Why, for people: all who see a task of it read this."),
        "until": Timestamp(nullable=True, description="When it is resumed by itself."),
        "application": _APPLICATION,
    },
    required=["reason"],
    name="PauseBody",
    about="Why nothing of the function is to run, and until when.",
)
RESUME = Object({"application": _APPLICATION}, name="ResumeBody", about="Whose function goes on.")


@transaction.atomic
def pause_function(
    actor: Actor, name: str, *, reason: str, until: datetime | None = None, application: str | None = None
) -> Function:
    """Let nothing more of it be claimed or pushed; of a paused one, reason and time are replaced.

    The same again changes nothing. Raises NotFound, Invalid (`until` is over; several functions of this name).
    """
    function = _lock(actor, name, application)
    if until is not None and until <= function.now:
        raise Invalid.at("/until", _("That time is over."))
    if (function.paused_by, function.pause_reason, function.paused_until) != (str(actor), reason, until):
        set_pause(function, actor, reason=reason, until=until)
    paused: Function = function
    return paused


@transaction.atomic
def resume_function(actor: Actor, name: str, *, application: str | None = None) -> Function:
    """Let it go on. One that is not paused stays as it is. Raises NotFound, Invalid (several of this name)."""
    function: Function = _lock(actor, name, application)
    if function.paused_at is not None:
        _resume(function, actor)
    return function


def set_pause(function: Any, actor: Actor, *, reason: str, until: datetime | None, **more: object) -> None:
    """Pause the locked function, which has `now` of the database, and record it with `more`."""
    function.paused_at = function.paused_at or function.now
    function.paused_by, function.pause_reason, function.paused_until = str(actor), reason, until
    _store(function)
    _record(event_types.FUNCTION_PAUSED, function, actor, reason=reason, until=format_timestamp(until), **more)


def resume_due() -> int:
    """Resume the functions whose pause is over; how many this call resumed. Safe on many nodes."""
    return due.work_off(over().order_by("paused_until").values_list("pk"), _resume_due)


def over() -> Any:
    """The functions whose pause is over."""
    return Function.objects.filter(paused_until__lte=Now())


@transaction.atomic
def _resume_due(pk: UUID) -> bool:
    """Whether its pause is still over, and ends here."""
    function = due.lock(over().filter(pk=pk).annotate(now=Now()))
    if function is not None:
        _resume(function, SYSTEM)
    return function is not None


def _resume(function: Any, actor: Actor) -> None:
    """The clocks of fail-over go on where they stood, and the breaker counts afresh."""
    since = function.paused_at
    function.paused_at = function.paused_by = function.pause_reason = function.paused_until = None
    _store(function)
    leases.resume_failover(function.application_id, function.name, paused_at=since, now=function.now)
    FailedExecution.objects.filter(function=function).delete()
    _record(event_types.FUNCTION_RESUMED, function, actor, since=format_timestamp(since))
    wakeups.wake_after_commit(wakeups.topic("queue", function.application_id, function.name))
    hints.when_queued(function.application_id, function.name)


def _lock(actor: Actor, name: str, application: str | None) -> Any:
    rows = functions_looked_after(actor).filter(name=name).annotate(now=Now())
    rows = rows if application is None else rows.filter(application__name=application)
    found = list(rows.select_related("application", "clock").select_for_update(of=("self",))[:2])
    if not found:
        raise NotFound(_("There is no such function."))
    if len(found) > 1:
        raise Invalid.at("/application", _("You look after several functions of this name: say whose you mean."))
    return found[0]


def _store(function: Function) -> None:
    function.save(update_fields=["paused_at", "paused_by", "pause_reason", "paused_until"])


def _record(type: str, function: Function, actor: Actor, **data: object) -> None:
    log.record(type=type, actor=actor, application_id=function.application_id, data={"name": function.name, **data})


# --- Who asks whether it is paused ------------------------------------------------------------------------


def require_running(function: str, application: Q) -> None:
    """Raises Conflict `paused` if the function of this name, of the one application that the condition names, is."""
    paused = Function.objects.filter(application, name=function, paused_at__isnull=False).first()
    if paused is not None:
        raise Conflict(_("The function is paused: %(why)s") % {"why": paused.pause_reason}, code=Code.PAUSED)


def pauses_of(functions: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], Pause]:
    """The pauses of those functions that are paused, by application and name; one query, whatever their number."""
    wanted = set(functions)
    if not wanted:
        return {}
    applications, names = zip(*wanted, strict=True)
    rows = Function.objects.filter(paused_at__isnull=False, application__in=applications, name__in=names)
    pauses = {(row.application_id, row.name): pause_of(row) for row in rows}
    return {function: pause for function, pause in pauses.items() if pause is not None and function in wanted}


def pause_of(function: Function) -> Pause | None:
    """How the function is paused; None if it is not."""
    if function.paused_at is None:
        return None
    return Pause(function.paused_by or "", function.pause_reason or "", function.paused_at, function.paused_until)


def render_pause(pause: Pause | None) -> dict[str, object] | None:
    """The pause as the API answers it."""
    if pause is None:
        return None
    since, until = format_timestamp(pause.since), format_timestamp(pause.until)
    return {"by": pause.by, "reason": pause.reason, "since": since, "until": until}
