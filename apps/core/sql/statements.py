"""Prepared statements of PostgreSQL: parsed and planned once a connection, their values sent apart from their text.

Planning a query with many joins costs PostgreSQL ten times what running it does, and Django's cursors have each
statement planned anew. Queries of every request are run here instead.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import cache, partial
from typing import Any

import orjson
import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

Row = tuple[Any, ...]


@cache
def are_prepared() -> bool:
    """Whether the database is one that keeps statements: PostgreSQL."""
    return connection.vendor == "postgresql"


class Statement:
    """A statement in whose text `%(name)s` marks the places of values, and `%%` is a percent sign."""

    def __init__(self, text: str) -> None:
        self.names: list[str] = []
        self.text = re.sub(r"%(?:%|\((\w+)\)s)", self._number, text)
        self.sent = self.text.encode()

    def _number(self, match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return "%"
        if name not in self.names:
            self.names.append(name)
        return f"${self.names.index(name) + 1}"

    def run(self, values: Mapping[str, object]) -> list[Row]:
        """The rows, documents as plain values. Errors are Django's, and so is the transaction.

        Who watches Django's statements (`execute_wrapper`, the log of queries in tests) sees this one too.
        """
        here = connections[DEFAULT_DB_ALIAS]  # asked once: each `connection.…` looks the thread's one up again
        here.ensure_connection()
        here.validate_no_broken_transaction()
        if here.queries_logged:
            here.queries_log.append({"sql": self.text, "time": ""})
        execute: Callable[..., list[Row]] = self._execute
        for wrapper in reversed(here.execute_wrappers):
            execute = partial(wrapper, execute)
        return execute(self.text, [values[name] for name in self.names], False, {"connection": here})

    def _execute(self, _text: str, values: list[Any], _many: bool, context: Mapping[str, Any]) -> list[Row]:
        here = context["connection"]
        raw = here.connection
        if raw.prepare_threshold is None:  # as Django leaves it: its own statements carry their values in their text
            raw.prepare_threshold = 1
            raw.adapters.register_loader("jsonb", _Document)
        errors: AbstractContextManager[None] = here.wrap_database_errors
        with errors, psycopg.RawCursor(raw) as cursor:
            cursor.execute(self.sent, values, prepare=True, binary=True)
            return cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []


def literal(value: object) -> str:
    """A value that never changes, as a part of a statement."""
    connection.ensure_connection()
    return psycopg.sql.Literal(value).as_string(connection.connection).replace("%", "%%")


class _Document(Loader):
    """Binary jsonb: one byte of version, then the text."""

    format = Format.BINARY

    def load(self, data: Buffer) -> object:
        return orjson.loads(memoryview(data)[1:])
