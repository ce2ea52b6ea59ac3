"""What happened: every lease, what was done to it, and what its worker did then. Times are monotonic seconds."""

import hashlib
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

OUTCOMES = frozenset({"complete", "fail", "release", "confirm-cancel", "hand-over"})
AT_ONCE = 1.0
"""Seconds in which a call may have been on its way before its worker knew of it."""


@dataclass
class Lease:
    """One lease as it was given out."""

    task: str
    key: str
    token: str
    worker: str
    delivery: int
    begun: float
    expires: float
    beats: int = 0
    late: float = 0.0
    """Seconds between its end and the latest call that came after it."""
    outcome: tuple[str, str] | None = None
    """The first outcome that the worker reported: its action, and a hash of its body."""
    ended: float | None = None
    lost_outcomes: int = 0
    """Lost answers to its outcome that have not been asked for again yet."""
    repeated: int = 0
    other_outcome: str | None = None
    to_be_ended: bool = False
    """It is to be ended before its worker writes next."""
    taken: bool = False
    canceled: bool = False
    heard_superseded: float | None = None
    written_after: list[str] = field(default_factory=list)
    heard_cancel: float | None = None

    @property
    def open(self) -> bool:
        return self.ended is None and not self.taken and self.heard_superseded is None


@dataclass
class LostClaim:
    """A claim with tasks in it whose answer was lost."""

    worker: str
    claim_id: str | None
    body: str
    keys: list[str]
    at: float
    repeated: bool = False


@dataclass(frozen=True)
class Call:
    """One call of the protocol."""

    action: str
    body: dict[str, Any]
    caller: str
    begun: float

    @property
    def worker(self) -> str:
        """The worker that a claim names, else the caller."""
        return str(self.body.get("worker") or self.caller)

    @property
    def digest(self) -> str:
        return digest_of(self.body)

    def items(self) -> list[dict[str, Any]]:
        """The entries of the call, one for each lease, with `task` and `token`."""
        if "lease_token" in self.body:
            return [{**self.body, "token": self.body.get("lease_token")}]
        lists = (value for value in self.body.values() if isinstance(value, list))
        return [item for items in lists for item in items if isinstance(item, dict)]


