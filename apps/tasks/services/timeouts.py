"""What happens when nobody answers a handover in time: its `on_timeout` (api.md: handover)."""

import logging
from typing import Any

from django.db.models.functions import Now

from apps.actors.actor import SYSTEM
from apps.core.errors import TaskHubError
from apps.events.units import unit
from apps.tasks.access import Standing
from apps.tasks.models import OPEN_STATES, Handover

from . import answers, handovers, privacy, values, writing

logger = logging.getLogger(__name__)


def expire_due(limit: int = 100) -> int:
    """Decide the open handovers whose time is over, by the database clock; returns how many.

    Each is decided in a transaction of its own and expects the handover still open: safe on many nodes. Without
    an `on_timeout` being overdue changes nothing but how it looks.
    """
    due = Handover.objects.filter(state__in=OPEN_STATES, due_at__lte=Now(), on_timeout__isnull=False)
    return sum(_attempt(handover_id) for handover_id in due.order_by("due_at").values_list("pk", flat=True)[:limit])


def _attempt(handover_id: object) -> bool:
    """One that cannot be decided does not keep the others from it."""
    try:
        return _decide(handover_id)
    except Exception:
        logger.exception("A handover could not be decided; it stays due")
        return False


def _decide(handover_id: object) -> bool:
    try:
        with unit():
            standing, handover = answers.lock_open(SYSTEM, str(handover_id))
            _DECIDE[(handover.on_timeout or {})["do"]](standing, handover)
    except TaskHubError:
        return _return_instead(handover_id)
    return True


def _return_instead(handover_id: object) -> bool:
    """What cannot be done as it was said (the default does not fit, the escalation's target is gone) goes back."""
    try:
        with unit():
            _return(*answers.lock_open(SYSTEM, str(handover_id)))
    except TaskHubError:
        logger.info("handover was decided meanwhile", extra={"handover": str(handover_id)})
        return False
    return True


def _submit(standing: Standing, handover: Handover) -> None:
    said = handover.on_timeout or {}
    chosen = answers.find_action(handover, said.get("action") or handover.actions[0]["name"])
    given: dict[str, Any] = said.get("fields") or {}
    after = values.merged(standing, given)
    answers.require_answered(handover, chosen, after)
    answers.finish(standing, handover, chosen, after, given, "", state=Handover.State.EXPIRED)


def _escalate(standing: Standing, handover: Handover) -> None:
    target = handovers.find_target((handover.on_timeout or {}).get("to"), standing.task)
    privacy.require_target_sees(standing.task, target)
    answers.readdress(standing, handover, target, due_at=None, on_timeout=None)


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
