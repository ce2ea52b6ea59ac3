"""Celery entry points of the event log."""

from celery import shared_task

from . import dispatch as dispatching
from . import setbacks


@shared_task(name="events.dispatch", ignore_result=True)
def dispatch() -> None:
    """Hand out what is due; a full batch means that more may wait. Then what failed before, once each."""
    while dispatching.dispatch() == dispatching.BATCH:
        pass
    setbacks.retry_due(dispatching.BATCH)
