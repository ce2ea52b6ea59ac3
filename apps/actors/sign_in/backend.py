"""The one place where a name and a password become a person."""

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.actors.actor import SYSTEM
from apps.actors.models import User
from apps.actors.references import actor_of_user
from apps.core.addresses import client_address, throttled_part
from apps.events import event_types, log

from . import devices, throttle
from .throttle import Subject

logger = logging.getLogger(__name__)


SESSIONS = "django.contrib.auth.backends.ModelBackend"
"""The backend that sessions name: the release before knows it too, so that an upgrade signs nobody out."""


class PasswordBackend(ModelBackend):
    """Django's, with throttling, names in any case, and events of what happened.

    A refusal is PermissionDenied, for Django asks no further backend then.
    """

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """The person. Raises PermissionDenied, LimitExceeded, and Unavailable when too many sign in at once."""
        if not username or password is None:
            raise PermissionDenied
        user = find_user(username)
        address = client_address(request.META) if request is not None else ""
        subjects = subjects_of(username, user, address, request)
        throttle.require_allowed(subjects)
        locked = throttle.count(subjects)  # before the password is looked at: guesses at the same time count too
        right = self._verifies(user, password)
        if user is None or not right:
            _record_failure(username, user, address, locked=locked)
            raise PermissionDenied
        throttle.forget(subject for subject in subjects if subject.kind != "address")
        with transaction.atomic():
            data = {"did": "signed_in", "name": user.username, "reason": _from(address)}
            log.record(type=event_types.ACCOUNT_CHANGED, actor=actor_of_user(user), data=data)
        return user

    def _verifies(self, user: User | None, password: str) -> bool:
        if user is None:
            User().set_password(password)  # takes as long as for a person who exists
            return False
        return user.check_password(password) and self.user_can_authenticate(user)


def find_user(name: str) -> User | None:
    """The person of that name, in whatever case it is written."""
    if "\0" in name:
        return None
    exact = User.objects.filter(username=name).first()
    alike = [] if exact else list(User.objects.filter(username__iexact=name)[:2])
    return exact or (alike[0] if len(alike) == 1 else None)


def subjects_of(name: str, user: User | None, address: str, request: Any) -> list[Subject]:
    """What a try to sign in counts for. A known device counts for itself alone."""
    cookies = getattr(request, "COOKIES", {})
    known = devices.read(cookies.get(settings.DEVICE_COOKIE_NAME))
    if user is not None and (device := known.get(str(user.pk))):
        return [Subject("device", f"{user.pk}:{device}")]
    account = user.username if user else name.casefold()[:200]
    part = throttled_part(address)
    return [Subject("pair", f"{account}|{part}"), Subject("account", account), Subject("address", part)]


def _record_failure(name: str, user: User | None, address: str, *, locked: bool) -> None:
    """An event for a person who exists; a line in the log in any case, without what was typed as a name."""
    logger.warning("A sign-in failed from %s%s.", address, ", and further ones must wait" if locked else "")
    if user is None:
        return
    did = "locked_out" if locked else "sign_in_failed"
    data = {"did": did, "name": user.username, "reason": _from(address)}
    with transaction.atomic():
        log.record(type=event_types.ACCOUNT_CHANGED, actor=SYSTEM, data=data)


def _from(address: str) -> str:
    return f"from {address}" if address else ""
