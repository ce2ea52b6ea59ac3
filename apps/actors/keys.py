"""API keys: `th_<8 id>_<43 secret><6 checksum>`, an HMAC at rest, compared in constant time even on a miss."""

import re
import secrets
import zlib

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from apps.core import keyring
from apps.core.errors import Unauthenticated
from apps.core.sql.prepared import Prepared

from .models import ApiKey, Application

_SHAPE = re.compile(r"th_([a-z0-9]{8})_([A-Za-z0-9_-]{43})([0-9a-z]{6})")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_USE_RESOLUTION = 60  # seconds: a busy key does not write a row on every request


def digest(key: str) -> bytes:
    """What is stored of a key: an HMAC-SHA256 under a pepper that lies outside the database."""
    return keyring.hashing().mac(key.encode())


def _checksum(body: str) -> str:
    """Six characters that tell a mistyped or cut-off key without a query (scanners can use it too)."""
    number, out = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, rest = divmod(number, 36)
        out += "0123456789abcdefghijklmnopqrstuvwxyz"[rest]
    return out


def new_key() -> tuple[str, str]:
    """(prefix, key): the key is shown once and never stored."""
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    body = f"th_{prefix}_{secrets.token_urlsafe(32)}"
    return prefix, body + _checksum(body)


def application_of(key: str) -> Application:
    """The application whose live key this is. Raises Unauthenticated alike for every way of being wrong."""
    match = _SHAPE.fullmatch(key)
    row = _LIVE.first(match[1]) if match and _checksum(key[:-6]) == key[-6:] else None
    wanted = bytes(row.digest) if row else b"\0" * 32
    if not keyring.hashing().verifies(key.encode(), wanted) or row is None:
        raise Unauthenticated("The key is wrong, expired or revoked.")
    _note_use(row)
    return row.application


def _live_rows(prefix: str) -> QuerySet[ApiKey]:
    live = Q(expires_at=None) | Q(expires_at__gt=Now())
    rows = ApiKey.objects.filter(live, prefix=prefix, revoked_at=None, application__active=True)
    return rows.select_related("application").order_by()


_LIVE = Prepared(_live_rows)


def _note_use(row: ApiKey) -> None:
    now = timezone.now()
    if row.last_used_at is None or (now - row.last_used_at).total_seconds() > _USE_RESOLUTION:
        ApiKey.objects.filter(pk=row.pk, last_used_at=row.last_used_at).update(last_used_at=now)
