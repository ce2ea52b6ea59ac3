"""Who is calling: an application by its bearer key, or a signed-in person by the session cookie with CSRF.

A key that is given decides alone: a wrong one is 401 even beside a good cookie.
"""

from typing import Any, cast

from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, CSRFCheck

from apps.actors import keys, rates, references
from apps.actors.actor import Actor
from apps.actors.models import User
from apps.core.errors import Forbidden, Unauthenticated

CHALLENGE = 'Bearer realm="TaskHub"'
LONGEST_HEADER = 500


def authenticate(request: HttpRequest) -> Actor:
    """The caller; kept as `request.actor` too. Raises Unauthenticated, or Forbidden when the CSRF token is missing."""
    actor = by_key(request) or by_session(request)
    if actor is None:
        raise Unauthenticated(_("Send a key as “Authorization: Bearer …”, or sign in."))
    request.actor = actor  # type: ignore[attr-defined]
    return actor


def by_key(request: HttpRequest) -> Actor | None:
    """The application that the Authorization header names; None if there is no such header. Raises LimitExceeded."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _space, key = header.partition(" ")
    if scheme.lower() != "bearer" or len(header) > LONGEST_HEADER or not header.isascii():
        raise Unauthenticated(_("The Authorization header must be “Bearer” and a key."))
    application = keys.application_of(key.strip())
    rates.spend_by_key(key.strip()[3:11], request.method)
    return references.actor_of_application(application)


def by_session(request: HttpRequest) -> Actor | None:
    """The person of the session cookie; None if nobody is signed in. Raises Forbidden (CSRF), LimitExceeded."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    require_csrf(request)
    rates.spend_by_person(user.pk, request.method)
    return references.actor_of_user(cast(User, user))


def require_csrf(request: HttpRequest) -> None:
    """Raises Forbidden when an unsafe call by cookie does not show that it comes from TaskHub's own pages."""
    check = CSRFCheck(lambda _request: None)  # type: ignore[arg-type]
    check.process_request(request)
    reason = check.process_view(request, None, (), {})  # type: ignore[arg-type]
    if reason:
        raise Forbidden(_("The CSRF token is missing or wrong."))


class _Authentication(BaseAuthentication):
    """Django REST framework's form of one of the two ways; `auth` of the request is the Actor."""

    def authenticate_header(self, request: Any) -> str:
        return CHALLENGE

    def _known(self, request: Any, actor: Actor | None) -> tuple[Any, Actor] | None:
        if actor is None:
            return None
        request._request.actor = actor
        return request._request.user, actor


class KeyAuthentication(_Authentication):
    """By bearer key."""

    def authenticate(self, request: Any) -> tuple[Any, Actor] | None:
        return self._known(request, by_key(request._request))


class SessionAuthentication(_Authentication):
    """By session cookie, with CSRF."""

    def authenticate(self, request: Any) -> tuple[Any, Actor] | None:
        return self._known(request, by_session(request._request))
