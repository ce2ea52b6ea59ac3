"""The example application for the browser: a small shop, its two databases, and a worker that can be killed."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from examples.db_migration import shop_data
from examples.db_migration.config import Config
from examples.db_migration.databases import Database
from examples.db_migration.shop_mode import Mode, write_mode
from tests.examples.content import content
from tests.servers import ROOT, free_port, wait_until

from .hub import BrowserHub

ROWS = 12_000
ROWS_PER_SECOND = "1500"
LEASE_SECONDS = "10"


class Shop:
    """Sells all the while; `migrate` starts the worker."""

    def __init__(self, hub: BrowserHub, place: Path) -> None:
        self.hub, self.place = hub, place
        postgres = f"{hub.database}?schema=shop" if hub.database.startswith("postgres") else ""
        offered = [
            Database("shop-old", "Shop, in use (SQLite)", f"sqlite:///{place / 'old'}.sqlite3"),
            Database("shop-new", "Shop, new and empty", postgres or f"sqlite:///{place / 'new'}.sqlite3"),
            Database("shop-spare", "Shop, spare copy (SQLite)", f"sqlite:///{place / 'spare'}.sqlite3"),
            Database("shop-away", "Fault: cannot be reached (PostgreSQL)", "postgresql://shop@127.0.0.1:9/shop"),
        ]
        self.config = Config(place, {one.name: one for one in offered}, f"http://127.0.0.1:{free_port()}")
        self.config.save()
        self._running: list[subprocess.Popen[bytes]] = []
        self._worker: subprocess.Popen[bytes] | None = None
        self._fill()

    def _fill(self) -> None:
        shop_data.ensure_place(self.config.database("shop-old"))
        shop_data.ensure_place(self.config.database("shop-new"))
        with self.config.database("shop-old").open() as old, self.config.database("shop-new").open() as new:
            shop_data.create_tables(old, strict=False)
            shop_data.create_tables(new, strict=True)
            shop_data.fill(old, rows=ROWS)
        write_mode(self.place, Mode(a="shop-old"))
        (self.place / "key").write_text(self.hub.keys["migrator"])

    def _run(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"examples.db_migration.{module}", "--data", str(self.place), *arguments]
        with open(self.place / f"{module}.log", "ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        self._running.append(process)
        return process

    def sell(self) -> None:
        self._run("shop", "run", "--rate", "10")

    def start_worker(self) -> None:
        """Starts one and waits until it has pushed what it declares."""
        before = self._pushes()
        always = ["--url", self.hub.url, "--key-file", str(self.place / "key")]
        worker = self._worker = self._run(
            "worker", *always, "--lease-seconds", LEASE_SECONDS, "--rows-per-second", ROWS_PER_SECOND
        )
        wait_until(lambda: self._pushes() > before or worker.poll() is not None, what="the manifest")
        assert worker.poll() is None, (self.place / "worker.log").read_text()

    def kill_worker(self) -> None:
        """As a power cut would."""
        assert self._worker
        self._worker.send_signal(signal.SIGKILL)
        self._worker.wait(10)

    def _pushes(self) -> int:
        log = self.place / "worker.log"
        return sum(line.startswith("The manifest is") for line in log.read_text().splitlines()) if log.exists() else 0

    def shop(self, *arguments: str) -> None:
        """One command on the shop."""
        assert self._run("shop", *arguments).wait(60) == 0

    def run_exactly(self, command: str) -> None:
        """Runs a command as a person would copy it from a page."""
        done = subprocess.run(command, shell=True, cwd=ROOT, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def assert_equal(self, result: dict[str, Any]) -> None:
        """Both sides hold the same, row by row, once the shop stands still; and as many as the result says or more."""
        self.stop(signal.SIGTERM)
        with self.config.database("shop-old").open() as old, self.config.database("shop-new").open() as new:
            assert content(old) == content(new)
            counts = shop_data.counts(new)
        assert all(counts[table] >= rows > 0 for table, rows in result["rows"].items())
        assert all(result["sha256"][table] for table in counts)

    def stop(self, number: int = signal.SIGKILL) -> None:
        for process in self._running:
            if process.poll() is None:
                process.send_signal(number)
        for process in self._running:
            process.wait(30)
