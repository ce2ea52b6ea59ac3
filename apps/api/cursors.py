"""Opaque texts that only this server reads and writes: cursors.

Encrypted deterministically (AES-SIV), so that an answer depends on nothing but what it tells.
"""

import base64
import hashlib
from functools import lru_cache

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings

from apps.core.json_types import Json


def seal(value: Json, *, purpose: str) -> str:
    """`value` (plain JSON) as text for a URL; it opens for the same purpose only."""
    plain = orjson.dumps(value)
    plain += b" " * (-len(plain) % 32)
    sealed = _cipher(settings.SECRET_KEY).encrypt(plain, [purpose.encode()])
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(text: str, *, purpose: str) -> Json:
    """What was sealed. Raises ValueError for everything else."""
    try:
        sealed = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except UnicodeEncodeError as error:
        raise ValueError("not sealed here") from error
    for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        try:
            return orjson.loads(_cipher(key).decrypt(sealed, [purpose.encode()]))
        except (InvalidTag, ValueError):
            continue
    raise ValueError("not sealed here")


@lru_cache(maxsize=8)
def _cipher(secret: str) -> AESSIV:
    return AESSIV(hashlib.sha512(b"taskhub cursor|" + secret.encode()).digest())
