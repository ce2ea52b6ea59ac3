"""Fencing: lease tokens, and the condition by which every worker's write names the lease that it holds.

A token is an HMAC of application, claim, task and delivery under a key of the server, so that a repeated claim is
answered with the same tokens though only their hashes are stored (domain: lease).
"""

import base64
import hashlib
import hmac
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from apps.core.errors import Conflict

from .models import Task

TOKEN_BYTES = 16


def token_for(*, application: UUID, claim: UUID, task: UUID, delivery: int) -> str:
    """The unguessable token (128 bits, base64url) of this delivery of this task to this claim."""
    message = b"|".join([application.bytes, claim.bytes, task.bytes, str(delivery).encode()])
    mac = hmac.new(settings.API_KEY_PEPPER.encode(), b"lease|" + message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:TOKEN_BYTES]).rstrip(b"=").decode()


def token_hash(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def fence(token: str) -> Q:
    """Condition on Task: this very lease is current. Its expiry does not matter until somebody decided about it."""
    return Q(lease_token=token_hash(token))


def holds(task: Task, token: str) -> bool:
    """Whether the token is that of the task's current lease."""
    return task.lease_token is not None and hmac.compare_digest(bytes(task.lease_token), token_hash(token))


def require_lease(task: Task, token: str) -> None:
    """Raises Conflict `lease_superseded` unless the token is that of the task's current lease."""
    if not holds(task, token):
        raise Conflict("The lease has been superseded: the task is no longer yours.", code="lease_superseded")


FREED: dict[str, object] = {
    "lease_token": None,
    "lease_expires_at": None,
    "lease_deadline": None,
    "lease_claim": None,
    "lease_worker": None,
    "progress": None,
}
"""What a task's lease columns become when the lease ends."""
