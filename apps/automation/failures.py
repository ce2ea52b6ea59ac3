"""What a failure does (domain: failure): a pure decision, in the order retry, fail over, failed.

Workers report errors, the sweeper makes `zombie()` of a lost lease; both take this one path.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from apps.core import retry

Outcome = Literal["canceled", "retried", "handed_over", "failed"]

ZOMBIE = "zombieTaskCleaned"


@dataclass(frozen=True)
class Decision:
    """What becomes of the task; `delay` is in seconds and counts for `retried` alone."""

    outcome: Outcome
    delay: float = 0.0


def zombie(*, limit_passed: bool) -> dict[str, Any]:
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
    error: Mapping[str, Any],
    *,
    policy: Mapping[str, Any] | None,
    retries: int,
    has_failover: bool,
    cancel_requested: bool,
    random: Callable[[], float],
) -> Decision:
    """What a failure does to its task. `retries` are those made so far; `random` gives jitter in [0, 1)."""
    if cancel_requested:
        return Decision("canceled")
    if is_retried(error, policy or {}, retries):
        wish = error.get("retry_after_seconds")
        return Decision("retried", retry.delay(policy, retries + 1, random, retry_after_seconds=wish))
    return Decision("handed_over" if has_failover else "failed")


def is_retried(error: Mapping[str, Any], policy: Mapping[str, Any], retries: int) -> bool:
    """Whether the policy is enabled, allows this error, and has a retry left."""
    policy = {**retry.DEFAULTS, **policy}
    named = policy["errors_to_retry"]
    return (
        policy["enabled"] is True
        and error.get("recoverable", True) is True
        and (not named or error.get("name") in named)
        and retries < policy["max_retries"]
    )
