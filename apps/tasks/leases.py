"""Fencing: lease tokens, and the condition by which every worker's write names the lease that it holds.

A token is an HMAC of application, claim, task and delivery under a key of the server, so that a repeated claim is
answered with the same tokens though only their hashes are stored.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID

from django.db import models
from django.db.models.functions import Greatest, Now

from apps.core import keyring
from apps.core.codes import Code
from apps.core.errors import Conflict
from apps.core.json_types import Json

from .lifecycle import Status
from .models import Privacy, Task, TaskQuerySet

TOKEN_BYTES = 16
A_MOMENT = timedelta(milliseconds=1)


def claim_key(application: UUID, claim: UUID) -> bytes:
    """The key that the tokens of one claim are made with: all that a database needs to make their hashes itself."""
    message = b"lease|" + application.bytes + claim.bytes
    return keyring.hashing().mac(message)


def token_for(*, application: UUID, claim: UUID, task: UUID, delivery: int) -> str:
    """The unguessable token (128 bits, base64url) of this delivery of this task to this claim."""
    mac = hmac.new(claim_key(application, claim), task.bytes + str(delivery).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:TOKEN_BYTES]).rstrip(b"=").decode()


def token_hash(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def holds(task: Task, token: str) -> bool:
    """Whether the token is that of the task's current lease."""
    return task.lease_token is not None and hmac.compare_digest(bytes(task.lease_token), token_hash(token))


def require_lease(task: Task, token: str) -> None:
    """Raises Conflict `lease_superseded` unless the token is that of the task's current lease."""
    if not holds(task, token):
        raise Conflict("The lease has been superseded: the task is no longer yours.", code=Code.LEASE_SUPERSEDED)


FREED: dict[str, object] = {
    "lease_token": None,
    "lease_expires_at": None,
    "lease_deadline": None,
    "lease_claim": None,
    "lease_worker": None,
    "progress": None,
}
"""What a task's lease columns become when the lease ends."""


# --- Rows by their lease ----------------------------------------------------------------------------


def claimable(application: UUID | models.OuterRef, function: str | models.OuterRef) -> TaskQuerySet:
    """The tasks that may be claimed now, in the order of the queue."""
    return _readable(application).filter(queued=True, function=function).order_by(*QUEUE_ORDER)


def chosen(application: UUID, tasks: Collection[UUID]) -> TaskQuerySet:
    """Tasks of the application by their ids, held until the transaction ends."""
    return _readable(application).filter(pk__in=tasks).select_for_update(of=("self",))


def late() -> TaskQuerySet:
    """The tasks that should be in the queue by now, and are not yet."""
    rows = Task.objects.filter(status=Status.NEW, queued=False, function__isnull=False, start_at__lte=Now())
    return rows.exclude(privacy=Privacy.PRIVATE, app_readable=False)


def of_claim(application: UUID, claim: UUID) -> TaskQuerySet:
    """What a claim got and still holds, in the order of the queue."""
    held = _readable(application).filter(lease_claim=claim, lease_token__isnull=False)
    return held.order_by(*QUEUE_ORDER).select_related(*Task.RELATED)


def current(application: UUID, task: UUID, token_hash: bytes) -> TaskQuerySet:
    """The task, if this lease of it is current and the application may see it."""
    return _readable(application).filter(pk=task, lease_token=token_hash)


def _readable(application: Json) -> TaskQuerySet:
    """The application's tasks without those that are private and not its to read."""
    return Task.objects.filter(application=application).exclude(privacy=Privacy.PRIVATE, app_readable=False)


def waiting(application: Json, function: object, *, queued: bool) -> TaskQuerySet:
    """The new tasks of a function that may be claimed now (`queued`), or not before their time."""
    return _readable(application).filter(status=Status.NEW, function=function, queued=queued)


def ended(application: Json, function: object, status: Status) -> TaskQuerySet:
    """The tasks of a function that ended so, latest first."""
    return _readable(application).filter(status=status, function=function).order_by("-status_changed_at")


def in_flight(application: UUID) -> dict[tuple[str, str], int]:
    """How many leases there are, by function and worker; the name of a worker that gave none is empty."""
    rows = _readable(application).filter(lease_token__isnull=False).order_by().values_list("function", "lease_worker")
    return {(function, worker or ""): count for function, worker, count in rows.annotate(models.Count("pk"))}


def held(application: UUID, functions: Iterable[str]) -> dict[str, int]:
    """How many leases there are, by function."""
    rows = Task.objects.filter(lease_token__isnull=False, application=application, function__in=functions)
    return dict(rows.order_by().values_list("function").annotate(models.Count("pk")))


def running(worker: str) -> dict[tuple[UUID, str], int]:
    """How many leases a worker of this name holds, by application and function."""
    rows = Task.objects.filter(lease_token__isnull=False, lease_worker=worker).order_by()
    counted = rows.values_list("application", "function").annotate(models.Count("pk"))
    return {(application, function): number for application, function, number in counted}


def expired() -> TaskQuerySet:
    """Leases past their end, by the database clock: what the sweeper decides about."""
    return Task.objects.filter(lease_token__isnull=False, lease_expires_at__lt=Now())


def supersede(application: UUID) -> int:
    """End every lease of the application: no token holds any more, and the sweeper decides at once; how many."""
    rows = Task.objects.filter(application=application, lease_token__isnull=False)
    return rows.update(lease_token=secrets.token_bytes(32), lease_claim=None, lease_expires_at=Now() - A_MOMENT)


def unclaimed() -> TaskQuerySet:
    """Tasks that nobody claimed in the time after which a person gets them."""
    return Task.objects.filter(status=Status.NEW, failover_at__lt=Now())


QUEUE_ORDER = ("-priority", "start_at", "id")
SINCE = Greatest("start_at", "status_changed_at")
"""Since when a queued task is ready: its start had come, and it was new (again)."""
