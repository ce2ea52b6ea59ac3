"""`/password/ID/TOKEN/`: a person sets their password with a link that works once. It needs no sign-in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.actors import passwords
from apps.core.errors import Invalid, NotFound
from apps.web.contexts.pages import PasswordLinkPage
from apps.web.responses import SeeOther
from apps.web.schema_form.contexts import ErrorLine


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, id: str, token: str) -> HttpResponse:
    """The typed passwords are never sent back; a link that is not good is the same page for every reason."""
    errors: list[ErrorLine] = []
    try:
        user = passwords.user_of_link(id, token)
        if request.method == "POST":
            errors = _set(request, id, token)
            if not errors:
                messages.success(request, _("Your password is set. Sign in with it."))
                return SeeOther(reverse("web:login"))
    except NotFound:
        return render(request, "registration/link_ended.html", status=404)
    context: PasswordLinkPage = {"username": user.username, "errors": errors, "form_errors": []}
    return render(request, "registration/password_link.html", context, status=422 if errors else 200)


def _set(request: HttpRequest, id: str, token: str) -> list[ErrorLine]:
    first, second = request.POST.get("new_password1", ""), request.POST.get("new_password2", "")
    if first != second:
        return [ErrorLine("id_new_password2", _("Again"), _("The two passwords differ."))]
    try:
        passwords.set_by_link(id, token, first)
    except Invalid as error:
        return [ErrorLine("id_new_password1", _("New password"), problem.detail) for problem in error.errors]
    return []
