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
from apps.actors.sign_in import throttle
from apps.actors.sign_in.throttle import Subject
from apps.web.contexts.pages import PasswordPage
from apps.web.people import actor_of, user_of
from apps.web.responses import SeeOther
from apps.web.schema_form.contexts import ErrorLine


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """The typed passwords are never sent back."""
    form = PasswordChangeForm(user_of(request), request.POST or None)
    if request.method != "POST" or not _is_valid(request, form):
        context: PasswordPage = {"errors": _errors(form), "form_errors": [], "wrong": list(form.errors)}
        return render(request, "profile/password.html", context, status=422 if form.errors else 200)
    with transaction.atomic():
        user = form.save()
        services.record_new_password(actor=actor_of(request), user=user)
    update_session_auth_hash(request, user)
    messages.success(request, _("Your password is changed. You are signed out everywhere else."))
    return SeeOther(reverse("web:profile"))


def _is_valid(request: HttpRequest, form: PasswordChangeForm) -> bool:
    """Whether the form is right. Wrong old passwords are counted. Raises LimitExceeded after too many."""
    guesses = [Subject("device", f"password page:{user_of(request).pk}")]
    throttle.require_allowed(guesses)
    throttle.count(guesses)
    valid = form.is_valid()
    if "old_password" not in form.errors:
        throttle.forget(guesses)
    return valid


def _errors(form: PasswordChangeForm) -> list[ErrorLine]:
    return [
        ErrorLine(f"id_{name}", str(form.fields[name].label), str(text))
        for name, texts in form.errors.items()
        for text in texts
    ]
