"""The reader's notifications. Links open pages; a form marks them as read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core.errors import Invalid, NotFound
from apps.notifications import services
from apps.web.pages.notifications import notifications_page
from apps.web.people import actor_of
from apps.web.responses import SeeOther, next_url


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """`/notifications/`."""
    return render(request, "notifications/list.html", notifications_page(request))


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one as read (`id`), or all of them (`all`)."""
    which = request.POST.getlist("id")
    if not which and request.POST.get("all") != "yes":
        raise Invalid(_("Choose the notifications."))
    try:
        services.mark_read(actor_of(request), which or "all")
    except Invalid:
        raise NotFound() from None
    return SeeOther(next_url(request, reverse("web:notifications")))
