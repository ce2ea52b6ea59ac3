"""What happens while nobody answers a handover: reminders, and in the end its `on_timeout` (api.md: handover)."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from apps.actors.actor import SYSTEM
from apps.core.errors import TaskHubError
from apps.events.units import unit
from apps.tasks import secrecy
from apps.tasks.access import Standing
from apps.tasks.models import OPEN_STATES, Handover

from . import answers, asking, handovers, passing, privacy, values, writing

logger = logging.getLogger(__name__)


def expire_due(limit: int = 100) -> int:
    """Decide the open handovers whose time is over, by the database clock; returns how many.

    Each is decided in a transaction of its own and expects the handover still open, and due since the same moment:
    safe on many nodes. Without an `on_timeout` being overdue changes nothing but how it looks.
    """
    due = Handover.objects.filter(state__in=OPEN_STATES, due_at__lte=Now(), on_timeout__isnull=False)
    return sum(_attempt(_decide, pk, seen) for pk, seen in due.order_by("due_at").values_list("pk", "due_at")[:limit])


def remind_due(limit: int = 100) -> int:
    """Remind of the open handovers whose next reminder has come: each once; returns how many.

    Reminders that fell together while nobody looked are one.
    """
    due = Handover.objects.filter(state__in=OPEN_STATES, remind_at__lte=Now()).order_by("remind_at")
    return sum(_attempt(_remind, pk, seen) for pk, seen in due.values_list("pk", "remind_at")[:limit])


def _remind(handover_id: object, seen: datetime) -> bool:
    try:
        with unit():
            return passing.remind(*answers.lock_open(SYSTEM, str(handover_id)), seen)
    except TaskHubError:  # answered meanwhile
        return False


def _attempt(act: Callable[..., bool], *arguments: object) -> bool:
    """One that cannot be decided does not keep the others from it."""
    try:
        return act(*arguments)
    except Exception:
        logger.exception("A handover could not be decided; it stays due")
        return False


def _decide(handover_id: object, seen: datetime) -> bool:
    try:
        return _act(handover_id, seen, lambda handover: _DECIDE[(handover.on_timeout or {})["do"]])
    except TaskHubError:
        return _return_instead(handover_id, seen)


def _return_instead(handover_id: object, seen: datetime) -> bool:
    """What cannot be done as it was said (the default does not fit, the escalation's target is gone) goes back."""
    try:
        return _act(handover_id, seen, lambda _handover: _return)
    except TaskHubError:
        logger.info("handover was decided meanwhile", extra={"handover": str(handover_id)})
        return False


Act = Callable[[Standing, Handover], None]


def _act(handover_id: object, seen: datetime, choose: Callable[[Handover], Act]) -> bool:
    """Whether it was done: what another node has escalated meanwhile is due at another moment, or never."""
    with unit():
        standing, handover = answers.lock_open(SYSTEM, str(handover_id))
        if handover.due_at != seen:
            return False
        choose(handover)(standing, handover)
    return True


def _submit(standing: Standing, handover: Handover) -> None:
    said = handover.on_timeout or {}
    chosen = answers.find_action(handover, said.get("action") or handover.actions[0]["name"])
    given: dict[str, Any] = secrecy.opened(standing.spec, said.get("fields") or {})
    after = values.merged(standing, given)
    answers.require_answered(handover, chosen, after)
    answers.finish(standing, handover, chosen, after, given, "", state=Handover.State.EXPIRED)


def _escalate(standing: Standing, handover: Handover) -> None:
    """To the next of the chain, who has so long, and then what it says."""
    said = handover.on_timeout or {}
    target, now = handovers.find_target(said.get("to"), standing.task), timezone.now()
    passing.require_allowed(handover, target)
    privacy.require_target_sees(standing.task, target)
    due_at = now + timedelta(seconds=said["due_in"]) if said.get("due_in") else None
    remind_at = asking.next_reminder(handover.reminders, due_at, now)
    further: dict[str, Any] = {
        "due_at": due_at,
        "on_timeout": said.get("on_timeout"),
        "remind_at": remind_at,
        "delegated_by": None,
    }
    passing.readdress(standing, handover, target, did="escalated", **further)


def _return(standing: Standing, handover: Handover) -> None:
    answers.close(standing, handover, Handover.State.EXPIRED)
    answers.end(standing, handover, "expired")


def _fail(standing: Standing, handover: Handover) -> None:
    answers.close(standing, handover, Handover.State.EXPIRED)
    error = {"name": "not_answered", "type": "person", "message": "Nobody answered in time.", "recoverable": False}
    task = standing.task
    writing.emit_failed(task, error, actor=SYSTEM)
    writing.move(task, "fail", actor=SYSTEM, error=error)


_DECIDE = {"submit": _submit, "escalate": _escalate, "return": _return, "fail": _fail}
