"""`make bench`: a real server on PostgreSQL, the calls that matter, and raw SQL doing the same in the same run."""

import argparse
import threading
import time
import uuid
from collections.abc import Callable

from benchmarks.deep import Deep
from benchmarks.load import Client, Figures, Step, measure
from benchmarks.raw import Raw
from benchmarks.server import Hub, running
from benchmarks.table import HEAD, report, show, show_processes
from benchmarks.work import FUNCTION, RAW_FUNCTION, creator, set_up, some_body, worker

CONNECTIONS = 8
BATCHES = (1, 10, 100)


def main() -> None:
    options = _options()
    with running() as hub:
        Benchmark(hub, options).run(options.only)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each figure is measured")
    parser.add_argument("--only", default="", help="only figures whose name has this in it")
    parser.add_argument("--ready", type=int, default=1_000_000, help="ready tasks of the long queue")
    parser.add_argument("--ended", type=int, default=5_000_000, help="ended tasks of the long history")
    return parser.parse_args()


class Benchmark:
    """One run: what is measured, in order, each printed as it is known."""

    def __init__(self, hub: Hub, options: argparse.Namespace) -> None:
        self.hub, self.options = hub, options
        self.seconds: float = options.seconds
        self.client = Client(hub)
        set_up(self.client.call)
        self.raw = Raw(hub.database, RAW_FUNCTION)

    def run(self, only: str) -> None:
        show(*HEAD)
        for name, act in self._figures():
            if only in name:
                act(name)
        show_processes(self.hub)

    def _figures(self) -> list[tuple[str, Callable[[str], None]]]:
        claims = [(f"claim + complete, batch {batch}", self._claims(batch)) for batch in BATCHES]
        return [
            ("create one task", self._create),
            ("create one task, alone", self._create_alone),
            ("bulk create, 1,000 a call", self._bulk),
            ("read one task", self._read),
            ("list 25 with a filter", self._list),
            *claims,
            ("enqueue to claim, waiting worker", self._wake),
            ("long queue", Deep(self, self.options.ready, self.options.ended).run),
        ]

    # --- Figures ------------------------------------------------------------------------------------

    def _create(self, name: str) -> None:
        ours = self._measure(self._creator)
        raw = self._measure(self.raw.create(self.some_task()))
        report(name, CONNECTIONS, ours, raw, ">= 400/s")

    def _create_alone(self, name: str) -> None:
        ours = self._measure(self._creator, connections=1)
        raw = self._measure(self.raw.create(self.some_task()), connections=1)
        report(name, 1, ours, raw, "p50 <= 4 ms")

    def _creator(self) -> Step:
        return creator(self.hub)

    def _bulk(self, name: str) -> None:
        def make() -> Step:
            client = Client(self.hub)

            def step() -> int:
                return len(client.call("POST", "/tasks/bulk", {"tasks": [some_body()] * 1000})["results"])

            return step

        report(name, 1, self._measure(make, connections=1), None, ">= 10,000/s")

    def _read(self, name: str) -> None:
        task = self.some_task()
        ours = self._measure(self._getter(f"/tasks/{task}"))
        report(name, CONNECTIONS, ours, self._measure(self.raw.read(task)), ">= 520/s")

    def _list(self, name: str) -> None:
        self.fill(1000)
        ours = self._measure(self._getter("/tasks?container=bench&status=new&limit=25"))
        report(name, CONNECTIONS, ours, self._measure(self.raw.page()), ">= 300/s")

    def _getter(self, path: str) -> Callable[[], Step]:
        def make() -> Step:
            client = Client(self.hub)

            def step() -> int:
                client.call("GET", path)
                return 1

            return step

        return make

    def _claims(self, batch: int) -> Callable[[str], None]:
        enough = int(self.seconds * {1: 1500, 10: 8000, 100: 20000}[batch])
        target = {1: ">= 500/s", 10: "", 100: ">= 6,000/s"}[batch]

        def act(name: str) -> None:
            self.fill(enough)
            ours = self._measure(lambda: worker(self.hub, batch))
            self.fill(enough, RAW_FUNCTION)
            report(name, CONNECTIONS, ours, self._measure(self.raw.claim_and_complete(batch)), target)

        return act

    def _wake(self, name: str) -> None:
        """How long after it was made a task is in the hands of a worker that waits for it."""
        self.client.call("PUT", "/functions/wake", {})
        made, got = {}, {}

        def work() -> None:
            client = Client(self.hub)
            while len(got) < 100:
                for task in client.call("POST", "/queue/claim", {"functions": ["wake"], "wait": 10})["tasks"]:
                    got[task["id"]] = time.perf_counter()

        worker = threading.Thread(target=work)
        worker.start()
        for _ in range(100):
            time.sleep(0.03)
            start = time.perf_counter()
            task = self.client.call("POST", "/tasks", {**some_body(), "function": "wake"})
            made[task["id"]] = start
        worker.join()
        times = sorted(got[task] - made[task] for task in made)
        report(name, 1, Figures(len(times), sum(times), times), None, "p50 <= 15 ms")

    # --- What they need -----------------------------------------------------------------------------

    def _measure(self, make: Callable[[], Step], connections: int = CONNECTIONS) -> Figures:
        return measure(make, connections=connections, seconds=self.seconds)

    def some_task(self) -> uuid.UUID:
        return uuid.UUID(self.client.call("POST", "/tasks", some_body())["id"])

    def fill(self, count: int, function: str = FUNCTION) -> None:
        """Ready tasks, made like one that the API made; what was ready before is put away."""
        with self.raw.connect() as connection:
            connection.execute("UPDATE tasks_task SET queued = false, status = 'canceled' WHERE queued")
            like = self.some_task()
            connection.execute(FILL, {"like": like, "function": function, "count": count})
            connection.execute("VACUUM ANALYZE tasks_task")
            connection.execute("CHECKPOINT")


FILL = """
INSERT INTO tasks_task
SELECT (jsonb_populate_record(t, jsonb_build_object('id', made.id, 'newest', made.id,
  'key', 'B-' || upper(substr(made.id::text, 1, 13)), 'function', %(function)s::text, 'queued', true))).*
FROM tasks_task t, (SELECT gen_random_uuid() AS id FROM generate_series(1, %(count)s)) made WHERE t.id = %(like)s
"""
