"""`/profile/password/`: a new password, by Django's own form. Every other session of the person ends."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.actors import services
from apps.web.answers import SeeOther
from apps.web.people import actor_of, user_of


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """What was typed is never sent back."""
    form = PasswordChangeForm(user_of(request), request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {"errors": _errors(form), "wrong": list(form.errors)}
        return render(request, "profile/password.html", context, status=422 if form.errors else 200)
    with transaction.atomic():
        user = form.save()
        services.record_new_password(actor=actor_of(request), user=user)
    update_session_auth_hash(request, user)
    messages.success(request, _("Your password is changed. You are signed out everywhere else."))
    return SeeOther(reverse("web:profile"))


def _errors(form: PasswordChangeForm) -> list[dict[str, str]]:
    return [
        {"target": f"id_{name}", "label": str(form.fields[name].label), "message": str(text)}
        for name, texts in form.errors.items()
        for text in texts
    ]
