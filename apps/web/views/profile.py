"""The reader's own settings: theme and time zone."""

from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.actors import queries, services, sessions
from apps.core.errors import Invalid
from apps.web.contexts.pages import ProfilePage
from apps.web.people import actor_of, names_of, user_of
from apps.web.responses import SeeOther
from apps.web.schema_form.contexts import ErrorLine


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """`/profile/`."""
    user = user_of(request)
    errors: list[ErrorLine] = []
    theme, zone = user.theme, user.time_zone
    if request.method == "POST":
        theme, zone = request.POST.get("theme") or "system", request.POST.get("zone", "")
        try:
            services.change_profile(actor_of(request), theme=theme, time_zone=zone)
            messages.success(request, _("Saved."))
            return SeeOther(reverse("web:profile"))
        except Invalid as error:
            errors = [ErrorLine("profile-zone", "", error.detail)]
    teams = [team.title for team in queries.teams_of(actor_of(request))]
    context: ProfilePage = {
        "person": {"name": user.username, "full_name": user.get_full_name(), "email": user.email, "teams": teams},
        "theme": "" if theme == "system" else theme,
        "zone": zone,
        "zones": sorted(available_timezones()),
        "sessions": sessions.sessions_of(user, request.session.session_key),
        "link_at": user.password_link_at,
        "link_by": names_of(request).get(user.password_link_by, user.password_link_by),
        "errors": errors,
        "form_errors": [],
    }
    return render(request, "profile/detail.html", context, status=422 if errors else 200)
