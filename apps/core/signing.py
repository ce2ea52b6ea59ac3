"""Signatures of outgoing requests, under secrets that the receiver knows as well.

As Standard Webhooks 1.0.0 spells them: three headers, HMAC-SHA256, `whsec_` secrets.
Calls of push functions carry them: `automation/push/signing_secrets.py` says under which secrets.
"""

import base64
import binascii
import secrets
from collections.abc import Sequence

from .keyring import Keyring

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a secret."""


def new_secret() -> str:
    """A secret of 32 random bytes, as its owner gets to see it once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def read_secret(secret: str) -> bytes:
    """The key that a secret spells. Raises ValueError: `whsec_` and base64 of 24 to 64 bytes, nothing else."""
    text = secret.removeprefix(PREFIX)
    if text == secret or not secret.isascii():
        raise ValueError("no secret")
    try:
        key = base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("no secret") from error
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError("too short or too long")
    return key


def headers(keys: Sequence[str], *, id: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of one attempt: `id` is equal for all attempts at one message, `at` is this one's time in seconds.

    Each of the secrets signs; a receiver takes the message if it knows one of them.
    """
    signed = f"{id}.{at}.".encode() + body
    made = Keyring(tuple(map(read_secret, keys))).macs(signed)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in made),
    }
