"""Hints: a task of a push function was queued, so somebody should call it now and not at the next tick."""

import time
from uuid import UUID

from django.conf import settings

from apps.automation.models import Function
from apps.core import background

KNOWN_FOR = 5.0
"""Seconds for which a process believes to know the push functions."""


class Known:
    """The names of all push functions, as they were a moment ago."""

    def __init__(self) -> None:
        self.until = 0.0
        self.names: frozenset[tuple[UUID, str]] = frozenset()

    def has(self, application: UUID | None, function: str | None) -> bool:
        """Whether it was one."""
        if self.until < time.monotonic():
            rows = Function.objects.filter(mode=Function.Mode.PUSH).values_list("application", "name")
            self.names, self.until = frozenset(rows), time.monotonic() + KNOWN_FOR
        return (application, function) in self.names


known = Known()


def when_queued(application: UUID | None, function: str | None) -> None:
    """A task of the function is claimable when the transaction has committed."""
    if settings.BACKGROUND_HINTS and known.has(application, function):
        background.enqueue("automation.push")
