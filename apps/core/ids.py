"""Identifiers: UUIDv7 for rows, short random keys for people."""

import secrets
from uuid import UUID

from uuid_utils import compat

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def uuid7() -> UUID:
    """A time-ordered id: new rows land at the end of their index."""
    return compat.uuid7()


def short_code(length: int = 5) -> str:
    """Random Crockford base 32: not sequential, so that nothing can be counted from it."""
    return "".join([CROCKFORD[byte & 31] for byte in secrets.token_bytes(length)])


def parse_uuid(text: object) -> UUID | None:
    """The UUID that `text` is, or spells in its usual 36 characters, else None."""
    if isinstance(text, UUID):
        return text
    if not isinstance(text, str) or len(text) != 36:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
