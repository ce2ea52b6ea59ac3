"""Hints to the background: `enqueue` after commit. A lost hint costs a second, never a result."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

# Seconds without trying again after the broker did not answer: callers must not wait for a dead one.
SILENCE = 5.0
# How many waiting hints are looked at for an equal one.
NEAR = 20


class Messenger:
    """Sends a job's name to the broker, and leaves a broker alone for a while that did not answer."""

    def __init__(self) -> None:
        self.silent_until = 0.0

    def send(self, name: str, ids: Sequence[str] = ()) -> bool:
        """Whether the broker took the message. Never raises."""
        if time.monotonic() < self.silent_until:
            return False
        try:
            current_app.send_task(name, args=ids, ignore_result=True, retry=False)
        except Exception as error:  # each transport has errors of its own
            self.silent_until = time.monotonic() + SILENCE
            logger.warning("The broker does not answer: %s", type(error).__name__)
            return False
        return True


messenger = Messenger()


@dataclass(frozen=True)
class Hint:
    """A message that waits for its transaction to commit."""

    name: str
    ids: tuple[str, ...]

    def __call__(self) -> None:
        messenger.send(self.name, self.ids)


def enqueue(name: str, *ids: UUID | str | int) -> None:
    """Run the job `name` with these ids soon after the transaction committed; at once outside of one.

    Never raises and promises nothing: each job is also found by the tick that looks for due rows.
    The same hint twice in a row in one transaction is sent once.
    """
    if not settings.BACKGROUND_HINTS:
        return
    hint = Hint(name, tuple(str(id) for id in ids))
    waiting = [func for _, func, *_ in transaction.get_connection().run_on_commit[-NEAR:]]
    if hint not in waiting:
        transaction.on_commit(hint)
