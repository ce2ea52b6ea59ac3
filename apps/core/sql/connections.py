"""Waiting for slow clients without keeping the database waiting too."""

from django.db import connection


def release_connection() -> None:
    """Give this thread's database connection back; the next query takes one anew. Inside a transaction it stays."""
    if not connection.in_atomic_block:
        connection.close()
