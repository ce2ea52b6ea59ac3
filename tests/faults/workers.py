"""Worker processes to be killed: `python -m tests.faults.workers CONFIG`, and one document a line each way.

A parent forks one process for each slot and another one whenever that ends, so that a killed worker costs a fork. It
says `{"slot", "pid"}` of each. On SIGTERM all end what they have begun. What a worker does is drawn from the seed,
its slot and how often that was filled.
"""

import json
import os
import random
import signal
import sys
import time
import uuid
from collections.abc import Callable
from types import FrameType
from typing import Any

from tests.faults.client import Client, Journal, Json, Unanswered, lease_of

QUICK = 2
"""Seconds for which a lease is asked by heartbeats."""
stopping = False


def end(_sign: int, _frame: FrameType | None) -> None:
    global stopping
    stopping = True


class Worker:
    """Claims, works a little, and says what became of it; now and then late, twice, or not at all."""

    def __init__(self, config: Json, name: str) -> None:
        self.config = config
        self.dice = random.Random(f"{config['seed']}/{name}")
        self.client = Client(config["ports"], config["key"], Journal(config["journal"], name))

    def run(self) -> None:
        while not stopping:
            tasks = self.client.claim(self.config["functions"], self.dice.choice([1, 1, 2, 4]), self._id(), wait=2)
            for task in tasks:
                self._work(task)

    def _id(self) -> str:
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))

    def _work(self, task: Json) -> None:
        lease = lease_of(task)
        if task["function"] == "poison":
            os.kill(os.getpid(), signal.SIGKILL)
        if task["function"] == "steady":
            self.client.say("heartbeat", "leases", {**lease, "extend_seconds": QUICK})
        shortest, longest = self.config["work"]
        time.sleep(self.dice.uniform(shortest, longest))
        acts = PLAIN if self.config.get("plain") else ACTS
        (act,) = self.dice.choices(list(acts), weights=list(acts.values()))
        act(self, lease)

    # --- What becomes of a task -----------------------------------------------------------------------

    def complete(self, lease: Json) -> Json:
        return self.client.say("complete", "results", {**lease, "result": f"{self.client.journal.who} {self._id()}"})

    def fail(self, lease: Json) -> Json:
        return self.client.say("fail", "failures", {**lease, "error": {"name": "hiccup"}})

    def release(self, lease: Json) -> Json:
        return self.client.say("release", "leases", lease)

    def complete_late(self, lease: Json) -> None:
        """As after a long pause of the process: the lease has ended, and perhaps somebody else has it."""
        time.sleep(QUICK + self.dice.uniform(0, 2))
        self.complete(lease)

    def complete_twice(self, lease: Json) -> None:
        """The same again is the same; something else is refused."""
        result = {**lease, "result": f"{self.client.journal.who} {self._id()}"}
        self.client.say("complete", "results", result)
        self.client.say("complete", "results", result)
        self.client.say("complete", "results", {**result, "result": "something else"})

    def complete_released(self, lease: Json) -> None:
        """As if the answer to the release had been lost, and the work gone on: by now somebody else has it."""
        self.release(lease)
        time.sleep(self.dice.uniform(0.2, 0.6))
        self.complete(lease)

    def forget(self, lease: Json) -> None:
        """Says nothing more of it."""


ACTS: dict[Callable[[Worker, Json], Any], float] = {
    Worker.complete: 84,
    Worker.fail: 5,
    Worker.release: 2,
    Worker.complete_released: 2,
    Worker.complete_twice: 4,
    Worker.complete_late: 1.5,
    Worker.forget: 1.5,
}
PLAIN: dict[Callable[[Worker, Json], Any], float] = {Worker.complete: 80, Worker.fail: 10, Worker.release: 10}
"""Without mischief of their own: what goes wrong then is not theirs."""


def make_tasks(config: Json, name: str) -> None:
    """Make all the tasks; nobody kills this one. `made` says that each was acknowledged."""
    client = Client(config["ports"], config["key"], Journal(config["journal"], name))
    numbers, size = range(config["tasks"]), 20
    for first in numbers[::size]:
        bodies = [
            {"title": f"Task {number}", "function": config["functions"][number % 2 - 2]}
            for number in numbers[first : first + size]
        ]
        key = f"{config['seed']}-{first}"
        answer = client.call("POST", "/tasks/bulk", {"tasks": bodies, "atomic": True}, Idempotency_Key=key)
        for made in answer["results"]:
            client.journal.write(do="made", **{"is": "ok"}, task=made["task"])


# --- The parent ---------------------------------------------------------------------------------------


def spawn(config: Json, slot: int, generation: int) -> int:
    """Fork a process for a slot; its id."""
    pid = os.fork()
    if pid:
        print(json.dumps({"slot": slot, "pid": pid, "name": f"w{slot}.{generation}"}), flush=True)
        return pid
    code = 0
    try:
        Worker(config, f"w{slot}.{generation}").run()
    except (Unanswered, KeyError) as error:
        print(json.dumps({"slot": slot, "gave_up": repr(error)}), file=sys.stderr, flush=True)
        code = 1
    os._exit(code)


def main() -> None:
    with open(sys.argv[1], encoding="ascii") as file:
        config: Json = json.load(file)
    signal.signal(signal.SIGTERM, end)
    if config.get("tasks"):
        make_tasks(config, "maker")
        return
    slots = {spawn(config, slot, 0): (slot, 0) for slot in range(config["workers"])}
    told = False
    while slots:
        if stopping and not told:
            told = True
            for pid in slots:
                os.kill(pid, signal.SIGTERM)
        pid, _status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            time.sleep(0.01)
            continue
        slot, generation = slots.pop(pid)
        if not stopping:
            slots[spawn(config, slot, generation + 1)] = (slot, generation + 1)


if __name__ == "__main__":
    main()
