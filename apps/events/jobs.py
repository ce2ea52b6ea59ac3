"""Celery entry points of the event log."""

from celery import shared_task

from apps.core.turns import Once

from . import dispatch as dispatching
from . import setbacks

_handing_out = Once()
"""One thread of a process hands out: others would find the rows taken, and wait for that on SQLite."""


@shared_task(name="events.dispatch", ignore_result=True)
def dispatch() -> None:
    """Hand out what is due. Then what failed before, once each."""
    _handing_out.run(_dispatch)
    setbacks.retry_due(dispatching.BATCH)


def _dispatch() -> None:
    """A full batch means that more may wait."""
    while dispatching.dispatch() == dispatching.BATCH:
        pass
