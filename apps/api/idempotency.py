"""The same POST twice does its work once: `Idempotency-Key`, for 24 hours, per actor, method and path.

The record is inserted before the work and in its transaction: a concurrent duplicate waits for that row, and then
finds the answer or, if the work was refused, does it itself. Only success is kept, and of it only the status and
the name of the object, which is rendered anew for each caller; so no secret is ever kept.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import orjson
from django.db import IntegrityError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.errors import Conflict, IdempotencyMismatch, Invalid
from apps.core.json_types import Json
from apps.core.sealing import fingerprint
from apps.core.sql import rows
from apps.events.unit_of_work import unit_of_work

from .models import IdempotencyRecord

KEPT = timedelta(hours=24)
LONGEST_KEY = 255
MOST_FORGOTTEN = 500
NOT_KEPT = 0
"""The status of an outcome that is forgotten at once."""
HEADER = "Idempotency-Key"


@dataclass(frozen=True)
class Outcome:
    """What a POST did: its status, and plain JSON that is enough to render it again (ids, never content; not null)."""

    status: int
    made: Json


UNKNOWN = Outcome(0, "")


@dataclass(frozen=True)
class Replay:
    """Whether the outcome was recorded before rather than made now."""

    outcome: Outcome
    replayed: bool


def key_of(request: HttpRequest) -> str | None:
    """The key that the caller sent. Raises Invalid for one that is empty, too long or not printable ASCII."""
    key = request.headers.get(HEADER)
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Invalid(
            _("The Idempotency-Key must be 1 to %(most)s printable ASCII characters.") % {"most": LONGEST_KEY}
        )
    return key


def once(
    request: HttpRequest, actor: Actor, body: Json, work: Callable[[], Outcome], likely: Outcome | None = None
) -> Replay:
    """The outcome of `work`, done at most once for the key of the request; each time if there is none.

    With a key, `work` runs inside one unit of work with the record, and whatever it raises undoes all of it. If the
    outcome is the `likely` one, that stands in the record from the start.

    Raises IdempotencyMismatch when the key was used with another body, and whatever `work` raises.
    """
    key = key_of(request)
    if key is None:
        return Replay(work(), replayed=False)
    return _once(scope_of(request, actor, key), digest_of(body), work, likely)


def once_for_form(actor: Actor, token: str, body: Json, work: Callable[[], str | None], /) -> str:
    """`ports.Once` of tasks: the same for a form that is sent from a page, where each body is a call of its own."""
    digest = digest_of(body)
    scope = hashlib.sha256("\0".join([str(actor), "form", token, digest.hex()]).encode()).digest()

    def outcome() -> Outcome:
        made = work()
        return Outcome(NOT_KEPT if made is None else 201, made or "")

    made: str = _once(scope, digest, outcome).outcome.made
    return made


def _once(scope: bytes, digest: bytes, work: Callable[[], Outcome], likely: Outcome | None = None) -> Replay:
    for _attempt in range(3):
        try:
            return Replay(_first_time(scope, digest, work, likely or UNKNOWN), replayed=False)
        except _TakenError:
            outcome = _recorded(scope, digest)
            if outcome:
                return Replay(outcome, replayed=True)
    raise Conflict(_("The same call is under way."))


class _TakenError(Exception):
    """There is a record of the key already."""


def _first_time(scope: bytes, digest: bytes, work: Callable[[], Outcome], likely: Outcome) -> Outcome:
    record = IdempotencyRecord(scope=scope, body_digest=digest, status=likely.status, made=likely.made)
    with unit_of_work():
        try:
            rows.insert([record])
        except IntegrityError:
            raise _TakenError from None  # it leaves the transaction, in which nothing was done yet
        outcome = work()
        if outcome.status == NOT_KEPT:
            IdempotencyRecord.objects.filter(scope=scope).delete()
        elif outcome != likely:
            rows.change(record, status=outcome.status, made=outcome.made)
    return outcome


def _recorded(scope: bytes, digest: bytes) -> Outcome | None:
    """The recorded outcome; None if there is none (any more). Raises IdempotencyMismatch."""
    records = IdempotencyRecord.objects.filter(scope=scope)
    record = records.first()
    if record is None:
        return None
    if record.created_at < timezone.now() - KEPT:
        records.filter(created_at=record.created_at).delete()
        return None
    if bytes(record.body_digest) != digest:
        raise IdempotencyMismatch(_("This Idempotency-Key was used with another body."))
    return Outcome(record.status, record.made)


def scope_of(request: HttpRequest, actor: Actor, key: str) -> bytes:
    """What a key is unique in: actor, method and path."""
    parts = [str(actor), request.method or "", request.path, key]
    return hashlib.sha256("\0".join(parts).encode()).digest()


def digest_of(body: Json) -> bytes:
    """Equal for bodies that say the same, however they are spelled."""
    return fingerprint(orjson.dumps(body, option=orjson.OPT_SORT_KEYS))


def forget_expired(limit: int = MOST_FORGOTTEN) -> int:
    """Delete records past their 24 hours, so many at once; returns how many."""
    old = IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - KEPT).values_list("scope", flat=True)
    scopes = list(old[:limit])
    return IdempotencyRecord.objects.filter(scope__in=scopes).delete()[0] if scopes else 0
