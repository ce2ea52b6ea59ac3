"""One door to the databases: SQLite files and PostgreSQL, behind the same few calls.

SQL is written once, with `?` for parameters; what the two really do differently lies in `sqlite_side`
and `postgres_side`. Addresses come from the configuration and never leave this program.
"""

from __future__ import annotations

import abc
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from .problems import ConstraintViolated
from .tables import TABLES, Table

Row = tuple[Any, ...]


class RowRefused(Exception):
    """The database refused a statement because of a constraint; `constraint` is its name."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class Connection(abc.ABC):
    """An open database. Every method raises `DatabaseUnreachable` when the connection is gone."""

    def __init__(self, name: str) -> None:
        self.name = name

    @abc.abstractmethod
    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of a SELECT."""

    @abc.abstractmethod
    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Runs a statement and says how many rows it touched. Raises `RowRefused`."""

    @abc.abstractmethod
    def execute_many(self, sql: str, rows: Sequence[Row]) -> None:
        """Runs a statement once for each row. Raises `RowRefused`."""

    @abc.abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """A writing transaction: all or nothing."""

    @abc.abstractmethod
    def snapshot(self) -> AbstractContextManager[None]:
        """A reading transaction: every query in it sees the same moment."""

    @abc.abstractmethod
    def columns(self, table: str) -> dict[str, str]:
        """The columns of a table with their families (integer, text, other); empty if there is none."""

    @abc.abstractmethod
    def size_bytes(self) -> int:
        """How much the shop's data takes."""

    @abc.abstractmethod
    def free_bytes(self) -> int | None:
        """How much room is left; None where the database cannot say."""

    @abc.abstractmethod
    def close(self) -> None:
        """Ends the connection; closing twice is harmless."""

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first value of the first row."""
        return self.query(sql, parameters)[0][0]

    def max_change(self) -> int:
        """The newest change number in the shop's tables."""
        newest = [self.value(f"SELECT COALESCE(MAX(change_no), 0) FROM {table.name}") for table in TABLES]
        return max(map(int, newest))

    def max_id(self, table: Table) -> int:
        """The highest key of a table; 0 if it is empty."""
        return int(self.value(f"SELECT COALESCE(MAX(id), 0) FROM {table.name}"))

    def upsert(self, table: Table, rows: Sequence[Row]) -> None:
        """Writes rows in one transaction. Raises `ConstraintViolated` naming the first row refused."""
        try:
            with self.transaction():
                self.execute_many(table.upsert_sql(), rows)
        except RowRefused as refused:
            raise self._name_the_row(table, rows, refused) from refused

    def _name_the_row(self, table: Table, rows: Sequence[Row], refused: RowRefused) -> ConstraintViolated:
        """Writes the rows of a refused batch one by one, up to the one that is refused."""
        for row in rows:
            try:
                with self.transaction():
                    self.execute(table.upsert_sql(), row)
            except RowRefused as one:
                return ConstraintViolated(table.name, row[0], one.constraint, self.name)
        return ConstraintViolated(table.name, 0, refused.constraint, self.name)


@dataclass(frozen=True)
class Database:
    """A database that the application offers: its name is shown, its address is not."""

    name: str
    title: str
    url: str
    quota_mb: int | None = None

    def connect(self) -> Connection:
        """Opens it. Raises `DatabaseUnreachable`."""
        from .postgres_side import PostgresConnection
        from .sqlite_side import SqliteConnection

        if self.url.startswith("sqlite:///"):
            return SqliteConnection(self.name, self.url.removeprefix("sqlite:///"), self.quota_mb)
        return PostgresConnection(self.name, self.url, self.quota_mb)

    @contextmanager
    def open(self) -> Iterator[Connection]:
        """Opens it for a while. Raises `DatabaseUnreachable`."""
        connection = self.connect()
        try:
            yield connection
        finally:
            connection.close()
