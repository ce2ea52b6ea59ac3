"""Delays that grow from attempt to attempt. All times are in seconds. Pure."""

import math
from collections.abc import Callable
from typing import TypedDict


class Backoff(TypedDict, total=False):
    """Delays that grow from `initial` by `factor` up to `max`; what is missing has the values of `DEFAULTS`."""

    initial: float
    factor: float
    max: float
    jitter: bool


DEFAULTS: Backoff = {"initial": 2, "factor": 2, "max": 600, "jitter": True}


def delay(backoff: Backoff, attempt: int, random: Callable[[], float]) -> float:
    """Seconds to wait after the `attempt`th failure (the first is 1).

    With jitter it lies anywhere between half of the grown delay and all of it. `random` gives a number in [0, 1).
    """
    backoff = {**DEFAULTS, **backoff}
    try:
        grown = float(backoff["initial"]) * float(backoff["factor"]) ** max(attempt - 1, 0)
    except OverflowError:
        grown = math.inf
    seconds = min(grown, float(backoff["max"]))
    return seconds * (0.5 + random() / 2) if backoff["jitter"] else seconds
