"""What the statements of a request read: each is explained where it ran, with its own values, in its transaction."""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connection

BIG = frozenset(
    {"tasks_task", "tasks_handover", "events_event", "tasks_searchtext", "tasks_grant", "notifications_notification"}
)
"""Tables that grow with the work."""
FACTOR = 20
LEAST = 25
"""A statement that shows fewer rows is judged as if it showed so many."""
_names = itertools.count()
Json = dict[str, Any]


@dataclass(frozen=True)
class Explained:
    """One statement: what it showed, and what it read of big tables."""

    sql: str
    plan: Json
    milliseconds: float

    @property
    def read(self) -> int:
        """Rows of big tables that it looked at."""
        return sum(_rows_read(node) for node in _nodes(self.plan) if node.get("Relation Name") in BIG)

    @property
    def shown(self) -> int:
        """The rows of its answer, or those that a limit let it count."""
        limits = [n["Actual Rows"] for n in _nodes(self.plan) if n["Node Type"] == "Limit" and n["Actual Loops"] == 1]
        return int(max(self.plan["Actual Rows"], sum(limits)))

    @property
    def whole_tables(self) -> list[str]:
        """Big tables that it read without an index, beyond what it showed."""
        nodes = [node for node in _nodes(self.plan) if node["Node Type"].endswith("Seq Scan")]
        most = max(self.shown, LEAST)
        return sorted({n["Relation Name"] for n in nodes if n["Relation Name"] in BIG and _rows_read(n) > most})

    @property
    def fault(self) -> str:
        """Why it costs more than it shows; "" if it does not."""
        if self.whole_tables:
            return f"reads all of {', '.join(self.whole_tables)}"
        most = FACTOR * max(self.shown, LEAST)
        return f"reads {self.read:,} rows for {self.shown:,}" if self.read > most else ""


@dataclass
class Watched:
    """The statements of a request."""

    explained: list[Explained] = field(default_factory=list)
    count: int = 0

    @property
    def worst(self) -> Explained | None:
        """The statement that read most for what it showed."""
        return max(self.explained, key=lambda one: one.read / max(one.shown, LEAST), default=None)

    @property
    def faults(self) -> list[Explained]:
        """The statements that cost more than they show."""
        return [one for one in self.explained if one.fault]


@contextmanager
def watched() -> Iterator[Watched]:
    """Counts the statements that run within, and explains those that read."""
    result = Watched()

    def run(execute: Callable[..., Any], sql: str, values: Any, many: bool, context: Json) -> Any:
        answer = execute(sql, values, many, context)
        text = str(sql)
        if not text.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            result.count += 1
        if text.startswith(("SELECT", "WITH", "(SELECT")) and "FOR UPDATE" not in text:
            result.explained.append(_explained(text, values, is_kept="cursor" not in context))
        return answer

    watching: AbstractContextManager[None] = connection.execute_wrapper(run)
    with watching:
        yield result


def _explained(sql: str, values: Any, *, is_kept: bool) -> Explained:
    raw = connection.connection
    with psycopg.ClientCursor(raw) as cursor:
        if is_kept:  # planned as it is where it runs: for whatever values
            name = f"size_{next(_names)}"
            spelled = ", ".join(psycopg.sql.Literal(value).as_string(raw) for value in values)
            cursor.execute(f"PREPARE {name} AS {sql}".encode())
            given = f"({spelled})" if values else ""
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE {name}{given}".encode())
        else:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}".encode(), values)
        row = cursor.fetchone()
        if is_kept:
            cursor.execute(f"DEALLOCATE {name}".encode())
    found = row[0] if row else None
    document = json.loads(found) if isinstance(found, str | bytes) else found
    return Explained(sql, document[0]["Plan"], document[0]["Execution Time"])


def _nodes(plan: Json) -> Iterator[Json]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _rows_read(node: Json) -> int:
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int((node["Actual Rows"] + removed) * node["Actual Loops"])


def outline(plan: Json, depth: int = 0) -> str:
    """The plan, a line a node: what it read and what it gave on."""
    name = " ".join(str(plan[key]) for key in ("Node Type", "Index Name", "Relation Name") if key in plan)
    read = _rows_read(plan) if "Relation Name" in plan else 0
    loops = plan["Actual Loops"]
    line = f"{'  ' * depth}{name}: {plan['Actual Rows']} × {loops}, read {read}" if loops else ""
    return "\n".join(filter(None, [line, *(outline(part, depth + 1) for part in plan.get("Plans", ()))]))
