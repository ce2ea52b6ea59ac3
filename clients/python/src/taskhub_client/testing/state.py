"""The state of the hub in memory, and its refusals."""

from __future__ import annotations

import copy
import json
import secrets
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from taskhub_client.encoding import timestamp
from taskhub_client.shapes import Json

ENDED = ("complete", "failed", "retried", "canceled", "aborted")


class Refusal(Exception):
    """A problem document."""

    def __init__(self, status: int, code: str, detail: str, errors: list[Json] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.errors = errors if errors is not None else [problem("", code, detail)]

    def document(self) -> Json:
        """The body of the answer, or an item of a batch."""
        return {"status": self.status, "code": self.code, "detail": self.detail, "errors": self.errors}


def problem(pointer: str, code: str, detail: Any) -> Json:
    """One entry of `errors`."""
    return {"pointer": pointer, "code": code, "detail": detail}


def absent() -> Refusal:
    """The answer for what does not exist."""
    return Refusal(404, "not_found", "There is no such thing.")


def superseded() -> Refusal:
    """The answer to a worker whose lease is not current."""
    return Refusal(409, "lease_superseded", "The lease has been superseded: the task is no longer yours.")


def now() -> str:
    """The time as the API writes it."""
    return timestamp(datetime.now(UTC))


@dataclass
class Lease:
    """The right of one worker to one task."""

    token: str
    claim: str
    worker: str
    seconds: int
    ends_at: float = 0.0
    until: str = ""
    cancel_requested: bool = False

    def last(self, seconds: int) -> None:
        """It lasts for so many seconds from now."""
        self.ends_at = time.monotonic() + seconds
        self.until = timestamp(datetime.now(UTC) + timedelta(seconds=seconds))


@dataclass
class Record:
    """One task: what everybody reads, and what stands behind it."""

    task: Json
    number: int
    lease: Lease | None = None
    delivery: int = 0
    answers: Json | None = None
    checkpoint: Any = None
    previous_errors: list[Json] = field(default_factory=list)
    retries: int = 0
    notes: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    handovers: list[Json] = field(default_factory=list)
    questions: dict[str, str] = field(default_factory=dict)
    """Id of a handover → what was asked, to know the same question again."""
    outcomes: dict[str, tuple[str, Json]] = field(default_factory=dict)
    """Token of a lease that has ended → what was reported under it, and the result."""

    @property
    def open_handover(self) -> Json | None:
        return next((item for item in self.handovers if item["state"] in ("open", "claimed")), None)

    @property
    def is_claimable(self) -> bool:
        task = self.task
        return task["status"] == "new" and bool(task["function"]) and task["start_at"] <= now()

    def move(self, status: str, **changes: Any) -> None:
        """Another status; a lease does not outlive it."""
        self.lease = None
        self.change(status=status, status_changed_at=now(), cancel_requested=False, **changes)

    def change(self, **changes: Any) -> None:
        """Other properties, and with them another version."""
        self.task.update(changes, updated_at=now(), version=secrets.token_hex(8))
        handover = self.open_handover
        self.task["handover"] = handover["id"] if handover else None
        holder = "lease" if self.lease else "handover" if handover else "application"
        who = self.lease.worker if self.lease else handover["to"] if handover else None
        self.task["custody"] = {"holder": holder, "who": who, "until": self.lease.until if self.lease else None}


@dataclass
class State:
    """Everything in the hub; `changed` guards it."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    containers: dict[str, Json] = field(default_factory=dict)
    types: dict[tuple[str, str], Json] = field(default_factory=dict)
    functions: dict[str, Json] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    workers: dict[str, Json] = field(default_factory=dict)
    repeated: dict[tuple[str, str, str], tuple[str, int, Any]] = field(default_factory=dict)

    def find(self, name: str) -> Record:
        """A task by id, or the newest attempt by key. Raises Refusal."""
        for record in self.records.values():
            if name in (record.task["id"], record.task["key"]):
                return record
        raise absent()

    def newest(self, name: str) -> Record:
        """The attempt that writes act on. Raises Refusal."""
        record = self.find(name)
        while record.task["retried_by_task_id"]:
            record = self.records[record.task["retried_by_task_id"]]
        return record

    def add(self, task: Json) -> Record:
        """A new task."""
        record = Record(task, number=len(self.records))
        self.records[task["id"]] = record
        record.change()
        return record

    def type_of(self, task: Mapping[str, Any]) -> Json:
        """The declared type of a task; empty for a plain call of a function."""
        return self.types.get((task["container"], task["type"]), {})

    def function_of(self, task: Mapping[str, Any]) -> Json:
        """The declared function of a task; empty without one."""
        return self.functions.get(task["function"] or "", {})


def new_id() -> str:
    """An id that rises with time."""
    return str(uuid.UUID(int=(time.time_ns() // 1_000_000 << 80) | 7 << 76 | 2 << 62 | secrets.randbits(62)))


def digest(value: Any) -> str:
    """Equal for equal values."""
    return json.dumps(value, sort_keys=True)


def snapshot(value: Any) -> Any:
    """A copy that later changes do not touch."""
    return copy.deepcopy(value)