class Book:
    """Safe to use from several threads."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.lock = threading.RLock()
        self.leases: dict[str, Lease] = {}
        self.lost_claims: list[LostClaim] = []
        self.other_claims: list[str] = []
        self.counts: Counter[str] = Counter()
        self.claiming: Counter[str] = Counter()
        self.claimed_at: dict[str, float] = {}
        self.interrupted: set[str] = set()
        """Workers that were waiting for tasks when the server ended."""

    # --- claims -------------------------------------------------------------------------------------

    def claim_begins(self, call: Call) -> None:
        """A worker asks for tasks; maybe again."""
        with self.lock:
            self.counts["claims"] += 1
            self.claiming[call.worker] += 1
            for lost in self.lost_claims:
                if lost.claim_id is not None and lost.claim_id == call.body.get("claim_id"):
                    lost.repeated = True
                    if lost.body != call.digest:
                        self.other_claims.append(f"{call.worker} repeated claim {lost.claim_id} with another body")

    def claim_ends(self, call: Call, tasks: list[dict[str, Any]], *, lost: bool, server_ends: bool) -> list[Lease]:
        """What it got; answers the leases that are new."""
        with self.lock:
            self.claiming[call.worker] -= 1
            self.claimed_at[call.worker] = time.monotonic()
            if server_ends:
                self.interrupted.add(call.worker)
            new = [self._open(call, task) for task in tasks if task["lease"]["token"] not in self.leases]
            if lost:
                keys = [str(task["key"]) for task in tasks]
                self.lost_claims.append(
                    LostClaim(call.worker, call.body.get("claim_id"), call.digest, keys, time.monotonic())
                )
            return new

    def _open(self, call: Call, task: dict[str, Any]) -> Lease:
        lease, now = task["lease"], time.monotonic()
        made = Lease(
            task["id"], task["key"], lease["token"], call.worker, lease["delivery"], now, now + lease["seconds"]
        )
        self.leases[made.token] = made
        self.counts["leases"] += 1
        return made

    def was_disturbed(self, task: str) -> bool:
        """Whether one of the task's leases was disturbed before."""
        with self.lock:
            return any(lease.to_be_ended or lease.canceled for lease in self.leases.values() if lease.task == task)

    def due_to_end(self, call: Call) -> list[Lease]:
        """The leases named by a call that are to end before it."""
        with self.lock:
            named = [self.leases.get(str(item.get("token"))) for item in call.items()]
            return [lease for lease in named if lease and lease.to_be_ended and lease.open and not lease.outcome]

    def past(self, timestamp: float) -> bool:
        """Whether that is longer ago than a worker that follows the rules would need."""
        return time.monotonic() > timestamp + self.patience

    def seconds_until(self, quiet: float) -> float:
        """Seconds until the last claim was so many seconds ago."""
        with self.lock:
            return max(0.0, max(self.claimed_at.values(), default=0.0) + quiet - time.monotonic())

    # --- writes under a lease -------------------------------------------------------------------------

    def record_write(self, call: Call) -> None:
        """A worker writes, before that is processed."""
        with self.lock:
            for item in call.items():
                lease = self.leases.get(str(item.get("token")))
                if lease is None:
                    continue
                self._note_lateness(lease, call)
                if call.action in OUTCOMES:
                    self._note_outcome(lease, call, digest_of(item))
                elif lease.heard_superseded and call.begun > lease.heard_superseded + AT_ONCE:
                    lease.written_after.append(f"{call.action} {call.begun - lease.heard_superseded:.1f} s later")

    def _note_lateness(self, lease: Lease, call: Call) -> None:
        if lease.open and call.begun > lease.expires + AT_ONCE:
            lease.late = max(lease.late, call.begun - lease.expires)

    def _note_outcome(self, lease: Lease, call: Call, digest: str) -> None:
        """The first, the same again, or another; after a 409 only the same again is right."""
        outcome = (call.action, digest)
        if lease.outcome == outcome and (lease.lost_outcomes or not lease.heard_superseded):
            lease.repeated += lease.lost_outcomes > 0
            lease.lost_outcomes = 0
            return
        if lease.heard_superseded and call.begun > lease.heard_superseded + AT_ONCE:
            lease.written_after.append(f"{call.action} {call.begun - lease.heard_superseded:.1f} s later")
        elif lease.outcome and lease.ended:
            lease.other_outcome = f"{call.action} after {lease.outcome[0]}"
        lease.outcome = lease.outcome or outcome

    def record_answers(self, call: Call, results: list[dict[str, Any]], *, lost: bool) -> None:
        """What the worker was answered, or which answers were lost."""
        with self.lock:
            now = time.monotonic()
            for item, result in zip(call.items(), results, strict=False):
                lease = self.leases.get(str(item.get("token")))
                if lease is None:
                    continue
                if result["ok"]:
                    self._accepted(lease, call, result, now, lost=lost)
                elif result["code"] == "lease_superseded" and not lost and not lease.ended:
                    lease.heard_superseded = lease.heard_superseded or now
                elif call.action in OUTCOMES and not lease.ended:
                    lease.outcome = None  # refused for its content: another may follow

    def _accepted(self, lease: Lease, call: Call, result: dict[str, Any], now: float, *, lost: bool) -> None:
        if call.action in OUTCOMES:
            lease.ended = lease.ended or now
            lease.lost_outcomes += lost
        elif call.action == "heartbeat":
            lease.beats += 1
            lease.expires = now + result["seconds"]
            if result["directive"] == "cancel" and not lost:
                lease.heard_cancel = lease.heard_cancel or now


def digest_of(value: object) -> str:
    """Equal for equal bodies."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
