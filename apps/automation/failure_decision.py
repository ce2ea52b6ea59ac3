"""What a failure does: a pure decision, in the order retry, fail over, failed.

`functions/retry_policy.py` says which errors are retried, and after which delay. Workers report errors, the sweeper
makes `zombie()` of a lost lease; both take this one path. `queue/failure.py` applies the decision.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from apps.tasks.documents import ErrorDocument

from .functions import retry_policy
from .functions.retry_policy import RetryPolicy

Outcome = Literal["canceled", "retried", "handed_over", "failed"]

ZOMBIE = "zombieTaskCleaned"


@dataclass(frozen=True)
class Decision:
    """What becomes of the task; `delay` is in seconds and counts for `retried` alone."""

    outcome: Outcome
    delay: float = 0.0


def zombie(*, limit_passed: bool) -> ErrorDocument:
    """The error of a lease that ended without an outcome."""
    why = "The time limit of the function passed." if limit_passed else "The lease ended without an outcome."
    return {
        "name": ZOMBIE,
        "type": None,
        "message": why,
        "recoverable": True,
        "details": None,
        "retry_after_seconds": None,
    }


def decide(
    error: ErrorDocument,
    *,
    policy: RetryPolicy | None,
    retries: int,
    has_failover: bool,
    cancel_requested: bool,
    random: Callable[[], float],
) -> Decision:
    """What a failure does to its task. `retries` are those made so far; `random` gives jitter in [0, 1)."""
    if cancel_requested:
        return Decision("canceled")
    if retry_policy.is_retried(error, policy or {}, retries):
        wish = error.get("retry_after_seconds")
        return Decision("retried", retry_policy.delay(policy, retries + 1, random, retry_after_seconds=wish))
    return Decision("handed_over" if has_failover else "failed")
