"""The registry of workers, made of their claims and heartbeats: who asks for tasks of what, and when last.

Nearly free: each process notes each worker once in AGAIN seconds, in one statement beside the claim.
"""

import time
from collections.abc import Hashable, Iterable
from datetime import timedelta

from django.db.models.functions import Now

from apps.actors.actor import Actor
from apps.automation.models import Worker

from .bodies import ClaimRequest, Kept

AGAIN = 5.0
MOST_REMEMBERED = 10_000
KEPT = timedelta(days=1)
"""For how long a worker that was not seen again is remembered."""
MOST_FORGOTTEN = 500

_noted: dict[Hashable, float] = {}


def note_claim(actor: Actor, request: ClaimRequest) -> None:
    """The worker asks for tasks of these functions, or says that it takes no more (`draining`)."""
    name, functions = request.worker or "", sorted(request.functions)
    if not _is_news(actor.id, name, request.version, request.draining, *functions):
        return
    said = {"version": request.version, "draining": request.draining}
    _store([_row(actor, name, function, **said) for function in functions], *said)
    if request.draining:
        Worker.objects.filter(application=actor.id, name=name).update(draining=True)


def note_heartbeats(actor: Actor, kept: Iterable[Kept]) -> None:
    """These leases are still worked on."""
    seen = sorted({(lease.worker or "", lease.function) for lease in kept})
    _store([_row(actor, *each) for each in seen if _is_news(actor.id, *each)])


def _row(actor: Actor, name: str, function: str, **said: object) -> Worker:
    return Worker(application_id=actor.id, name=name, function=function, last_seen=Now(), **said)


def _store(rows: list[Worker], *columns: str) -> None:
    """In one order, so that no two calls wait for each other."""
    unique = ["application", "function", "name"]
    if rows:
        Worker.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=unique, update_fields=["last_seen", *columns]
        )


def _is_news(*what: Hashable) -> bool:
    """Whether this process has not noted the same within AGAIN seconds."""
    now = time.monotonic()
    if now - _noted.get(what, -AGAIN) < AGAIN:
        return False
    if len(_noted) >= MOST_REMEMBERED:
        _noted.clear()
    _noted[what] = now
    return True


def forget(limit: int = MOST_FORGOTTEN) -> int:
    """Drop those that were not seen for KEPT, so many at once; returns how many."""
    gone = Worker.objects.filter(last_seen__lt=Now() - KEPT)
    old = list(gone.values_list("pk", flat=True)[:limit])
    return gone.filter(pk__in=old).delete()[0] if old else 0
