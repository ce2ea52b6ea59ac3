"""The worker: claims tasks from TaskHub and does them.

    python -m examples.db_migration.worker --url http://127.0.0.1:8000 --key-file KEY [--automatic]

It can be killed at any time: what it held is claimed again when its lease ends, and goes on from the
checkpoint. On SIGTERM it gives back what it holds at the next step and ends.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
import time
from pathlib import Path

from taskhub_client import FOREVER, Canceled, ClaimedTask, Client, Json, Refused, Worker

from . import questions
from .config import Config, default_data_dir, load
from .manifest import manifest
from .migration import Migration
from .pace import Pace
from .shop_control import ShopControl
from .syncing import run_sync

LEASE_SECONDS = 15
UNCLAIMED_AFTER = 90
WAIT = 5
SWEEP_EVERY = 30.0
STOPPED = "Stopped as requested; what was copied stays in the target."


def make_worker(
    client: Client,
    config: Config,
    *,
    automatic: bool = False,
    rows_per_second: float | None = None,
    slots: int = 2,
) -> Worker:
    """The three functions of this application."""
    worker = Worker(client, concurrency=slots, wait=WAIT)
    shop = ShopControl(config.shop_control)

    @worker.function("migration.run")
    def migrate(task: ClaimedTask) -> Json | None:
        try:
            return Migration(task, config, shop, automatic=automatic, pace=Pace(rows_per_second)).run()
        except Canceled as canceled:
            raise Canceled(canceled.note or STOPPED) from None

    @worker.function("migration.sync")
    def sync(task: ClaimedTask) -> None:
        run_sync(task, config)

    @worker.function(questions.ANSWERED)
    def answered(task: ClaimedTask) -> None:
        questions.answer_is_looked_at(task, config, shop)

    return worker


def main() -> int:
    """Pushes the manifest, then works until SIGTERM or Ctrl-C."""
    options = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    config = load(options.data)
    client = connect(options.url, options.key_file)
    document = manifest(config, unclaimed_after=options.unclaimed_after, lease_seconds=options.lease_seconds)
    changes = [change["name"] for change in client.apply(document)["changes"] if change["change"] != "unchanged"]
    print(f"The manifest is pushed; changed: {', '.join(changes) or 'nothing'}", flush=True)
    threading.Thread(target=sweep, args=[client], daemon=True).start()
    pace = options.rows_per_second
    make_worker(client, config, automatic=options.automatic, rows_per_second=pace, slots=options.slots).run()
    return 0


def sweep(client: Client) -> None:
    """Now and then takes back questions that nobody needs any more. Several workers may do it at once."""
    while True:
        time.sleep(SWEEP_EVERY)
        try:
            questions.close_open_questions(client)
        except Refused as refused:
            print(f"A question is not taken back: {refused}", flush=True)


def connect(url: str | None, key_file: str | None) -> Client:
    """The TaskHub at `TASKHUB_URL` with the key in `TASKHUB_KEY` or in the file given. It is asked until it answers."""
    key = Path(key_file).read_text().strip() if key_file else os.environ.get("TASKHUB_KEY")
    if not key:
        raise SystemExit("Give the API key in TASKHUB_KEY, or in a file with --key-file.")
    return Client(url or os.environ.get("TASKHUB_URL") or "http://127.0.0.1:8000", key, retry=FOREVER)


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
