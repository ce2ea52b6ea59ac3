"""Signing in and out."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.actors import sessions
from apps.actors.sign_in import devices
from apps.actors.sign_in.backend import SESSIONS
from apps.core.addresses import client_address
from apps.core.errors import LimitExceeded, NotFound
from apps.web.people import user_of
from apps.web.responses import SeeOther
from apps.web.typed import CARRIED

from . import signed_out


class SignIn(views.LoginView):
    """`/login/`, the one page that takes passwords to sign in."""

    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Who is signed in already gets what the form carries."""
        response = super().dispatch(request, *args, **kwargs)
        if not (request.user.is_authenticated and isinstance(response, HttpResponseRedirect)):
            return response
        carried = signed_out.after_sign_in(request, response)
        carried.cookies.update(response.cookies)
        return carried

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the form carries stays in it when the password was wrong."""
        return super().get_context_data(carried=self.request.POST.get(CARRIED, ""), **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Too many wrong passwords are told on the page itself."""
        try:
            return super().post(request, *args, **kwargs)
        except LimitExceeded as error:
            context = {"locked": error.retry_after, "next": request.POST.get("next", ""), "form": None}
            context["carried"] = request.POST.get(CARRIED, "")
            response = self.render_to_response(context, status=429)
            response.headers["Retry-After"] = str(int(error.retry_after) + 1)
            return response

    def form_valid(self, form: Any) -> HttpResponse:
        """This browser is known from now on."""
        form.get_user().backend = SESSIONS
        response = super().form_valid(form)
        agent = self.request.headers.get("User-Agent", "")
        sessions.remember_origin(self.request.session, address=client_address(self.request.META), agent=agent)
        name = settings.DEVICE_COOKIE_NAME
        response.set_cookie(
            name, devices.remember(self.request.COOKIES.get(name), form.get_user().pk), max_age=devices.MAX_AGE,
            secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
        )  # fmt: skip
        return response


def sign_in_to_admin(request: HttpRequest) -> HttpResponseBase:
    """`/admin/login/`: the administration has no sign-in page of its own."""
    if request.user.is_authenticated:
        raise PermissionDenied
    target = {"next": request.GET.get("next") or reverse("admin:index")}
    return redirect(f"{reverse('web:login')}?{urlencode(target)}")


@require_http_methods(["POST"])
def end(request: HttpRequest) -> HttpResponse:
    """`/profile/sessions/`: ends one session of the reader, or all but this one."""
    user, current = user_of(request), request.session.session_key
    if "others" in request.POST:
        sessions.end_other_sessions(user, current)
    elif not sessions.end_session(user, request.POST.get("session", "")):
        raise NotFound
    messages.success(request, _("Signed out there."))
    return SeeOther(reverse("web:profile"))


sign_in = SignIn.as_view()
sign_out = views.LogoutView.as_view()
