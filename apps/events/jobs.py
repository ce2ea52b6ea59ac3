"""Celery entry points of the event log."""

import time

from celery import shared_task
from django.conf import settings

from apps.core import shutdown
from apps.core.fair_lock import Coalesced

from . import dispatch as dispatching
from . import positions, retries

SHARE_FOR_CALLERS = 2
"""How long dispatch pauses in a process that also answers requests: so many times what the batch before took."""

_numbering = Coalesced()
"""One thread of a process gives positions: others would wait for its lock."""
_handing_out = Coalesced()
"""One thread of a process hands out: others would find the rows taken, and wait for that on SQLite."""


@shared_task(name="events.dispatch", ignore_result=True)
def dispatch() -> None:
    """Number what is new, though another thread still hands out. Hand out what is due; then what failed, once each."""
    _numbering.run(positions.assign_all)
    _handing_out.run(_dispatch)
    retries.retry_due(dispatching.BATCH)


def _dispatch() -> None:
    """A full batch means that more may wait. Who calls the web server of this process has its turns in between."""
    began = time.monotonic()
    while dispatching.dispatch() == dispatching.BATCH:
        if settings.PROCESS == "embedded":
            shutdown.stopping.wait(SHARE_FOR_CALLERS * (time.monotonic() - began))
        began = time.monotonic()
