"""A PostgreSQL database, or one schema of it (`?schema=name`), as a side of the migration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg
from psycopg import sql as composed

from .databases import Connection, Row, RowRefused
from .problems import DatabaseUnreachable

FAMILIES = {"bigint": "integer", "integer": "integer", "text": "text", "character varying": "text"}


def split_schema(url: str) -> tuple[str, str]:
    """The address that libpq understands, and the schema to use (default `public`)."""
    parts = urlsplit(url)
    schema = parse_qs(parts.query).get("schema", ["public"])[0]
    kept = "&".join(piece for piece in parts.query.split("&") if piece and not piece.startswith("schema="))
    return urlunsplit(parts._replace(query=kept)), schema


class PostgresConnection(Connection):
    """A connection in autocommit: transactions are begun where they are needed."""

    def __init__(self, name: str, url: str, quota_mb: int | None = None) -> None:
        super().__init__(name)
        address, self.schema = split_schema(url)
        self.quota_mb = quota_mb
        with self._errors():
            self._db = psycopg.connect(address, autocommit=True, connect_timeout=5)
            self._db.execute(composed.SQL("SET search_path TO {}").format(composed.Identifier(self.schema)))

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        with self._errors():
            return self._db.execute(_marks(sql), parameters).fetchall()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        with self._errors():
            return self._db.execute(_marks(sql), parameters).rowcount

    def execute_many(self, sql: str, rows: Sequence[Row]) -> None:
        with self._errors(), self._db.cursor() as cursor:
            cursor.executemany(_marks(sql), rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._errors(), self._db.transaction():
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with self.transaction():
            self.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield

    def columns(self, table: str) -> dict[str, str]:
        rows = self.query(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = ? AND table_name = ?",
            (self.schema, table),
        )
        return {name: FAMILIES.get(kind, "other") for name, kind in rows}

    def size_bytes(self) -> int:
        return int(
            self.value(
                "SELECT COALESCE(SUM(pg_total_relation_size(c.oid)), 0) FROM pg_class c "
                "JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = ? AND c.relkind = 'r'",
                (self.schema,),
            )
        )

    def free_bytes(self) -> int | None:
        return None if self.quota_mb is None else self.quota_mb * 2**20 - self.size_bytes()

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg.IntegrityError as error:
            raise RowRefused(error.diag.constraint_name or str(error)) from error
        except psycopg.OperationalError as error:
            raise DatabaseUnreachable(f"{self.name} cannot be reached: {_reason(error)}", database=self.name) from error


def _reason(error: psycopg.OperationalError) -> str:
    """What libpq says, without the address that it puts in front."""
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return first.rpartition("failed: ")[2]


def _marks(sql: str) -> Any:
    return sql.replace("?", "%s")
