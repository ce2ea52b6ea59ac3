"""Holds what clients saw against the database, when all has come to rest."""

import hashlib
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import psycopg

from apps.tasks.lifecycle import edges

Line = dict[str, Any]
SAID = {"completed": "complete", "failed": "fail"}
"""What the journal calls the answer to an outcome that ends a task, and its call."""
OUTCOMES = ("completed", "failed", "released")
"""What the journal calls the answer to an outcome."""
TASKS = """SELECT id, status, CAST(retry_for_task_ids AS text), outcome_token, CAST(result AS text),
    CAST(error AS text), lease_token FROM tasks_task"""
EVENTS = """SELECT task_id, time, CAST(data AS text) FROM events_event
    WHERE type = 'task.status_changed' ORDER BY task_id, sequence"""
ENDED = {"complete", "failed", "retried", "canceled", "aborted", "handed_over"}
ZOMBIE = "zombieTaskCleaned"


def read_journal(path: Path) -> list[Line]:
    """Every line, in the order in which they were written; a killed process may leave half of its last one."""
    lines = []
    for text in path.read_bytes().splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            continue
    return sorted(lines, key=lambda line: float(line["t"]))


def rows(database: str, query: str) -> list[tuple[Any, ...]]:
    """What a plain SELECT gives, on either database."""
    if database.startswith("sqlite"):
        with sqlite3.connect(f"file:{unquote(urlsplit(database).path[1:])}?mode=ro", uri=True) as connection:
            return connection.execute(query).fetchall()
    with psycopg.connect(database) as reader:
        return reader.execute(query).fetchall()  # type: ignore[arg-type]


def moment(value: Any) -> float:
    """Seconds since 1970."""
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    return float(read.timestamp() if read.tzinfo else datetime.fromisoformat(f"{read}+00:00").timestamp())


@dataclass
class Report:
    """What a run came to. `wrong` must be empty."""

    figures: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = ", ".join(f"{name} {value}" for name, value in self.figures.items())
        return "\n".join([said, *self.wrong[:20]])


@dataclass(frozen=True)
class Row:
    """A task as it is stored; `outcome` is the hash of the token of the lease that ended it."""

    status: str
    earlier: list[str]
    outcome: bytes
    result: Any
    error: str | None
    leased: bool

    @classmethod
    def read(cls, status: str, earlier: str, outcome: Any, result: Any, error: Any, token: Any) -> "Row":
        documents = [json.loads(value) if value else None for value in (result, error)]
        name = (documents[1] or {}).get("name")
        return cls(status, json.loads(earlier), bytes(outcome or b""), documents[0], name, token is not None)


class Evidence:
    """The journal and the rows, by task."""

    def __init__(self, journal: Path, database: str) -> None:
        self.lines = read_journal(journal)
        self.tasks = {UUID(str(id)).hex: Row.read(*row) for id, *row in rows(database, TASKS)}
        self.moves: dict[str, list[tuple[float, str, str]]] = defaultdict(list)
        for task, time, data in rows(database, EVENTS):
            before, after = json.loads(data)["changes"]["status"]
            self.moves[UUID(str(task)).hex].append((moment(time), before, after))
        self.attempts: dict[str, list[str]] = defaultdict(list)
        self.successor: dict[str, str] = {}
        for id, row in self.tasks.items():
            self.attempts[UUID(row.earlier[0]).hex if row.earlier else id].append(id)
            if row.earlier:
                self.successor[UUID(row.earlier[-1]).hex] = id

    def said(self, what: str, how: str = "ok") -> list[Line]:
        return [line for line in self.lines if line["do"] == what and line["is"] == how]


def check(journal: Path, database: str) -> Report:
    """Every acknowledged task ended exactly once, with the outcome that was accepted, and none from an old lease."""
    evidence, report = Evidence(journal, database), Report()
    made = [UUID(line["task"]).hex for line in evidence.said("made")]
    for name, problems in {
        "lost": [task for task in made if task not in evidence.tasks],
        "unended": list(_unended(evidence)),
        "ended twice": list(_ended_twice(evidence)),
        "accepted twice": list(_accepted_twice(evidence)),
        "accepted late": list(_accepted_late(evidence)),
        "other outcome": list(_other_outcome(evidence)),
        "leased twice": list(_leased_twice(evidence)),
        "illegal": list(_illegal(evidence)),
        "server errors": [str(line) for line in evidence.lines if 500 <= int(line.get("status") or 0) != 503],
    }.items():
        report.figures[name] = len(problems)
        report.wrong += [f"{name}: {problem}" for problem in problems]
    report.figures = {**_counts(evidence, made), **report.figures}
    return report


# --- What must not be ---------------------------------------------------------------------------------


def _unended(evidence: Evidence) -> Iterable[str]:
    """Tasks that are neither at an end nor with a person, and leases that nobody decided about."""
    for id, row in evidence.tasks.items():
        if row.status not in ENDED or row.leased:
            yield f"{id} is {row.status}"


def _ended_twice(evidence: Evidence) -> Iterable[str]:
    for root, attempts in evidence.attempts.items():
        if sum(evidence.tasks[id].status != "retried" for id in attempts) != 1:
            yield f"{root}: {[evidence.tasks[id].status for id in attempts]}"
    for id, moves in evidence.moves.items():
        if sum(after in ENDED for _, _, after in moves) > 1:
            yield f"{id}: {moves}"


def _accepted(evidence: Evidence) -> list[Line]:
    """Outcomes that ended a task, in the words of those who sent them."""
    return [line for what in SAID for line in evidence.said(what)]


