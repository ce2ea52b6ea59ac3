"""What every request passes: a request id, the policy and privacy of answers, and the sign-in rule."""

import re
from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth import middleware
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from apps.core.ids import uuid7
from apps.web.responses import is_part
from apps.web.views import signed_out
from taskhub import logs

GetResponse = Callable[[HttpRequest], HttpResponseBase]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class RequestIdMiddleware:
    """Gives each request a UUID (`request.id`), takes one from outside if it is a UUID, and answers it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "").lower()
        request.id = given if UUID.fullmatch(given) else str(uuid7())  # type: ignore[attr-defined]
        token = logs.request_id.set(request.id)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            logs.request_id.reset(token)
        response.headers["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        return response


class ContentPolicyMiddleware:
    """What a browser may load and run for an answer, unless the view says something stricter of its own.

    django-csp's own middleware spells the same policy anew for each answer, a tenth of what a claim costs in Python.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not (settings.DEBUG and response.status_code in (404, 500)):  # Django's own pages about mistakes
            response.headers.setdefault(HEADER, self.policy)
        return response


class PrivateAnswersMiddleware:
    """What was made for one caller is stored by nobody: no-store, private, and Vary.

    A view that says its own Cache-Control keeps it (a 304-able part still needs `private`).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        patch_vary_headers(response, ["Cookie", "Authorization"])
        return response


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Every page needs a signed-in user, but for PUBLIC_ROUTES (exact) and the API, which asks itself."""

    def process_view(self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any) -> Any:
        route = request.resolver_match.route if request.resolver_match else ""
        if route in settings.PUBLIC_ROUTES or route.startswith(settings.API_PREFIX):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        """What was posted is carried over the sign-in; a script gets 401 in place of a page."""
        if is_part(request):
            return signed_out.sign_in_part()
        if request.method == "POST":
            return signed_out.sign_in_first(request)
        return super().handle_no_permission(request, view_func)
