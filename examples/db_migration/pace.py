"""Holding back: a copy at full speed would be felt by the shop's customers."""

from __future__ import annotations

import time


class Pace:
    """At most so many rows a second; None for no limit."""

    def __init__(self, rows_per_second: float | None = None) -> None:
        self._rate = rows_per_second
        self._free_at = time.monotonic()

    def rows(self, count: int) -> None:
        """Sleeps until that many rows fit into the pace."""
        if self._rate:
            self._free_at = max(self._free_at, time.monotonic() - 1) + count / self._rate
            time.sleep(max(0.0, self._free_at - time.monotonic()))
