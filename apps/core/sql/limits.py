"""Time limits of reads that no index bounds."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from apps.core.errors import TooBroad

LIST_SECONDS = 3
"""How long a list may be looked for."""


@contextmanager
def at_most(seconds: int = LIST_SECONDS) -> Iterator[None]:
    """Each statement within ends after so long on PostgreSQL. Raises TooBroad for one that did not come to its end.

    For reads outside of any transaction: the limit ends with the outermost one.
    """
    if connection.vendor != "postgresql":
        yield
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{seconds}s"])
            yield
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise TooBroad(_("That reads too many tasks: narrow it down, by a container or a status.")) from None
