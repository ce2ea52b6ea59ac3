"""What a long queue and a long history cost: the same calls at 1,000 ready tasks, and at millions."""

import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks.backlog import grow
from benchmarks.load import Client, Figures, Step, measure
from benchmarks.table import show

if TYPE_CHECKING:
    from benchmarks.run import Benchmark

SHORT = 1000
PATHS = {"list 25 with a filter": "/tasks?container=bench&status=new&limit=25", "queue stats": "/queue/stats"}
TARGETS = {"claim one task": "<= 1.3 x", "list 25 with a filter": "<= 1.25 x"}


class Deep:
    """Each call alone on one connection, first on the short queue, then on the long one; ratios are of the p50."""

    def __init__(self, benchmark: "Benchmark", ready: int, ended: int) -> None:
        self.benchmark, self.ready, self.ended = benchmark, ready, ended
        self.short: dict[str, Figures] = {}

    def run(self, name: str) -> None:
        """Two rows a call."""
        self.benchmark.fill(SHORT)
        for what, figures in self._measured():
            self.short[what] = figures
            row(f"{what}, {SHORT:,} ready", figures, "", "")
        start = time.monotonic()
        grow(self.benchmark.hub.database, self.benchmark.some_task(), ready=self.ready, ended=self.ended)
        show(f"  ({self.ready:,} ready and {self.ended:,} ended tasks made in {time.monotonic() - start:.0f} s)")
        for what, figures in self._measured():
            ratio = figures.percentile(50) / self.short[what].percentile(50)
            row(f"{what}, {self.ready:,} ready", figures, f"{ratio:.2f} x", TARGETS.get(what, ""))

    def _measured(self) -> "list[tuple[str, Figures]]":
        calls = {"claim one task": self._claim, **{what: self._get(path) for what, path in PATHS.items()}}
        seconds = self.benchmark.seconds
        return [(what, measure(call, connections=1, seconds=seconds)) for what, call in calls.items()]

    def _claim(self) -> Step:
        client = Client(self.benchmark.hub)

        def step() -> int:
            body = {"claim_id": str(uuid.uuid4()), "functions": ["bench"], "worker": "bench"}
            return len(client.call("POST", "/queue/claim", body)["tasks"])

        return step

    def _get(self, path: str) -> Callable[[], Step]:
        def make() -> Step:
            client = Client(self.benchmark.hub)

            def step() -> int:
                client.call("GET", path)
                return 1

            return step

        return make


def row(name: str, figures: Figures, ratio: str, target: str) -> None:
    """One line of the table, without raw SQL beside it."""
    p50, p99 = f"{figures.percentile(50):.1f}", f"{figures.percentile(99):.1f}"
    show(name, "1", f"{figures.rate:,.0f}", p50, p99, "", ratio, target)
