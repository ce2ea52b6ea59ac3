"""Rows that are due: one loop for all of them, safe on many nodes and again after a crash.

The job lists what is due, oldest first, and tries each row in a transaction of its own. In it the row is looked at
again and locked (`lock`): what another node holds is left to that node, what has changed meanwhile is left alone.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from django.db.models import Model, QuerySet

from .errors import Conflict

logger = logging.getLogger(__name__)
Row = TypeVar("Row", bound=Model)


def work_off(rows: Iterable[Sequence[object]], attempt: Callable[..., object]) -> int:
    """Call `attempt` with the values of each row, in order; how many attempts answered that they did something.

    A row whose attempt raises is undone by its own transaction, stays due, and does not keep the others from theirs:
    that is logged, but for Conflict, which says that the row has changed meanwhile.
    """
    return sum(_attempt(attempt, row) for row in list(rows))


def _attempt(attempt: Callable[..., object], row: Sequence[object]) -> bool:
    try:
        return bool(attempt(*row))
    except Conflict:
        return False
    except Exception:
        logger.exception("%s failed for a row that is due; it stays due", attempt.__qualname__)
        return False


def lock(rows: QuerySet[Row]) -> Row | None:
    """The row that the query names, locked until the transaction ends; None if it is not due any more or another node
    holds it. The query repeats the condition under which the row is due."""
    return rows.select_for_update(skip_locked=True, of=("self",)).first()
