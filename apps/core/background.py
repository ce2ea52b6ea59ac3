"""Hints to the background: `enqueue` after commit. A lost hint costs a second, never a result."""

import logging
import time
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

# Seconds without trying again after the broker refused: callers must not wait for a dead one.
SILENCE = 5.0
_silent_until = 0.0


def enqueue(name: str, *ids: UUID | str | int) -> None:
    """Run the job `name` with these ids soon after the transaction committed; at once outside of one.

    Never raises and promises nothing: each job is also found by the tick that looks for due rows.
    """
    if settings.BACKGROUND_HINTS:
        transaction.on_commit(lambda: _send(name, [str(id) for id in ids]))


def _send(name: str, ids: list[str]) -> None:
    global _silent_until
    if time.monotonic() < _silent_until:
        return
    try:
        current_app.send_task(name, args=ids, ignore_result=True, retry=False)
    except Exception as error:  # each transport has errors of its own
        _silent_until = time.monotonic() + SILENCE
        logger.warning("No hint sent for %s: %s", name, type(error).__name__)
