"""Hints: a task of a push function was queued, so somebody should call it now and not at the next tick."""

from uuid import UUID

from django.conf import settings

from apps.automation.models import Function
from apps.core import background
from apps.core.caches import Cache

CACHED_SECONDS = 5.0
"""For how long a process does not ask again which functions are push functions."""


_cache: Cache[None, frozenset[tuple[UUID, str]]] = Cache(1, seconds=CACHED_SECONDS)


def _push_functions() -> frozenset[tuple[UUID, str]]:
    rows = Function.objects.filter(mode=Function.Mode.PUSH)
    return frozenset(rows.values_list("application", "name"))


def when_queued(application: UUID | None, function: str | None) -> None:
    """A task of the function is claimable when the transaction has committed."""
    if settings.BACKGROUND_HINTS and (application, function) in _cache.get_or_make(None, _push_functions):
        background.enqueue("automation.push")
