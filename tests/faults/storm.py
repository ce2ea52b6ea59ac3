"""A run of real workers over many tasks, while they are killed and what is below TaskHub breaks."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from taskhub.processes import end_with_parent
from tests.servers import ROOT, Hub, wait_until

from . import checker
from .client import Client, Journal

SEED = os.environ.get("SEED") or str(random.SystemRandom().randrange(10**6))
"""All that is drawn follows from it; `SEED=… make test` draws the same again."""
RETRIES = {"enabled": True, "max_retries": 1000, "delays": [0.1]}
FUNCTIONS = {
    "brief": {"time_limit": 3, "retry_policy": RETRIES},
    "steady": {"lease_seconds": 10, "retry_policy": RETRIES},
}
"""Leases that end soon: by the time limit of the function, and by heartbeats that ask for little."""
STILL = 15.0
"""Seconds without progress after which the next victim falls anyway."""
Disaster = tuple[float, str, Callable[[], Any]]
"""After which part of the tasks, its name, and what to do."""


@dataclass
class Storm:
    """So many tasks, so many workers killed on the way, and disasters in between."""

    hub: Hub
    tasks: int
    kills: int
    workers: int = 8
    work: tuple[float, float] = (0.01, 0.15)
    disasters: Sequence[Disaster] = ()
    seed: str = SEED
    patience: float = 120.0
    options: dict[str, Any] = field(default_factory=dict)
    """More for the configuration of the workers."""
    alive: dict[int, tuple[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.place = Path(self.hub.place) / "storm"
        self.place.mkdir()
        self.journal = self.place / "history.jsonl"
        self.mine = Journal(str(self.journal), "storm")
        self.key = self.hub.manage("create_application", "stormy")
        self.client = Client(list(self.hub.ports.values()), self.key, self.mine)
        self.children: list[subprocess.Popen[str]] = []
        self.dice = random.Random(self.seed)
        self.seen = self.completed = 0

    def run(self) -> checker.Report:
        """Prints what it came to; `wrong` says what must not be."""
        start = time.monotonic()
        try:
            self._begin()
            self._break_things()
            wait_until(self._all_done, "all tasks to end", seconds=self.patience)
        finally:
            self._end()
        report = checker.check(self.journal, self.hub.database)
        report.figures = {"seed": self.seed, "seconds": round(time.monotonic() - start), **report.figures}
        print(f"\n{report}")
        return report

    # --- Its course -------------------------------------------------------------------------------

    def _begin(self) -> None:
        for name, body in FUNCTIONS.items():
            assert self.client.call("PUT", f"/functions/{name}", body)["http"] < 300
        config = {"seed": self.seed, "key": self.key, "ports": list(self.hub.ports.values()), "work": self.work}
        config |= {"journal": str(self.journal), "functions": ["brief", "steady"], **self.options}
        self._spawn("maker", {**config, "tasks": self.tasks})
        self._spawn("workers", {**config, "workers": self.workers})
        threading.Thread(target=self._meet, args=[self.children[-1]], daemon=True).start()

    def _spawn(self, name: str, config: dict[str, Any]) -> None:
        path = self.place / f"{name}.json"
        path.write_text(json.dumps(config))
        command = [sys.executable, "-m", "tests.faults.workers", str(path)]
        with open(self.place / f"{name}.log", "ab") as log:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                process_group=0,
                preexec_fn=end_with_parent,
            )
        self.children.append(child)

    def _meet(self, nursery: "subprocess.Popen[str]") -> None:
        for line in nursery.stdout or ():
            said = json.loads(line)
            self.alive[said["slot"]] = (said["pid"], said["name"])

    def _break_things(self) -> None:
        """Victims fall and disasters come when so much is done; they come too if nothing goes on."""
        kills = [(0.95 * (number + 1) / self.kills, "kill", self._kill_one) for number in range(self.kills)]
        for part, name, act in sorted([*kills, *self.disasters], key=lambda due: due[0]):
            self._await_progress(part * self.tasks)
            if name != "kill":
                self.mine.write(do="disaster", **{"is": "ok"}, name=name)
            act()

    def _await_progress(self, wanted: float) -> None:
        last, since = self.done(), time.monotonic()
        while (done := self.done()) < wanted and time.monotonic() - since < STILL:
            if done > last:
                last, since = done, time.monotonic()
            time.sleep(0.02)

    def _kill_one(self) -> None:
        _slot, pid, name = self._victim()
        os.kill(pid, signal.SIGKILL)
        self.mine.write(do="kill", **{"is": "ok"}, victim=name)

    def pause_one(self, seconds: float = 4.0) -> None:
        """A worker stands still for longer than its lease, and then goes on as if nothing had been."""
        slot, pid, name = self._victim()
        os.kill(pid, signal.SIGSTOP)
        self.mine.write(do="pause", **{"is": "ok"}, victim=name)

        def wake() -> None:
            os.kill(pid, signal.SIGCONT)
            self.alive[slot] = pid, name

        threading.Timer(seconds, wake).start()

    def _victim(self) -> tuple[int, int, str]:
        """Slot, process and name of a worker that lives and moves."""
        wait_until(lambda: self.alive, "a worker")
        slot = self.dice.choice(sorted(self.alive))
        return slot, *self.alive.pop(slot)

    def done(self) -> int:
        """How many tasks were completed, by what the journal got since the last look."""
        with open(self.journal, "rb") as file:
            file.seek(self.seen)
            new = file.read()
        whole = new.rfind(b"\n") + 1
        self.seen += whole
        self.completed += new[:whole].count(b'"do": "completed", "is": "ok"')
        return self.completed

    def _all_done(self) -> bool:
        assert all(child.poll() in (None, 0) for child in self.children), (self.place / "maker.log").read_text()
        live = "SELECT count(*) FROM tasks_task WHERE status IN ('new', 'in_progress')"
        return self.children[0].poll() == 0 and checker.rows(self.hub.database, live)[0][0] == 0

    def _end(self) -> None:
        for child in self.children:
            child.terminate()
        for child in self.children:
            try:
                child.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
