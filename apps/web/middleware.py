"""The middleware of pages: the reader's zone, a check of texts, and pages for refusals of services."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors import rates
from apps.core.errors import Forbidden, Invalid, LimitExceeded, NotFound, TaskHubError

from .people import zone_of
from .typed import OWNER, owner_of
from .views import errors

NAMESPACE = "web"
FORM_ID = re.compile(r"[0-9a-z-]{1,40}")


class PagesMiddleware:
    """Times in the reader's zone; errors of services as pages. Other surfaces pass untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(None):
            response = self.get_response(request)
        if request.method == "POST" and response.status_code in (302, 303) and _is_page(request):
            _confirm_receipt(request, response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
        """Sets the zone; refuses texts that no database stores, and too many writes."""
        if not _is_page(request):
            return None
        if request.user.is_authenticated:
            timezone.activate(zone_of(request))
            if request.POST.get(OWNER, owner_of(request.user)) != owner_of(request.user):
                return errors.show(request, Forbidden(_("This form was opened by somebody else. Nothing was sent.")))
            try:
                rates.spend_by_person(request.user.pk, request.method)
            except LimitExceeded as error:
                return errors.show(request, error)
        if any("\0" in str(value) for value in kwargs.values()):
            return errors.show(request, NotFound())
        if _has_nul(request):
            return errors.show(request, Invalid(_("A text contains a character that cannot be stored.")))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page of a refusal; None for other exceptions."""
        if _is_page(request) and isinstance(exception, TaskHubError):
            return errors.show(request, exception)
        return None


def _confirm_receipt(request: HttpRequest, response: HttpResponseBase) -> None:
    """Tell the page's script by a cookie which form was taken: it forgets what it stored of it (static/js/typed.js)."""
    if FORM_ID.fullmatch(request.POST.get("form_id", "")):
        response.set_cookie(
            "sent", request.POST["form_id"], max_age=300, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )


def _is_page(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.namespace == NAMESPACE


def _has_nul(request: HttpRequest) -> bool:
    lists = [*request.GET.lists(), *request.POST.lists()]
    return any("\0" in text for name, values in lists for text in (name, *values))
