"""The queue: workers claim tasks, keep their leases, and report what became of them.

Execution at least once, exactly one accepted outcome, none from a superseded lease. With `tasks/leases.py` the
only writer of leases. On PostgreSQL the hot paths are single statements (`sql.py`); elsewhere, and wherever more is
to be done than they do, rows go through the services of tasks.
"""

from typing import Any

from apps.actors.actor import Actor
from apps.automation.access import require_application

from . import claims, heartbeats, outcomes
from .heartbeats import HEARTBEATS
from .outcomes import COMPLETIONS, CONFIRMATIONS, FAILURES, RELEASES
from .requests import CLAIM
from .statistics import stats
from .sweeper import BATCH, sweep
from .unattended import attend

__all__ = [
    "BATCH", "CLAIM", "COMPLETIONS", "CONFIRMATIONS", "FAILURES", "HEARTBEATS", "RELEASES",
    "accept", "attend", "claim", "claim_to_call", "complete", "confirm_cancel", "fail", "heartbeat", "release",
    "stats", "sweep",
]  # fmt: skip

accept = heartbeats.accept
claim = claims.claim
claim_to_call = claims.claim_to_call


def heartbeat(actor: Actor, body: object) -> dict[str, object]:
    """Keep leases. Raises Forbidden for people, Invalid for a body that is no batch; so do the others."""
    require_application(actor)
    return {"results": heartbeats.heartbeat(actor, body)}


def complete(actor: Actor, body: object) -> dict[str, Any]:
    """End tasks with their results."""
    require_application(actor)
    return {"results": outcomes.complete(actor, body)}


def fail(actor: Actor, body: object) -> dict[str, Any]:
    """Report errors; TaskHub decides what they do."""
    require_application(actor)
    return {"results": outcomes.fail(actor, body)}


def release(actor: Actor, body: object) -> dict[str, Any]:
    """Give tasks back."""
    require_application(actor)
    return {"results": outcomes.release(actor, body)}


def confirm_cancel(actor: Actor, body: object) -> dict[str, Any]:
    """Say that the work was stopped as asked."""
    require_application(actor)
    return {"results": outcomes.confirm_cancel(actor, body)}
