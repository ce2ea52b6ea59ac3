"""Break-glass: what nobody's role shows an administrator, opened for a while, with a reason, before everybody's eyes.

No administrator sees through privacy (domain: tasks). One who must, opens one task for at most an hour; the task's
history keeps who, why and until when, and its people are told. It gives sight alone: every write is refused.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import SYSTEM, Actor
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound
from apps.events import verbs
from apps.events.units import unit
from apps.tasks import access
from apps.tasks.access import Standing
from apps.tasks.models import BreakGlass, Task
from apps.tasks.rendering import when

from . import writing

MOST_MINUTES = 60
LONGEST_REASON = 500


@unit()
def break_glass(actor: Actor, name: object, *, reason: str, minutes: int = MOST_MINUTES) -> BreakGlass:
    """Open one task (by id or key; an attempt opens all of its chain) to the administrator's eyes.

    Raises Forbidden (no administrator), Invalid (no reason, no such task, too long), Conflict (they see it anyway).
    """
    _require_administrator(actor)
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid.at("/reason", _("Say why, in at most %(most)s characters.") % {"most": LONGEST_REASON})
    if not 1 <= minutes <= MOST_MINUTES:
        raise Invalid.at("/minutes", _("A task is opened for 1 to %(most)s minutes.") % {"most": MOST_MINUTES})
    task = _locked(name)
    if Standing(actor, task).sees():
        raise Conflict(_("You see this task anyway."))
    return _opened(actor, task, reason, minutes)


def _locked(name: object) -> Task:
    try:
        task = access.get_task(SYSTEM, name)
        return access.get_task(SYSTEM, task.newest, lock=True)
    except NotFound:
        raise Invalid.at("/task", _("There is no such task.")) from None


def _opened(actor: Actor, task: Task, reason: str, minutes: int) -> BreakGlass:
    ends_at = timezone.now() + timedelta(minutes=minutes)
    mine = BreakGlass.objects.filter(user=actor.id, task=task, ended_at=None)
    mine.update(ended_at=F("ends_at"))  # those that ended by themselves
    try:
        with transaction.atomic():
            glass = BreakGlass.objects.create(user_id=actor.id, task=task, reason=reason, ends_at=ends_at)
    except IntegrityError:
        raise Conflict(_("You see this task anyway.")) from None
    _tell(task, actor, did="opened", reason=reason, until=when(ends_at))
    return glass


@unit()
def mend_glass(actor: Actor, id: UUID) -> None:
    """End an opening before its time: one's own, or another administrator's. Ending it again changes nothing.

    Raises Forbidden (no administrator), NotFound.
    """
    _require_administrator(actor)
    glass = BreakGlass.objects.filter(pk=id).first()
    if glass is None:
        raise NotFound(_("There is no such opening."))
    now = timezone.now()
    if BreakGlass.objects.filter(pk=id, ended_at=None, ends_at__gt=now).update(ended_at=now):
        _tell(access.get_task(SYSTEM, glass.task_id, lock=True), actor, did="closed")


def look_of(actor: Actor, task: Task) -> BreakGlass | None:
    """The opening by which the administrator looks at the task now."""
    return access.opened_by(actor).filter(task__newest=task.newest).first()


def _require_administrator(actor: Actor) -> None:
    if not actor.is_administrator:
        raise Forbidden(_("Only administrators open tasks that they do not see."))


def _tell(task: Task, actor: Actor, **said: Any) -> None:
    writing.emit(task, verbs.TASK_OPENED, actor=actor, **said)
    writing.update(task, quiet=True)
