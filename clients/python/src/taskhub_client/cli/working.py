"""`taskhub work MODULE:WORKER`: run a worker until SIGTERM or Ctrl-C; a second signal ends it at once."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from typing import Any

from taskhub_client.client import Client
from taskhub_client.worker import Worker

from .output import Output


def add_to(commands: Any) -> None:
    """The command and its options."""
    work = commands.add_parser("work", help="run a worker", description=__doc__)
    work.add_argument("worker", metavar="MODULE:WORKER", help="where the Worker object stands")
    work.add_argument("--concurrency", type=int, help="tasks at a time")
    work.add_argument("--name", help="what the worker calls itself")
    work.add_argument("--grace", type=float, help="seconds for handlers to end after the first signal")
    work.set_defaults(run=_work)


def _work(client: Client, options: argparse.Namespace, output: Output) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    worker = find(options.worker)
    worker.connection = worker.connection or client.connection
    for name in ("concurrency", "name", "grace"):
        if getattr(options, name) is not None:
            setattr(worker, name, getattr(options, name))
    worker.run()


def find(place: str) -> Worker:
    """The worker at `package.module:name`. Raises ValueError."""
    module, colon, name = place.partition(":")
    if not colon:
        raise ValueError("Say where the worker stands: MODULE:WORKER.")
    sys.path.insert(0, "")
    try:
        worker = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError as error:
        raise ValueError(f"There is no module {error.name!r} here.") from error
    if not isinstance(worker, Worker):
        raise ValueError(f"{place} is not a Worker.")
    return worker
