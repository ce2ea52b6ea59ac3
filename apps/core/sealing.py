"""Sealing: texts that must not stand in the database in clear (Fernet: AES-128-CBC and HMAC-SHA256).

The keys are those of `keyring.at_rest`: the first one seals, all of them open.
"""

from cryptography.fernet import InvalidToken

from apps.core import keyring

SEALED = "sealed:"
"""How every sealed text begins."""


class NotSealed(ValueError):
    """The text was not sealed here, was changed, or its key is gone."""


def seal(text: str) -> str:
    """The text sealed: ASCII, different each time. Raises ImproperlyConfigured for keys that are none."""
    return SEALED + keyring.at_rest().encrypt(text.encode("utf-8", "surrogatepass")).decode()


def unseal(text: str) -> str:
    """What was sealed. Raises NotSealed."""
    try:
        return keyring.at_rest().decrypt(_token(text)).decode("utf-8", "surrogatepass")
    except InvalidToken:
        raise NotSealed from None


def reseal(text: str) -> str:
    """The same secret sealed under the first key. Raises NotSealed."""
    try:
        return SEALED + keyring.at_rest().rotate(_token(text)).decode()
    except InvalidToken:
        raise NotSealed from None


def fingerprint(data: bytes) -> bytes:
    """32 bytes that are equal for equal data, and from which nobody guesses the data without the server's key."""
    return keyring.fingerprints().mac(data)


def is_sealed(text: object) -> bool:
    """Whether it reads as a sealed text. Only `unseal` knows."""
    return isinstance(text, str) and text.startswith(SEALED)


def _token(text: str) -> bytes:
    if not is_sealed(text) or not text.isascii():
        raise NotSealed
    return text.removeprefix(SEALED).encode()
