"""The secrets with which calls of a push function are signed: sealed at rest, two of them while one is rotated out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.automation.models import Function
from apps.core import signing
from apps.core.sealing import NotSealed, seal, unseal

OVERLAP = timedelta(hours=24)
"""How long the secret before signs as well."""

Columns = dict[str, Any]
NONE: Columns = {"secret": None, "old_secret": None, "old_secret_until": None}


def replaced(function: Function | None, mode: str, given: str | None) -> tuple[Columns, str | None]:
    """The columns that a push of the function changes, and the secret in clear if one was made for it.

    `given` is sealed. A push that says none keeps the one there is; one that says another one rotates it.
    """
    if mode != Function.Mode.PUSH:
        return NONE, None
    if function is None or function.secret is None:
        sealed, made = _given_or_new(given)
        return {**NONE, "secret": sealed}, made
    if given is None or _opened(given) == _opened(function.secret):
        return {}, None
    return rotated(function, given)


def rotated(function: Function, given: str | None) -> tuple[Columns, str | None]:
    """The same for a rotation: the secret that there was goes on to sign for a day."""
    sealed, made = _given_or_new(given)
    old = function.secret if function.secret and _opened(function.secret) else None
    until = timezone.now() + OVERLAP if old else None
    return {"secret": sealed, "old_secret": old, "old_secret_until": until}, made


def _given_or_new(given: str | None) -> tuple[str, str | None]:
    if given:
        return given, None
    made = signing.new_secret()
    return seal(made), made


def signing_secrets(function: Function) -> list[str]:
    """Those that sign a call now, the newest first. Raises NotSealed if the newest cannot be read any more."""
    secrets = [unseal(function.secret or "")]
    if function.old_secret and function.old_secret_until and function.old_secret_until > timezone.now():
        old = _opened(function.old_secret)
        secrets += [old] if old else []
    return secrets


def _opened(sealed: str) -> str | None:
    try:
        return unseal(sealed)
    except NotSealed:
        return None


def reseal_functions(anew: Callable[[object], object]) -> None:
    """Seal the secrets of all functions anew; `anew` does it with one text, or leaves None."""
    for pk in Function.objects.filter(secret__isnull=False).values_list("pk", flat=True):
        with transaction.atomic():
            rows = Function.objects.filter(pk=pk)
            for function in rows.select_for_update():
                rows.update(secret=anew(function.secret), old_secret=anew(function.old_secret))
