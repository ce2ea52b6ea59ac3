"""A function's `retry_policy`: how it is read when it is published, and which errors it retries, after which delay.

A policy is the stored JSON of a function; what is missing has the values of `DEFAULTS`. All times are in seconds.
`automation/failure_decision.py` looks here first, then for a fail-over.
"""

from collections.abc import Callable
from typing import Any, TypedDict

from django.utils.translation import gettext as _

from apps.core import backoff
from apps.core.backoff import Backoff
from apps.core.body import Body
from apps.core.shapes import Flag, Items, Number, Object, Text, Whole
from apps.tasks.documents import ErrorDocument


class RetryPolicy(TypedDict, total=False):
    """Which errors are retried, how often, and after how many seconds: `delays` or `backoff`."""

    enabled: bool
    errors_to_retry: list[str]
    max_retries: int
    delays: list[float]
    backoff: Backoff


DEFAULT_DELAYS = (2, 5, 10)
DEFAULTS: RetryPolicy = {
    "enabled": False,
    "errors_to_retry": [],
    "max_retries": 3,
    "delays": list(DEFAULT_DELAYS),
}
LONGEST_DELAY = 30 * 24 * 3600
# How long an error may ask to be left alone with `retry_after_seconds`.
LONGEST_WISH = 24 * 3600
MOST_RETRIES = 1000
MOST_DELAYS = 100
MOST_ERRORS = 100
LARGEST_FACTOR = 100

BACKOFF = Object(
    {
        "initial": Number(0, LONGEST_DELAY),
        "factor": Number(1, LARGEST_FACTOR),
        "max": Number(0, LONGEST_DELAY),
        "jitter": Flag(),
    },
    name="BackoffBody",
    about="Seconds that grow from `initial` by `factor` up to `max`.",
    drops_null=True,
)
RETRY_POLICY = Object(
    {
        "enabled": Flag(),
        "errors_to_retry": Items(Text(200), MOST_ERRORS, description="Names of errors; an empty list is all."),
        "max_retries": Whole(0, MOST_RETRIES),
        "delays": Items(Number(0, LONGEST_DELAY), MOST_DELAYS, least=1, description="Seconds; the last one repeats."),
        "backoff": BACKOFF,
    },
    name="RetryPolicyBody",
    about="What follows an error that is recoverable: `delays` and `backoff` exclude each other.",
    drops_null=True,
)


def read_retry_policy(push: Body) -> dict[str, Any]:
    """The policy with its defaults; `delays` and `backoff` exclude each other."""
    given = push.get("retry_policy", {})
    if "delays" in given and "backoff" in given:
        policy = Body(given, at=push.pointer("retry_policy"), problems=push.problems)
        policy.wrong("backoff", _("Say either delays or backoff, not both."))
    full = {**DEFAULTS, **given}
    if full.get("backoff") is not None:
        del full["delays"]
        full["backoff"] = {**backoff.DEFAULTS, **full["backoff"]}
    return full


def is_retried(error: ErrorDocument, policy: RetryPolicy, retries: int) -> bool:
    """Whether the policy is enabled, allows this error, and has a retry left after those made so far."""
    policy = {**DEFAULTS, **policy}
    named = policy["errors_to_retry"]
    return (
        policy["enabled"] is True
        and error.get("recoverable", True) is True
        and (not named or error.get("name") in named)
        and retries < policy["max_retries"]
    )


def delay(
    policy: RetryPolicy | None,
    retry_number: int,
    random: Callable[[], float],
    *,
    retry_after_seconds: object = None,
) -> float:
    """Seconds to wait before the `retry_number`th retry (the first is 1).

    A fixed list gives its entries in order and its last one for ever; a backoff grows. `random` gives a number in
    [0, 1). An error's own `retry_after_seconds` is honoured where it is longer, up to a day; nonsense in it counts as
    nothing.
    """
    policy = policy or {}
    if policy.get("backoff") is not None:
        seconds = backoff.delay(policy["backoff"], retry_number, random)
    else:
        delays = policy.get("delays") or DEFAULT_DELAYS
        seconds = float(delays[min(max(retry_number, 1), len(delays)) - 1])
    return max(seconds, _wished(retry_after_seconds))


def _wished(seconds: object) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
        return 0.0
    return min(float(seconds), LONGEST_WISH)
