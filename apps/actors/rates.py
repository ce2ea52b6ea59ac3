"""How much one person, or one key, may write: a token bucket for each, in this process.

Each process counts for itself: with N web processes the limit is up to N times the setting. In return it costs a
microsecond and no query. A limit of 0 is none.
"""

import threading
import time
from collections import OrderedDict

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.errors import LimitExceeded

WINDOW = 60
"""Seconds for which the settings say how many writes."""
MOST = 10_000
"""Buckets that are stored; the one that was used longest ago goes first, and would be nearly full anyhow."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Buckets:
    """Writes that are left for each caller."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, caller: str, quota: int) -> None:
        """One write. Raises LimitExceeded when none is left."""
        now = time.monotonic()
        with self.lock:
            left, since = self.left.pop(caller, (float(quota), now))
            left = min(float(quota), left + (now - since) * quota / WINDOW)
            self.left[caller] = (left - 1 if left >= 1 else left, now)
            if len(self.left) > MOST:
                self.left.popitem(last=False)
        if left < 1:
            detail = _("That is more than %(quota)d writes a minute.") % {"quota": quota}
            raise LimitExceeded(detail, retry_after=(1 - left) * WINDOW / quota, quota=quota, window=WINDOW)


buckets = Buckets()


def spend_by_person(user_id: object, method: str | None) -> None:
    """Count a request of a person. Raises LimitExceeded."""
    if settings.PERSON_WRITES_PER_MINUTE and method not in SAFE:
        buckets.spend(f"user:{user_id}", settings.PERSON_WRITES_PER_MINUTE)


def spend_by_key(prefix: str, method: str | None) -> None:
    """Count a request with a key. Raises LimitExceeded."""
    if settings.KEY_WRITES_PER_MINUTE and method not in SAFE:
        buckets.spend(f"key:{prefix}", settings.KEY_WRITES_PER_MINUTE)
