"""Saying who sees a task: each change is shown with who gains and who loses before it is done."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, Problem, VersionMismatch
from apps.tasks import services
from apps.tasks.access import Standing
from apps.tasks.services import Exposure
from apps.web import confirming
from apps.web.answers import SeeOther
from apps.web.confirming import Question
from apps.web.moments import read_due
from apps.web.pages import menu, sharing
from apps.web.pages.rows import task_url
from apps.web.pages.task import standing_at
from apps.web.people import actor_of, zone_of

from .tasks import posted

REFUSALS = (Invalid, Conflict, Forbidden, VersionMismatch)


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, name: str) -> HttpResponse:
    """`/tasks/KEY/sharing/`: the mode of its privacy, what it is shared with besides, and where it lies."""
    standing = _standing(request, name)
    if request.method != "POST":
        return _show(request, standing)
    said = {"privacy": request.POST.get("privacy", "")}
    if said["privacy"] == "private":
        said["private_to"] = request.POST.get("private_to", "")
    actor, task = actor_of(request), str(standing.task.pk)
    try:
        if not confirming.is_confirmed(request):
            exposure = services.preview_privacy(actor, task, said)
            if exposure.gains or exposure.loses:
                return _ask(request, standing, _("Change who sees it?"), _("Change"), exposure)
        services.edit_task(actor, task, said, if_match=_version(request), confirm_widen=True)
    except REFUSALS as error:
        return _show(request, standing, error)
    messages.success(request, _("Saved."))
    return _after(request, standing)


@posted
def grant(request: HttpRequest, name: str) -> HttpResponse:
    """Share it with somebody, until a date or for good; or no longer."""
    standing = _standing(request, name)
    actor, task, to = actor_of(request), str(standing.task.pk), request.POST.get("to", "")
    until, problems = read_due(request.POST.get("expires_at", ""), zone_of(request), pointer="/expires_at")
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
        return _show(request, standing, Invalid(error.detail, errors=placed))
    return SeeOther(menu.action_url(standing.task, "sharing"))


@posted
def move(request: HttpRequest, name: str) -> HttpResponse:
    """Put it into another container, after a look at who would see it there."""
    standing = _standing(request, name)
    actor, task, place = actor_of(request), str(standing.task.pk), request.POST.get("container", "")
    try:
        if not confirming.is_confirmed(request):
            exposure = services.preview_move(actor, task, container=place)
            return _ask(request, standing, _("Move it there?"), _("Move"), exposure)
        services.move_task(actor, task, container=place, if_match=_version(request), confirm_widen=True)
    except REFUSALS as error:
        return _show(request, standing, error)
    messages.success(request, _("Moved."))
    return _after(request, standing)


def _standing(request: HttpRequest, name: str) -> Standing:
    standing = standing_at(request, name)
    if not menu.can_share(standing):
        raise Forbidden(_("Only those whose task it is say who sees it."))
    return standing


def _version(request: HttpRequest) -> str | None:
    return request.POST.get("version") or None


def _ask(request: HttpRequest, standing: Standing, title: str, button: str, exposure: Exposure) -> HttpResponse:
    told = sharing.consequences(standing, exposure) or (_("Nobody gains or loses sight of it."),)
    kept = ("privacy", "private_to", "container", "version")
    again = tuple((key, request.POST[key]) for key in kept if key in request.POST)
    question = Question(title=title, button=button, consequences=told, hidden=again)
    return confirming.ask(request, question, back=menu.action_url(standing.task, "sharing"))


def _after(request: HttpRequest, standing: Standing) -> HttpResponse:
    """Back to the task, or to the start for who has taken it out of their own sight."""
    try:
        return SeeOther(task_url(standing_at(request, str(standing.task.pk)).task))
    except NotFound:
        return SeeOther("/")


def _show(
    request: HttpRequest, standing: Standing, error: Invalid | Conflict | Forbidden | VersionMismatch | None = None
) -> HttpResponse:
    problems = [] if error is None else error.errors or [Problem("", error.code, error.detail)]
    context = sharing.sharing_page(request, standing, list(problems))
    return render(request, "tasks/sharing.html", context, status=error.status if error else 200)
