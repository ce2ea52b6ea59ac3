"""Comparing both sides: row counts and content hashes, while the shop goes on writing to both.

The tables are read in chunks of keys. A chunk that differs is read again a few times, for a row may just be
on its way; what still differs then is a real difference. The hash of a table is a chain over its chunks
(each hash is taken over the one before and the rows of the chunk), so it can go on from a checkpoint.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from .databases import Connection, Row
from .problems import ContentDiffers
from .tables import BY_NAME, TABLES, Table

CHUNK = 2_000
READS = 6
PAUSE = 0.5
NAMED = 10


@dataclass
class VerifyPosition:
    """Where the comparison stands, with counts and hash chains so far."""

    bounds: dict[str, int]
    table: str = TABLES[0].name
    after: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """What goes into the checkpoint."""
        return asdict(self)

    @property
    def percent(self) -> int:
        return min(100, 100 * sum(self.rows.values()) // max(1, sum(self.bounds.values())))


def begin_verify(source: Connection, target: Connection) -> VerifyPosition:
    """Fixes what is compared: every key that either side has now."""
    return VerifyPosition({table.name: max(source.max_id(table), target.max_id(table)) for table in TABLES})


def verify(
    source: Connection, target: Connection, position: VerifyPosition, *, chunk: int = CHUNK
) -> Iterator[VerifyPosition]:
    """Compares chunk by chunk and yields the position after each. Raises `ContentDiffers`."""
    for table in TABLES[TABLES.index(BY_NAME[position.table]) :]:
        if table.name != position.table:
            position.table, position.after = table.name, 0
        position.rows.setdefault(table.name, 0)
        position.hashes.setdefault(table.name, "")
        while position.after < position.bounds[table.name]:
            upper = _upper_key(source, table, position, chunk)
            rows = _equal_rows(source, target, table, position.after, upper)
            position.rows[table.name] += len(rows)
            position.hashes[table.name] = _chain(position.hashes[table.name], rows)
            position.after = upper
            yield position
    yield position


def _upper_key(source: Connection, table: Table, position: VerifyPosition, chunk: int) -> int:
    """The last key of the next chunk; the bound itself where the source has no full chunk left."""
    bound = position.bounds[table.name]
    rows = source.query(
        f"SELECT id FROM {table.name} WHERE id > ? AND id <= ? ORDER BY id LIMIT 1 OFFSET ?",
        (position.after, bound, chunk - 1),
    )
    return int(rows[0][0]) if rows else bound


def _equal_rows(source: Connection, target: Connection, table: Table, after: int, upper: int) -> list[Row]:
    for attempt in range(READS):
        if attempt:
            time.sleep(PAUSE)
        ours, theirs = (_rows(side, table, after, upper) for side in (source, target))
        if ours == theirs:
            return ours
    raise _difference(table, ours, theirs)


def _difference(table: Table, ours: list[Row], theirs: list[Row]) -> ContentDiffers:
    first, second = {row[0]: row for row in ours}, {row[0]: row for row in theirs}
    keys = sorted(key for key in first.keys() | second.keys() if first.get(key) != second.get(key))
    named = ", ".join(map(str, keys[:NAMED]))
    return ContentDiffers(
        f"{len(keys)} rows of {table.name} differ between source and target: id {named}"
        f"{' and more' if len(keys) > NAMED else ''}.",
        table=table.name,
        keys=keys[:NAMED],
    )


def _rows(side: Connection, table: Table, after: int, upper: int) -> list[Row]:
    return side.query(table.select_sql("id > ? AND id <= ? ORDER BY id"), (after, upper))


def _chain(before: str, rows: list[Row]) -> str:
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()
