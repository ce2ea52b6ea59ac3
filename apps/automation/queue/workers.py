"""The registry of workers, made of their claims and heartbeats: who asks for tasks of what, and when last.

Nearly free: each process notes each worker once in AGAIN seconds, in one statement beside the claim.
"""

from collections.abc import Hashable, Iterable
from datetime import timedelta

from django.db.models.functions import Now

from apps.actors.actor import Actor
from apps.automation.models import Worker
from apps.core.caches import Cache

from .requests import ClaimRequest, ExtendedLease

AGAIN = 5.0
KEPT = timedelta(days=1)
"""For how long a worker that was not seen again is remembered."""
MOST_FORGOTTEN = 500

_noted: Cache[Hashable, bool] = Cache(10_000, seconds=AGAIN)


def note_claim(actor: Actor, request: ClaimRequest) -> None:
    """The worker asks for tasks of these functions, or says that it takes no more (`draining`)."""
    name, functions = request.worker or "", sorted(request.functions)
    if not _is_news(actor.id, name, request.version, request.draining, *functions):
        return
    columns = {"version": request.version, "draining": request.draining}
    _store([_row(actor, name, function, **columns) for function in functions], *columns)
    if request.draining:
        Worker.objects.filter(application=actor.id, name=name).update(draining=True)


def note_heartbeats(actor: Actor, leases: Iterable[ExtendedLease]) -> None:
    """These leases are still worked on."""
    seen = sorted({(lease.worker or "", lease.function) for lease in leases})
    _store([_row(actor, *each) for each in seen if _is_news(actor.id, *each)])


def _row(actor: Actor, name: str, function: str, **columns: object) -> Worker:
    return Worker(application_id=actor.id, name=name, function=function, last_seen=Now(), **columns)


def _store(rows: list[Worker], *columns: str) -> None:
    """In one order, so that no two calls wait for each other."""
    unique = ["application", "function", "name"]
    if rows:
        Worker.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=unique, update_fields=["last_seen", *columns]
        )


def _is_news(*what: Hashable) -> bool:
    """Whether this process has not noted the same within AGAIN seconds."""
    return _noted.add(what, True)


def forget(limit: int = MOST_FORGOTTEN) -> int:
    """Drop those that were not seen for KEPT, so many at once; returns how many."""
    gone = Worker.objects.filter(last_seen__lt=Now() - KEPT)
    old = list(gone.values_list("pk", flat=True)[:limit])
    return gone.filter(pk__in=old).delete()[0] if old else 0
