"""The pages of errors. Each carries the request's id; a hidden thing and an absent one read the same."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from apps.core.errors import LimitExceeded, TaskHubError
from apps.web.contexts.pages import ErrorPage
from apps.web.contexts.parts import Conflicting
from apps.web.responses import back_url, is_part
from apps.web.typed import typed_in

from . import signed_out

TEMPLATES = {
    403: "403.html",
    404: "404.html",
    409: "errors/conflict.html",
    412: "errors/conflict.html",
    429: "429.html",
}


def show(request: HttpRequest, error: TaskHubError) -> HttpResponse:
    """The page of a service's refusal, with its status."""
    context: ErrorPage = {"detail": error.detail, "back_url": back_url(request)}
    if request.method == "POST" and (typed := typed_in(request).rows):
        context["typed"] = typed
    if isinstance(error, LimitExceeded):
        context["retry_after"] = error.retry_after
    headers = error.headers() if isinstance(error, LimitExceeded) else {}
    page = render(request, TEMPLATES.get(error.status, "errors/invalid.html"), context, status=error.status)
    for name, value in headers.items():
        page.headers[name] = value
    return page


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token, or with that of an earlier session: nothing was written."""
    about_token = reason.startswith("CSRF ")
    if is_part(request):
        return HttpResponse(_("This page is too old."), status=403, content_type="text/plain; charset=utf-8")
    answer = signed_out.with_old_token(request) if about_token else None
    return answer or render(request, "403_csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that no page of ours sends: too large, too many fields, broken off."""
    context: ErrorPage = {"detail": _("It was too large, or not complete."), "back_url": "/"}
    return render(request, "errors/invalid.html", context, status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of the server, or 503 while the database is away. Does not use it: it may have failed."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    context = {"request_id": getattr(request, "id", ""), "away": away, "typed": _typed_if_readable(request)}
    content = render_to_string("500.html", context)
    return HttpResponse(content, status=503 if away else 500, headers={"Retry-After": "1"} if away else None)


def _typed_if_readable(request: HttpRequest) -> list[Conflicting]:
    """What was posted, as far as it was read before the fault."""
    try:
        return typed_in(request).rows if request.method == "POST" else []
    except Exception:  # whatever failed before may fail again here
        return []
