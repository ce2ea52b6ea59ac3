"""Posts of people who are not signed in (any more): carried over the sign-in, and shown to who typed them alone."""

from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.web.contexts.pages import CarriedPage, SignInPage
from apps.web.people import user_of
from apps.web.responses import SeeOther, is_ours
from apps.web.typed import CARRIED, Typed, carried, carry, typed_in


def sign_in_part() -> HttpResponse:
    """The answer to a script: it says so on the page, which stays as it is."""
    return HttpResponse(_("You are signed out."), status=401, content_type="text/plain; charset=utf-8")


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """The page to sign in, which carries what was posted."""
    typed = typed_in(request)
    if request.path in (reverse("web:logout"), reverse("web:password")):
        return redirect(reverse("web:login"))
    text = carry(typed)
    context: SignInPage = {
        "form": AuthenticationForm(request),
        "next": typed.path,
        "carried": text,
        "notice": "carried" if text else "too_long",
    }
    return render(request, "registration/login.html", context, status=401)


def after_sign_in(request: HttpRequest, default: HttpResponse) -> HttpResponse:
    """What was carried, if there is anything and the person who has signed in typed it; else the default."""
    typed = carried(request.POST.get(CARRIED, ""))
    if typed is None:
        return default
    if typed.is_by(user_of(request)):
        return show(request, typed)
    messages.warning(request, _("What was typed before came from somebody else's page. It was not sent."))
    return SeeOther("/")


def show(request: HttpRequest, typed: Typed) -> HttpResponse:
    """What the person typed, and the button that sends it now."""
    files = {name: [file for other, file in typed.files if other == name] for name, _file in typed.files}
    context: CarriedPage = {
        "action_url": typed.path if is_ours(request, typed.path) else "/",
        "typed": typed.rows,
        "pairs": typed.pairs,
        "files": [(name, ", ".join(names)) for name, names in files.items()],
    }
    return render(request, "registration/carried.html", context)


def with_old_token(request: HttpRequest) -> HttpResponse | None:
    """The answer to a form that was made before its person signed in anew; None if it is not known to be theirs."""
    at_sign_in = request.path == reverse("web:login")
    if not request.user.is_authenticated:
        return _sign_in_again(request) if at_sign_in else sign_in_first(request)
    if at_sign_in:
        return after_sign_in(request, SeeOther("/"))
    typed = typed_in(request)
    return show(request, typed) if typed.is_by(request.user) else None


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    context: SignInPage = {
        "form": AuthenticationForm(request),
        "next": request.POST.get("next", ""),
        "carried": request.POST.get(CARRIED, ""),
        "notice": "again",
    }
    return render(request, "registration/login.html", context, status=403)
