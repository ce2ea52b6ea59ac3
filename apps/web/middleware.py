"""What every page passes: the reader's zone, texts that can be kept, and pages for what services refuse."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import Invalid, NotFound, TaskHubError

from .people import zone_of
from .views import errors

NAMESPACE = "web"


class PagesMiddleware:
    """Times in the reader's zone; errors of services as pages. Other surfaces pass untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(None):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
        """Sets the zone, and refuses what no database keeps."""
        if not _is_page(request):
            return None
        if request.user.is_authenticated:
            timezone.activate(zone_of(request))
        if any("\0" in str(value) for value in kwargs.values()):
            return errors.show(request, NotFound())
        if _has_nul(request):
            return errors.show(request, Invalid(_("A text contains a character that cannot be kept.")))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page of a refusal; None for what nobody foresaw."""
        if _is_page(request) and isinstance(exception, TaskHubError):
            return errors.show(request, exception)
        return None


def _is_page(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.namespace == NAMESPACE


def _has_nul(request: HttpRequest) -> bool:
    lists = [*request.GET.lists(), *request.POST.lists()]
    return any("\0" in text for name, values in lists for text in (name, *values))
