"""Secrets at rest: sealed before they are stored, opened where they are used (Fernet: AES-128-CBC and HMAC-SHA256).

The keys are those of SECRETS_KEYS; the first one seals, all of them open. Besides them open the keys derived from
SECRET_KEY and its fallbacks, and without SECRETS_KEYS the first of those seals: nothing needs to be set up.
"""

import base64
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SEALED = "sealed:"
"""How every sealed text begins."""


class NotSealed(ValueError):
    """The text was not sealed here, was changed, or its key is gone."""


def seal(text: str) -> str:
    """The text sealed: ASCII, different each time. Raises ImproperlyConfigured for keys that are none."""
    return SEALED + _box().encrypt(text.encode("utf-8", "surrogatepass")).decode()


def unseal(text: str) -> str:
    """What was sealed. Raises NotSealed."""
    try:
        return _box().decrypt(_token(text)).decode("utf-8", "surrogatepass")
    except InvalidToken:
        raise NotSealed from None


def reseal(text: str) -> str:
    """The same secret sealed under the first key. Raises NotSealed."""
    try:
        return SEALED + _box().rotate(_token(text)).decode()
    except InvalidToken:
        raise NotSealed from None


def fingerprint(data: bytes) -> bytes:
    """32 bytes that are equal for equal data, and from which nobody guesses the data without the server's key."""
    return hmac.digest(b"taskhub fingerprint|" + settings.API_KEY_PEPPER.encode(), data, "sha256")


def is_sealed(text: object) -> bool:
    """Whether it reads as a sealed text. Only `unseal` knows."""
    return isinstance(text, str) and text.startswith(SEALED)


def _token(text: str) -> bytes:
    if not is_sealed(text) or not text.isascii():
        raise NotSealed
    return text.removeprefix(SEALED).encode()


def _box() -> MultiFernet:
    return _open_box(tuple(settings.SECRETS_KEYS), (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _open_box(keys: tuple[str, ...], sources: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([*map(_fernet, keys), *(Fernet(derived(source)) for source in sources)])


def _fernet(key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        raise ImproperlyConfigured("SECRETS_KEYS: each key is 32 random bytes in URL-safe base64.") from None


def derived(secret_key: str) -> bytes:
    """The key that SECRET_KEY stands for where SECRETS_KEYS is not set."""
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"taskhub secrets at rest").derive(secret_key.encode())
    return base64.urlsafe_b64encode(made)
