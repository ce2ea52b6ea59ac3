"""Responses of pages: 303 after every write, parts for htmx, and the addresses of "back" and "next"."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme


class SeeOther(HttpResponseRedirect):
    """After a write: the browser gets the next page, and reloading it writes nothing."""

    status_code = 303


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    return bool(getattr(request, "htmx", False))


def render_at(
    request: HttpRequest, template: str, context: Mapping[str, object], *, into: str, status: int
) -> HttpResponse:
    """A part that htmx shows although its status is an error."""
    response = render(request, template, context, status=status)
    response.headers["HX-Retarget"] = into
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def is_ours(request: HttpRequest, url: str) -> bool:
    """Whether an address leads to this site."""
    return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())


def back_url(request: HttpRequest, default: str = "/") -> str:
    """The page that the form stood on, if it is one of ours."""
    referer = request.headers.get("Referer", "")
    if not is_ours(request, referer):
        return default
    parts = urlsplit(referer)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def next_url(request: HttpRequest, default: str) -> str:
    """The address to which a form asks to go afterwards, if it is a page of ours."""
    wanted = request.POST.get("next", "")
    return wanted if wanted.startswith("/") and is_ours(request, wanted) else default
