"""What happens while nobody answers a handover: reminders, and in the end its `on_timeout`."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models.functions import Now
from django.utils import timezone

from apps.actors.actor import SYSTEM
from apps.core import due
from apps.core.errors import Conflict, TaskHubError
from apps.core.json_types import JsonObject
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, secret_fields
from apps.tasks.access import TaskPermissions
from apps.tasks.models import OPEN_STATES, Handover
from apps.tasks.services import values, writing

from . import answer, opening, reassign
from . import request as handover_request

logger = logging.getLogger(__name__)


def expire_due(limit: int = 100) -> int:
    """Decide the open handovers whose time is over, by the database clock; returns how many.

    Each is decided in a transaction of its own and expects the handover still open, and due since the same time:
    safe on many nodes. Without an `on_timeout` being overdue changes nothing but how it looks.
    """
    rows = Handover.objects.filter(state__in=OPEN_STATES, due_at__lte=Now(), on_timeout__isnull=False)
    return due.work_off(rows.order_by("due_at").values_list("pk", "due_at")[:limit], _decide)


def remind_due(limit: int = 100) -> int:
    """Remind of the open handovers whose next reminder has come: each once; returns how many.

    Reminders that fell together while nobody looked are one.
    """
    rows = Handover.objects.filter(state__in=OPEN_STATES, remind_at__lte=Now()).order_by("remind_at")
    return due.work_off(rows.values_list("pk", "remind_at")[:limit], _remind)


def _remind(handover_id: object, seen: datetime) -> bool:
    try:
        with unit_of_work():
            return reassign.remind(*answer.lock_open(SYSTEM, str(handover_id)), seen)
    except TaskHubError:  # answered meanwhile
        return False


def _decide(handover_id: object, seen: datetime) -> bool:
    try:
        return _act(handover_id, seen, lambda handover: _DECIDE[(handover.on_timeout or {})["do"]])
    except TaskHubError:
        return _return_instead(handover_id, seen)


def _return_instead(handover_id: object, seen: datetime) -> bool:
    """An `on_timeout` that cannot be done (its values do not fit, its target is gone) gives the task back."""
    try:
        return _act(handover_id, seen, lambda _handover: _return)
    except TaskHubError:
        logger.info("handover was decided meanwhile", extra={"handover": str(handover_id)})
        return False


Act = Callable[[TaskPermissions, Handover], None]


def _act(handover_id: object, seen: datetime, choose: Callable[[Handover], Act]) -> bool:
    """Whether it was done: if another node has escalated it meanwhile, it is due at another time, or never."""
    with unit_of_work():
        permissions, handover = answer.lock_open(SYSTEM, str(handover_id))
        if handover.due_at != seen:
            return False
        choose(handover)(permissions, handover)
    return True


def _submit(permissions: TaskPermissions, handover: Handover) -> None:
    value = handover.on_timeout or {}
    chosen = answer.find_action(handover, value.get("action") or handover.actions[0]["name"])
    if chosen["needs_comment"]:
        raise Conflict("The action needs a comment, which only a person writes.")
    given: JsonObject = secret_fields.opened(permissions.spec, value.get("fields") or {})
    after = values.merged(permissions, given)
    answer.require_answered(permissions, handover, chosen, after)
    answer.finish(permissions, handover, chosen, after, given, "", state=Handover.State.EXPIRED)


def _escalate(permissions: TaskPermissions, handover: Handover) -> None:
    """To the next target of the chain, with its own `due_in` and `on_timeout`."""
    value = handover.on_timeout or {}
    target, now = opening.find_target(value.get("to"), permissions.task), timezone.now()
    access.require_not_excluded(handover, target)
    access.require_target_sees(permissions.task, target)
    access.require_people(target, handover.excluded)
    due_at = now + timedelta(seconds=value["due_in"]) if value.get("due_in") else None
    remind_at = handover_request.next_reminder(handover.reminders, due_at, now)
    further: JsonObject = {
        "due_at": due_at,
        "on_timeout": value.get("on_timeout"),
        "remind_at": remind_at,
        "delegated_by": None,
    }
    reassign.readdress(permissions, handover, target, did="escalated", **further)


def _return(permissions: TaskPermissions, handover: Handover) -> None:
    answer.close(permissions, handover, Handover.State.EXPIRED)
    answer.end(permissions, handover, "expired")


def _fail(permissions: TaskPermissions, handover: Handover) -> None:
    answer.close(permissions, handover, Handover.State.EXPIRED)
    error = {"name": "not_answered", "type": "person", "message": "Nobody answered in time.", "recoverable": False}
    task = permissions.task
    writing.emit_failed(task, error, actor=SYSTEM)
    writing.move(task, "fail", actor=SYSTEM, error=error)


_DECIDE = {"submit": _submit, "escalate": _escalate, "return": _return, "fail": _fail}
