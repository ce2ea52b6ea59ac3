"""Copying rows: the first pass in key order, and bringing what was written meanwhile.

Both can be stopped anywhere, by kill -9 too, and go on from the last position that was stored. A position may
be older than what the target already holds: rows are written by key and never over a newer one, so a
repeated chunk brings no row twice, and positions only move after the chunk is committed, so none is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from .databases import Connection
from .tables import BY_NAME, TABLES, Table

CHUNK = 1_000


@dataclass
class CopyPosition:
    """Where the first pass stands. `bounds` are the highest keys when it began, taken in one snapshot."""

    bounds: dict[str, int]
    change_no: int
    total: int
    table: str = TABLES[0].name
    after: int = 0
    done: int = 0

    def as_json(self) -> dict[str, Any]:
        """What goes into the checkpoint."""
        return asdict(self)

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // max(1, self.total))


def begin_copy(source: Connection) -> CopyPosition:
    """Fixes what the first pass copies: rows up to these keys refer only to rows up to these keys."""
    with source.snapshot():
        bounds = {table.name: source.max_id(table) for table in TABLES}
        total = sum(int(source.value(f"SELECT COUNT(*) FROM {table.name}")) for table in TABLES)
        return CopyPosition(bounds=bounds, change_no=source.max_change(), total=total)


def copy(
    source: Connection, target: Connection, position: CopyPosition, *, chunk: int = CHUNK
) -> Iterator[CopyPosition]:
    """Copies one chunk after the other and yields the position after each; go on from any of them.

    Raises `ConstraintViolated` when the target refuses a row; the position is then that before its chunk.
    """
    for table in TABLES[TABLES.index(BY_NAME[position.table]) :]:
        if table.name != position.table:
            position.table, position.after = table.name, 0
        while rows := _chunk(source, table, position, chunk):
            target.upsert(table, rows)
            position.after = rows[-1][0]
            position.done += len(rows)
            yield position
    yield position


def _chunk(source: Connection, table: Table, position: CopyPosition, chunk: int) -> list[tuple[Any, ...]]:
    return source.query(
        table.select_sql("id > ? AND id <= ? ORDER BY id LIMIT ?"),
        (position.after, position.bounds[table.name], chunk),
    )


@dataclass
class SyncRound:
    """What one round of syncing brought: rows per table, and the change number reached."""

    reached: int
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def sync_changes(source: Connection, target: Connection, *, after: int, chunk: int = CHUNK) -> SyncRound:
    """Brings every row written after that change number, in one snapshot of the source. Repeatable."""
    with source.snapshot():
        reached = max(after, source.max_change())
        changed = {table.name: _changed(source, table, after) for table in TABLES}
    for table in TABLES:
        rows = changed[table.name]
        for start in range(0, len(rows), chunk):
            target.upsert(table, rows[start : start + chunk])
    return SyncRound(reached, {name: len(rows) for name, rows in changed.items()})


def _changed(source: Connection, table: Table, after: int) -> list[tuple[Any, ...]]:
    return source.query(table.select_sql("change_no > ? ORDER BY id"), (after,))
