"""Browsers in which people have signed in before: a signed cookie, which wrong passwords elsewhere do not lock out."""

import secrets
from typing import Any

from django.core import signing

SALT = "taskhub.device"
MAX_AGE = 180 * 24 * 3600
MOST_PEOPLE = 5
"""Of how many people one browser knows that they signed in."""


def read(cookie: str | None) -> dict[str, str]:
    """User id → device id, of those who signed in; empty for a missing, old or forged cookie."""
    try:
        value: Any = signing.loads(cookie or "", salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return {}
    return dict(value)


def remember(cookie: str | None, user_id: object) -> str:
    """The cookie with this person too."""
    known = read(cookie)
    device = known.pop(str(user_id), "") or secrets.token_urlsafe(12)
    latest = dict(list(known.items())[-MOST_PEOPLE + 1 :])
    return signing.dumps({**latest, str(user_id): device}, salt=SALT)
