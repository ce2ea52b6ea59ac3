"""The worker: claims tasks from TaskHub and does them.

    python -m examples.db_migration.worker --url http://127.0.0.1:8000 --key-file KEY [--automatic]

It can be killed at any time: what it held is claimed again when its lease ends, and goes on from the
checkpoint. On SIGTERM it gives back what it holds at the next step and ends.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from . import asks
from .config import Config, default_data_dir, load
from .job import CancelRequested, Job
from .manifest import manifest, push
from .migration import Migration, Stopped
from .pace import Pace
from .problems import Problem
from .shop_control import ShopControl
from .syncing import run_sync
from .taskhub import Json, LeaseLost, Refused, Stopping, TaskHub, from_environment

LEASE_SECONDS = 15
UNCLAIMED_AFTER = 90
WAIT = 5
SWEEP_EVERY = 30.0


class Worker:
    """Does tasks, one after the other, until told to stop. Several may run side by side."""

    def __init__(
        self,
        hub: TaskHub,
        config: Config,
        *,
        name: str,
        automatic: bool = False,
        rows_per_second: float | None = None,
        lease_seconds: int = LEASE_SECONDS,
    ) -> None:
        self.hub, self.config, self.name = hub, config, name
        self.automatic, self.rows_per_second = automatic, rows_per_second
        self.lease_seconds = lease_seconds
        self.shop = ShopControl(config.shop_control)
        self.functions: dict[str, Callable[[Job], None]] = {
            "migration.run": self._migrate,
            "migration.sync": lambda job: run_sync(job, self.config),
            asks.ANSWERED: lambda job: asks.answer_is_looked_at(job, self.config, self.shop),
        }

    def run(self) -> None:
        """Claims and works until the hub's `stop` is set."""
        swept = 0.0
        while not self.hub.stop.is_set():
            try:
                if self.work_once() or time.monotonic() - swept < SWEEP_EVERY:
                    continue
                swept = time.monotonic()
                asks.close_left_over_asks(self.hub)
            except (Refused, LeaseLost) as refused:
                self._say(f"TaskHub refused: {refused}")
                self.hub.stop.wait(2)
            except Stopping:
                return

    def work_once(self) -> bool:
        """Claims one task and does it; False if there was none."""
        task = self.hub.claim(list(self.functions), worker=self.name, lease_seconds=self.lease_seconds, wait=WAIT)
        if task is None:
            return False
        self._say(f"{task['key']} {task['function']} (delivery {task['lease']['delivery']})")
        self._work(Job(self.hub, task, lease_seconds=self.lease_seconds))
        return True

    def _work(self, job: Job) -> None:
        """Does one task; however that ends, TaskHub is told what became of it."""
        try:
            self.functions[job.task["function"]](job)
        except LeaseLost as lost:
            self._say(f"{job.key} is not ours any more: {lost}")
        except CancelRequested:
            job.confirm_cancel("Stopped as requested; what was copied stays in the target.")
        except Stopped as stopped:
            job.cancel(str(stopped))
        except Stopping:
            job.release()
        except Problem as problem:
            self._fail(job, problem.as_error())
        except Exception as error:  # whatever it is, a person gets to see it
            message = f"{type(error).__name__}: {error}"
            self._fail(job, {"name": "Unexpected", "type": type(error).__name__, "message": message})

    def _migrate(self, job: Job) -> None:
        pace = Pace(self.rows_per_second)
        Migration(job, self.config, self.shop, automatic=self.automatic, pace=pace).run()

    def _fail(self, job: Job, error: Json) -> None:
        """Reports an error. If people get the task, TaskHub writes them a work note of it."""
        decision = job.fail(error)["decision"]
        self._say(f"{job.key} failed ({decision}): {error['message']}")

    def _say(self, text: str) -> None:
        print(f"[{self.name}] {text}", flush=True)


def main() -> int:
    """Pushes the manifest, then works in a few threads until SIGTERM or Ctrl-C."""
    options = _parser().parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    config = load(options.data)
    hub = from_environment(options.url, options.key_file, stop)
    document = manifest(config, unclaimed_after=options.unclaimed_after, lease_seconds=options.lease_seconds)
    print(f"The manifest is pushed; changed: {', '.join(push(hub, document)) or 'nothing'}", flush=True)
    workers = [_worker(hub, config, options, slot) for slot in range(options.slots)]
    threads = [threading.Thread(target=worker.run, name=worker.name) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0


def _worker(hub: TaskHub, config: Config, options: argparse.Namespace, slot: int) -> Worker:
    name = f"{socket.gethostname()}-{os.getpid()}-{slot}"
    return Worker(
        hub,
        config,
        name=name,
        automatic=options.automatic,
        rows_per_second=options.rows_per_second,
        lease_seconds=options.lease_seconds,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m examples.db_migration.worker",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--url", help="TaskHub's address (else TASKHUB_URL)")
    parser.add_argument("--key-file", help="a file with the API key (else TASKHUB_KEY)")
    parser.add_argument("--data", type=Path, default=default_data_dir(), help="the data directory")
    parser.add_argument("--automatic", action="store_true", help="ask nobody: switch the shop through its control")
    parser.add_argument("--rows-per-second", type=float, help="the pace of the copy")
    parser.add_argument("--lease-seconds", type=int, default=LEASE_SECONDS, help="how long a kill goes unnoticed")
    parser.add_argument(
        "--unclaimed-after", type=int, default=UNCLAIMED_AFTER, help="seconds until people get what nobody claims"
    )
    parser.add_argument("--slots", type=int, default=2, help="tasks done side by side")
    return parser


if __name__ == "__main__":
    sys.exit(main())
