"""The pages of what went wrong. Each carries the request's id; a hidden thing and an absent one read the same."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from apps.core.errors import LimitExceeded, TaskHubError
from apps.web.answers import back_url

TEMPLATES = {
    403: "403.html",
    404: "404.html",
    409: "errors/conflict.html",
    412: "errors/conflict.html",
    429: "429.html",
}


def show(request: HttpRequest, error: TaskHubError) -> HttpResponse:
    """The page of a service's refusal, with its status."""
    context: dict[str, object] = {"detail": error.detail, "back_url": back_url(request)}
    if isinstance(error, LimitExceeded):
        context["retry_after"] = error.retry_after
    return render(request, TEMPLATES.get(error.status, "errors/invalid.html"), context, status=error.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token, or with an old one: nothing was written."""
    return render(request, "403_csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that no page of ours sends: too large, too many fields, broken off."""
    context = {"detail": _("It was too large, or not complete."), "back_url": "/"}
    return render(request, "errors/invalid.html", context, status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Our fault, or 503 while the database is away. Asks it for nothing: it may be what failed."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    content = render_to_string("500.html", {"request_id": getattr(request, "id", ""), "away": away})
    return HttpResponse(content, status=503 if away else 500, headers={"Retry-After": "1"} if away else None)


def locked_out(request: HttpRequest, credentials: object = None, *args: object, **kwargs: object) -> HttpResponse:
    """Too many wrong passwords."""
    context = {"locked": True, "next": request.POST.get("next", ""), "form": None}
    response = render(request, "registration/login.html", context, status=429)
    response.headers["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME.total_seconds()))
    return response
