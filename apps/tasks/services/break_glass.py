"""Break-glass: an administrator opens a task that they do not see, for a while, with a reason, openly.

No administrator sees through privacy. One who must, opens one task for at most an hour; the task's
history records who, why and until when, and its people get a notice. Every write is refused.
"""

from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import SYSTEM, Actor
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.json_types import Json
from apps.core.text import is_blank
from apps.core.timestamps import format_timestamp
from apps.events import event_types
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access
from apps.tasks.access import TaskPermissions
from apps.tasks.models import BreakGlass, Task

from . import writing

MOST_MINUTES = 60
LONGEST_REASON = 500


@unit_of_work()
def break_glass(actor: Actor, name: object, *, reason: str, minutes: int = MOST_MINUTES) -> BreakGlass:
    """Open one task (by id or key; an attempt opens all of its chain) to the administrator's eyes.

    Raises Forbidden (no administrator), Invalid (no reason, no such task, too long), Conflict (they see it anyway).
    """
    access.require_administrator(actor)
    reason = reason.strip()
    if is_blank(reason) or len(reason) > LONGEST_REASON:
        raise Invalid.at("/reason", _("Say why, in at most %(most)s characters.") % {"most": LONGEST_REASON})
    if not 1 <= minutes <= MOST_MINUTES:
        raise Invalid.at("/minutes", _("A task is opened for 1 to %(most)s minutes.") % {"most": MOST_MINUTES})
    task = _locked(name)
    if TaskPermissions(actor, task).sees():
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
            opening = BreakGlass.objects.create(user_id=actor.id, task=task, reason=reason, ends_at=ends_at)
    except IntegrityError:
        raise Conflict(_("You see this task anyway.")) from None
    _tell(task, actor, did="opened", reason=reason, until=format_timestamp(ends_at))
    return opening


@unit_of_work()
def end_break_glass(actor: Actor, id: UUID) -> None:
    """End an opening before its time: one's own, or another administrator's. Ending it again changes nothing.

    Raises Forbidden (no administrator), NotFound.
    """
    access.require_administrator(actor)
    opening = BreakGlass.objects.filter(pk=id).first()
    if opening is None:
        raise NotFound(_("There is no such opening."))
    now = timezone.now()
    if BreakGlass.objects.filter(pk=id, ended_at=None, ends_at__gt=now).update(ended_at=now):
        _tell(access.get_task(SYSTEM, opening.task_id, lock=True), actor, did="closed")


def _tell(task: Task, actor: Actor, **value: Json) -> None:
    writing.emit(task, event_types.TASK_OPENED, actor=actor, **value)
    writing.update(task, quiet=True)
