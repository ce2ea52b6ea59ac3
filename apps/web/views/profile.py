"""The reader's own settings: theme and time zone."""

from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.actors import queries, services
from apps.core.errors import Invalid
from apps.web.answers import SeeOther
from apps.web.people import actor_of, user_of


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """`/profile/`."""
    user, errors = user_of(request), []
    theme, zone = user.theme, user.time_zone
    if request.method == "POST":
        theme, zone = request.POST.get("theme") or "system", request.POST.get("zone", "")
        try:
            services.change_profile(actor_of(request), theme=theme, time_zone=zone)
            messages.success(request, _("Saved."))
            return SeeOther(reverse("web:profile"))
        except Invalid as error:
            errors = [{"target": "profile-zone", "label": "", "message": error.detail}]
    teams = [team.title for team in queries.teams_of(actor_of(request))]
    context = {
        "person": {"name": user.username, "full_name": user.get_full_name(), "email": user.email, "teams": teams},
        "theme": "" if theme == "system" else theme,
        "zone": zone,
        "zones": sorted(available_timezones()),
        "errors": errors,
    }
    return render(request, "profile/detail.html", context, status=422 if errors else 200)
