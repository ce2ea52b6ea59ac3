"""`python -m benchmarks.embedded`: one process on SQLite with its background inside, as `make run` starts it.

Ready tasks are made over the API, so the events of their making are dispatched while they are claimed.
"""

import argparse

from benchmarks.load import Client, measure
from benchmarks.server import embedded
from benchmarks.table import HEAD, report, show, show_processes
from benchmarks.work import creator, set_up, some_body, worker

CONNECTIONS = 8
BULK = 500
READY = {1: 600, 100: 4000}
"""Tasks made for each second that a batch is measured."""
TARGETS = {1: ">= 300/s", 100: ">= 2,000/s"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.embedded", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each figure is measured")
    seconds: float = parser.parse_args().seconds
    with embedded() as hub:
        client = Client(hub)
        set_up(client.call)
        show(*HEAD)
        made = measure(lambda: creator(hub), connections=CONNECTIONS, seconds=seconds)
        report("create one task", CONNECTIONS, made, None, "")
        for batch, ready in READY.items():
            for _ in range(0, int(ready * seconds), BULK):
                client.call("POST", "/tasks/bulk", {"tasks": [some_body()] * BULK})
            done = measure(lambda batch=batch: worker(hub, batch), connections=CONNECTIONS, seconds=seconds)  # type: ignore[misc]
            report(f"claim + complete, batch {batch}", CONNECTIONS, done, None, TARGETS[batch])
        show_processes(hub)


if __name__ == "__main__":
    main()
