"""Changing who sees a task: each change is confirmed with the people who gain and lose sight of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, Problem, VersionMismatch
from apps.tasks import access, services
from apps.tasks.access import TaskPermissions
from apps.tasks.services import Exposure
from apps.web import confirmations
from apps.web.confirmations import Confirmation
from apps.web.once import once
from apps.web.pages import menu, sharing
from apps.web.pages.rows import task_url
from apps.web.pages.task import permissions_on_page
from apps.web.people import actor_of, zone_of
from apps.web.problems import problems_of, status_of
from apps.web.responses import SeeOther
from apps.web.timestamps import read_picker

from .tasks import posted

REFUSALS = (Invalid, Conflict, Forbidden, VersionMismatch)


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, name: str) -> HttpResponse:
    """`/tasks/KEY/sharing/`: the mode of its privacy, what it is shared with besides, and where it lies."""
    permissions = _permissions(request, name)
    if request.method != "POST":
        return _show(request, permissions)
    changes = {"privacy": request.POST.get("privacy", "")}
    if changes["privacy"] == "private":
        changes["private_to"] = request.POST.get("private_to", "")
    actor, task = actor_of(request), str(permissions.task.pk)
    try:
        if not confirmations.is_confirmed(request):
            exposure = services.preview_privacy(actor, task, changes)
            if exposure.gains or exposure.loses:
                return _ask(request, permissions, _("Change who sees it?"), _("Change"), exposure)
        services.edit_task(actor, task, changes, if_match=_version(request), confirm_widen=True)
    except REFUSALS as error:
        return _show(request, permissions, error)
    messages.success(request, _("Saved."))
    return _after(request, permissions)


@once
@posted
def grant(request: HttpRequest, name: str) -> HttpResponse:
    """Share it with somebody, until a date or for good; or no longer."""
    permissions = _permissions(request, name)
    actor, task, to = actor_of(request), str(permissions.task.pk), request.POST.get("to", "")
    until, problems = read_picker(request.POST, "expires_at", zone_of(request))
    if not to:
        problems.append(Problem("/to", "required", _("Choose with whom.")))
    try:
        if problems:
            raise Invalid(problems[0].detail, errors=problems)
        if "remove" in request.POST:
            services.revoke_grant(actor, task, to)
        else:
            services.grant(actor, task, to, expires_at=until)
    except NotFound:
        pass  # it is gone already
    except Invalid as error:
        placed = [Problem(p.pointer or "/to", p.code, p.detail) for p in error.errors]
        return _show(request, permissions, Invalid(error.detail, errors=placed))
    return SeeOther(menu.action_url(permissions.task, "sharing"))


@posted
def move(request: HttpRequest, name: str) -> HttpResponse:
    """Put it into another container, after a look at who would see it there."""
    permissions = _permissions(request, name)
    actor, task, place = actor_of(request), str(permissions.task.pk), request.POST.get("container", "")
    try:
        if not confirmations.is_confirmed(request):
            exposure = services.preview_move(actor, task, container=place)
            return _ask(request, permissions, _("Move it there?"), _("Move"), exposure)
        services.move_task(actor, task, container=place, if_match=_version(request), confirm_widen=True)
    except REFUSALS as error:
        return _show(request, permissions, error)
    messages.success(request, _("Moved."))
    return _after(request, permissions)


def _permissions(request: HttpRequest, name: str) -> TaskPermissions:
    permissions = permissions_on_page(request, name)
    if not access.may_share(permissions):
        raise Forbidden(_("You may not change who sees this task."))
    return permissions


def _version(request: HttpRequest) -> str | None:
    return request.POST.get("version") or None


def _ask(
    request: HttpRequest, permissions: TaskPermissions, title: str, button: str, exposure: Exposure
) -> HttpResponse:
    consequences = sharing.consequences(permissions, exposure) or (_("Nobody gains or loses sight of it."),)
    names = ("privacy", "private_to", "container", "version")
    again = tuple((key, request.POST[key]) for key in names if key in request.POST)
    question = Confirmation(title=title, button=button, consequences=consequences, hidden=again)
    return confirmations.show(request, question, back=menu.action_url(permissions.task, "sharing"))


def _after(request: HttpRequest, permissions: TaskPermissions) -> HttpResponse:
    """Back to the task, or to the start for a reader who does not see it any more."""
    try:
        return SeeOther(task_url(permissions_on_page(request, str(permissions.task.pk)).task))
    except NotFound:
        return SeeOther("/")


def _show(
    request: HttpRequest,
    permissions: TaskPermissions,
    error: Invalid | Conflict | Forbidden | VersionMismatch | None = None,
) -> HttpResponse:
    context = sharing.sharing_page(request, permissions, problems_of(error) if error else [])
    return render(request, "tasks/sharing.html", context, status=status_of(error) if error else 200)
