"""When a failed execution is tried again: pure arithmetic on a function's `retry_policy`.

A policy is the stored JSON of a function (`enabled`, `errors_to_retry`, `max_retries` and either `delays` or
`backoff`); what is missing has the defaults of `DEFAULTS`. All times are in seconds.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import Problem

DEFAULT_DELAYS = (2, 5, 10)
DEFAULTS: dict[str, Any] = {
    "enabled": False,
    "errors_to_retry": [],
    "max_retries": 3,
    "delays": list(DEFAULT_DELAYS),
}
BACKOFF_DEFAULTS: dict[str, Any] = {"initial": 2, "factor": 2, "max": 600, "jitter": True}

LONGEST_DELAY = 30 * 24 * 3600
MOST_RETRIES = 1000
MOST_DELAYS = 100
MOST_ERRORS = 100
LARGEST_FACTOR = 100
# How long an error may ask to be left alone with `retry_after_seconds`.
LONGEST_WISH = 24 * 3600


def delay(
    policy: Mapping[str, Any] | None,
    retry_number: int,
    random: Callable[[], float],
    *,
    retry_after_seconds: object = None,
) -> float:
    """Seconds to wait before the `retry_number`th retry (the first is 1).

    A fixed list gives its entries in order and its last one for ever; a backoff grows from `initial` by
    `factor` up to `max`, with jitter anywhere between half of that and all of it. `random` gives a number in
    [0, 1). An error's own `retry_after_seconds` is honoured where it is longer, up to a day; nonsense in it
    counts as nothing.
    """
    policy = policy or {}
    if policy.get("backoff") is not None:
        seconds = _backed_off({**BACKOFF_DEFAULTS, **policy["backoff"]}, retry_number, random)
    else:
        delays = policy.get("delays") or DEFAULT_DELAYS
        seconds = float(delays[min(max(retry_number, 1), len(delays)) - 1])
    return max(seconds, _wished(retry_after_seconds))


def _backed_off(backoff: Mapping[str, Any], retry_number: int, random: Callable[[], float]) -> float:
    try:
        grown = float(backoff["initial"]) * float(backoff["factor"]) ** max(retry_number - 1, 0)
    except OverflowError:
        grown = math.inf
    seconds = min(grown, float(backoff["max"]))
    return seconds * (0.5 + random() / 2) if backoff["jitter"] else seconds


def _wished(seconds: object) -> float:
    if not _is_number(seconds, 0, math.inf):
        return 0.0
    return min(float(seconds), LONGEST_WISH)  # type: ignore[arg-type]


# --- Checking a policy ---------------------------------------------------------------------------


def validate_policy(policy: object) -> list[Problem]:
    """What is wrong with a policy that somebody pushes, with pointers into it; empty when it can be kept."""
    if not isinstance(policy, dict):
        return [Problem("", "invalid", _("A retry policy must be an object."))]
    problems = _unknown_keys(policy, {*DEFAULTS, "backoff"}, "")
    if not isinstance(policy.get("enabled", False), bool):
        problems.append(Problem("/enabled", "invalid", _("Must be true or false.")))
    if not _is_whole(policy.get("max_retries", 3), 0, MOST_RETRIES):
        problems.append(Problem("/max_retries", "invalid", _whole_number_between(0, MOST_RETRIES)))
    problems += _wrong_errors(policy.get("errors_to_retry", []))
    if policy.get("delays") is not None and policy.get("backoff") is not None:
        problems.append(Problem("/backoff", "invalid", _("Say either delays or backoff, not both.")))
    problems += _wrong_delays(policy.get("delays"))
    return problems + _wrong_backoff(policy.get("backoff"))


def _wrong_errors(names: object) -> list[Problem]:
    if not isinstance(names, list) or len(names) > MOST_ERRORS:
        return [Problem("/errors_to_retry", "invalid", _("Must be a list of error names."))]
    return [
        Problem(f"/errors_to_retry/{index}", "invalid", _("Must be the name of an error."))
        for index, name in enumerate(names)
        if not isinstance(name, str) or not 0 < len(name) <= 200
    ]


def _wrong_delays(delays: object) -> list[Problem]:
    if delays is None:
        return []
    if not isinstance(delays, list) or not 0 < len(delays) <= MOST_DELAYS:
        return [Problem("/delays", "invalid", _("Must be a list of one to %s seconds.") % MOST_DELAYS)]
    return [
        Problem(f"/delays/{index}", "invalid", _number_between(0, LONGEST_DELAY))
        for index, seconds in enumerate(delays)
        if not _is_number(seconds, 0, LONGEST_DELAY)
    ]


def _wrong_backoff(backoff: object) -> list[Problem]:
    if backoff is None:
        return []
    if not isinstance(backoff, dict):
        return [Problem("/backoff", "invalid", _("Must be an object."))]
    bounds = {"initial": (0, LONGEST_DELAY), "factor": (1, LARGEST_FACTOR), "max": (0, LONGEST_DELAY)}
    wrong = _unknown_keys(backoff, set(BACKOFF_DEFAULTS), "/backoff")
    for name, (least, most) in bounds.items():
        if not _is_number(backoff.get(name, BACKOFF_DEFAULTS[name]), least, most):
            wrong.append(Problem(f"/backoff/{name}", "invalid", _number_between(least, most)))
    if not isinstance(backoff.get("jitter", True), bool):
        wrong.append(Problem("/backoff/jitter", "invalid", _("Must be true or false.")))
    return wrong


def _unknown_keys(given: Mapping[str, Any], known: set[str], at: str) -> list[Problem]:
    return [Problem(f"{at}/{key}", "unknown_field", _("There is no such key.")) for key in given if key not in known]


def _is_number(value: object, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and _is_number(value, least, most)


def _number_between(least: float, most: float) -> str:
    return _("Must be a number from %(least)s to %(most)s.") % {"least": least, "most": most}


def _whole_number_between(least: int, most: int) -> str:
    return _("Must be a whole number from %(least)s to %(most)s.") % {"least": least, "most": most}
