"""Reads that no index bounds end after a time, and say so."""

import pytest
from django.db import OperationalError, connection

from apps.core.errors import TooBroad
from apps.core.sql.limits import at_most

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no time limit")


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@on_postgresql
def test_long_statement_is_refused() -> None:
    with pytest.raises(TooBroad), at_most(1):
        run("SELECT pg_sleep(20)")
    run("SELECT 1")


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_limit_ends_with_its_block() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()
        with at_most(1):
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("1s",)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == before


def test_other_errors_pass() -> None:
    with pytest.raises(OperationalError, match="away"), at_most(1):
        raise OperationalError("away")
