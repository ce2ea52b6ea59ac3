"""The server's own keys, with rotation: the first key of a ring makes, every key of it verifies or opens.

`sealing.py` seals texts with them, `signing.py` signs requests with the keys of others.

To rotate, a new key is put in front; an old one is taken away when nothing that it made is used any more.
"""

import base64
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Keyring:
    """Keys, the current one first. Raises ValueError without any."""

    keys: tuple[bytes, ...]

    def __post_init__(self) -> None:
        """A ring has a key."""
        if not self.keys:
            raise ValueError("a keyring needs a key")

    def mac(self, message: bytes) -> bytes:
        """HMAC-SHA256 (32 bytes) under the first key."""
        return hmac.digest(self.keys[0], message, "sha256")

    def macs(self, message: bytes) -> Iterator[bytes]:
        """The same under each key in turn, the first one first."""
        return (hmac.digest(key, message, "sha256") for key in self.keys)

    def verifies(self, message: bytes, mac: bytes) -> bool:
        """Whether one of the keys made this HMAC of the message."""
        return any(hmac.compare_digest(each, mac) for each in self.macs(message))


def hashing() -> Keyring:
    """What API keys and lease tokens are made with: API_KEY_PEPPER."""
    return Keyring((settings.API_KEY_PEPPER.encode(),))


def fingerprints() -> Keyring:
    """What fingerprints of bodies are made with: the same keys, for this purpose alone."""
    return Keyring(tuple(b"taskhub fingerprint|" + key for key in hashing().keys))


def at_rest() -> MultiFernet:
    """What secrets in the database are encrypted with; all of its keys decrypt.

    First the keys of SECRETS_KEYS, then those derived from SECRET_KEY and its fallbacks. Raises ImproperlyConfigured
    for keys that are none.
    """
    return _at_rest(tuple(settings.SECRETS_KEYS), (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _at_rest(keys: tuple[str, ...], secret_keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([*map(_fernet, keys), *(Fernet(derived(key)) for key in secret_keys)])


def _fernet(key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        raise ImproperlyConfigured("SECRETS_KEYS: each key is 32 random bytes in URL-safe base64.") from None


def derived(secret_key: str) -> bytes:
    """The key that SECRET_KEY stands for where SECRETS_KEYS is not set."""
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"taskhub secrets at rest").derive(secret_key.encode())
    return base64.urlsafe_b64encode(key)
