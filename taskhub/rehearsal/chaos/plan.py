"""What is disturbed, and how often: decided by a seed, so that a run can be repeated."""

import random
import secrets
import threading
from collections import Counter
from dataclasses import dataclass, field, fields

RATES = ("lose", "double", "take", "cancel")


@dataclass
class Plan:
    """Shares of calls or leases (0 to 1). Each disturbance strikes the first that it can, then by dice.

    `lose`: the answer is lost after the call was processed. `double`: the call is processed twice. `take`: a lease is
    ended early and its task goes back into the queue. `cancel`: the worker is asked to cancel.
    """

    seed: int = field(default_factory=lambda: secrets.randbelow(10_000))
    lose: float = 0.25
    double: float = 0.1
    take: float = 0.15
    cancel: float = 0.15
    patience: float = 10.0
    """Seconds in which a worker that means to repeat a call, or to take up a cancel, has done so."""

    def __post_init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def strikes(self, kind: str, what: str) -> bool:
        """Whether the next one of `what` is struck by that disturbance."""
        share = getattr(self, kind)
        with self._lock:
            number = self._counts[f"{kind} {what}"]
            self._counts[f"{kind} {what}"] += 1
        dice = random.Random(f"{self.seed} {kind} {what} {number}")  # noqa: S311  (a rehearsal, not a secret)
        return bool(share) and (number == 0 or dice.random() < share)

    def __str__(self) -> str:
        return ",".join(f"{part.name}={getattr(self, part.name)}" for part in fields(self))


def read_plan(text: str) -> Plan:
    """A plan from `seed=7,lose=0.5`. Raises ValueError naming what is wrong."""
    values: dict[str, int | float] = {}
    for pair in filter(None, text.split(",")):
        name, _, value = pair.strip().partition("=")
        number = float(value) if value.replace(".", "", 1).isdigit() else -1.0
        if name == "seed" and value.isdigit():
            values[name] = int(value)
        elif (name in RATES and 0 <= number <= 1) or (name == "patience" and number > 0):
            values[name] = number
        else:
            raise ValueError(
                f"{pair.strip()!r}: write seed=NUMBER, patience=SECONDS, or one of {', '.join(RATES)} with 0 to 1."
            )
    return Plan(**values)  # type: ignore[arg-type]