def _accepted_twice(evidence: Evidence) -> Iterable[str]:
    """Two outcomes of one task, from other leases or other in what they say."""
    said: dict[str, set[str]] = defaultdict(set)
    for line in _accepted(evidence):
        said[line["task"]].add(f"{line['do']} {line['token']} {line['said']}")
    return [f"{task}: {sorted(outcomes)}" for task, outcomes in said.items() if len(outcomes) > 1]


def _accepted_late(evidence: Evidence) -> Iterable[str]:
    """An outcome that was begun when a later lease of the same task was already known, or its task decided about."""
    leased: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for line in evidence.said("leased"):
        leased[line["root"]].append((line["t"], line["token"]))
    roots = {line["task"]: line["root"] for line in evidence.said("leased")}
    begun = {(line["who"], line["call"]): line["t"] for line in reversed(evidence.lines) if line["is"] == "invoke"}
    answered: dict[tuple[str, str, str], float] = {}
    for line in evidence.lines:
        if line["is"] == "ok" and line["do"] in SAID.values():
            answered.setdefault((line["do"], line["task"], line["token"]), begun[line["who"], line["call"]])
    for line in _accepted(evidence):
        start = answered[SAID[line["do"]], line["task"], line["token"]]
        mine = [time for time, token in leased[roots[line["task"]]] if token == line["token"]]
        if any(mine[0] < time < start for time, token in leased[roots[line["task"]]] if token != line["token"]):
            yield str(line)


def _other_outcome(evidence: Evidence) -> Iterable[str]:
    """What was accepted is what is stored, and what a lost lease ended was accepted from nobody."""
    for line in _accepted(evidence):
        row = evidence.tasks[UUID(line["task"]).hex]
        token = hashlib.sha256(line["token"].encode()).digest()
        if row.outcome != token or (line["do"] == "completed" and row.result != line["said"]):
            yield f"{line} but {row}"


def _leased_twice(evidence: Evidence) -> Iterable[str]:
    """One delivery of a task that two calls got; a repeated call gets the same again."""
    holders: dict[tuple[str, int], set[tuple[str, str]]] = defaultdict(set)
    for line in evidence.said("leased"):
        holders[line["task"], line["delivery"]].add((line["who"], line["token"]))
    return [f"{lease}: {who}" for lease, who in holders.items() if len(who) > 1]


def _illegal(evidence: Evidence) -> Iterable[str]:
    """Every chain of events is a path of the lifecycle, from `new` to where the row stands."""
    legal = edges()
    for id, moves in evidence.moves.items():
        path = ["new", *(after for _, _, after in moves)]
        steps = [(before, after) for _, before, after in moves]
        status = evidence.tasks[id].status
        if steps != list(pairwise(path)) or not set(steps) <= legal or path[-1] != status:
            yield f"{id}: {steps}, row {status}"


# --- Figures ------------------------------------------------------------------------------------------


def _counts(evidence: Evidence, made: list[str]) -> dict[str, Any]:
    refused = Counter(line.get("code") for what in OUTCOMES for line in evidence.said(what, "refused"))
    held = _held_at_death(evidence)
    zombies = sum(row.error == ZOMBIE for row in evidence.tasks.values())
    return {
        "tasks": len(made),
        "attempts": len(evidence.tasks),
        "leases": len({(line["task"], line["delivery"]) for line in evidence.said("leased")}),
        "kills": len([line for line in evidence.lines if line["do"] == "kill"]),
        "mid-lease": len({line["victim"] for line, _, _ in held}),
        "leases lost": zombies,
        "refused as superseded": refused["lease_superseded"],
        "calls without an answer": len([line for line in evidence.lines if line["is"] == "unknown"]),
        "noticed after the lease's end (s)": spread([noticed for _, noticed, _ in held]),
        "recovered after the kill (s)": spread([again for _, _, again in held if again is not None]),
    }


def _held_at_death(evidence: Evidence) -> list[tuple[Line, float, float | None]]:
    """(kill, seconds from the lease's end to the decision, seconds from the kill to the next lease), by lost lease."""
    ends: dict[str, dict[str, float]] = defaultdict(dict)
    begun: dict[str, float] = {}
    found = []
    for line in evidence.lines:
        if line["do"] == "leased":
            begun.setdefault(line["task"], line["t"])
        if line["is"] == "ok" and line["do"] in ("leased", "kept"):
            ends[line["who"]][line["task"]] = moment(line["expires_at"].replace("Z", "+00:00"))
        elif line["do"] in ("complete", "fail", "release"):
            ends[line["who"]].pop(line["task"], None)
        elif line["do"] == "kill":
            found += [(line, task, end) for task, end in ends.pop(line["victim"], {}).items()]
    lost = [held for held in found if evidence.tasks[UUID(held[1]).hex].error == ZOMBIE]
    return [(line, *_recovery(evidence, line, task, end, begun)) for line, task, end in lost]


def _recovery(
    evidence: Evidence, kill: Line, task: str, end: float, begun: dict[str, float]
) -> tuple[float, float | None]:
    decided = evidence.moves[UUID(task).hex][-1][0]
    successor = evidence.successor.get(UUID(task).hex)
    again = begun.get(str(UUID(successor))) if successor else None
    return decided - end, again - kill["t"] if again else None


def spread(values: list[float]) -> str:
    """Median, 99th in a hundred, and most."""
    if len(values) < 2:
        return str([round(value, 2) for value in values])
    cuts = quantiles(values, n=100, method="inclusive")
    return f"p50 {cuts[49]:.2f} p99 {cuts[98]:.2f} max {max(values):.2f}"
