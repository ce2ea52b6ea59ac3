"""A SQLite file as a side of the migration."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .databases import Connection, Row, RowRefused
from .problems import DatabaseUnreachable

FAMILIES = {"BIGINT": "integer", "INTEGER": "integer", "INT": "integer", "TEXT": "text", "VARCHAR": "text"}


class SqliteConnection(Connection):
    """A file in WAL mode, so that the shop and the migration read and write side by side."""

    def __init__(self, name: str, path: str, quota_mb: int | None = None) -> None:
        super().__init__(name)
        self.path, self.quota_mb = Path(path), quota_mb
        with self._errors():
            self._db = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=20,
                isolation_level=None,
                check_same_thread=False,
            )
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA foreign_keys = ON")

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        with self._errors():
            return self._db.execute(sql, parameters).fetchall()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        with self._errors():
            return self._db.execute(sql, parameters).rowcount

    def execute_many(self, sql: str, rows: Sequence[Row]) -> None:
        with self._errors():
            self._db.executemany(sql, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._between("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with self._between("BEGIN"):
            self.query("SELECT COUNT(*) FROM sqlite_schema")  # the moment is taken at the first read
            yield

    def columns(self, table: str) -> dict[str, str]:
        rows = self.query("SELECT name, type FROM pragma_table_info(?)", (table,))
        return {name: FAMILIES.get(kind.upper(), "other") for name, kind in rows}

    def size_bytes(self) -> int:
        pages, size = self.value("PRAGMA page_count"), self.value("PRAGMA page_size")
        return int(pages) * int(size)

    def free_bytes(self) -> int | None:
        free = shutil.disk_usage(self.path.parent).free
        return free if self.quota_mb is None else min(free, self.quota_mb * 2**20 - self.size_bytes())

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _between(self, begin: str) -> Iterator[None]:
        self.execute(begin)
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise RowRefused(str(error).replace(" constraint failed: ", " ")) from error
        except sqlite3.OperationalError as error:
            raise DatabaseUnreachable(f"{self.name} cannot be used: {error}", database=self.name) from error
