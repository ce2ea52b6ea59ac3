"""A task's page, and what its buttons do."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.actors.queries import display_names
from apps.containers.type_document.spec import spec_of
from apps.core.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from apps.tasks import queries, services
from apps.tasks.access import TaskPermissions, get_task
from apps.tasks.timeline import task_events
from apps.web import confirmations
from apps.web.confirmations import Confirmation
from apps.web.once import once
from apps.web.pages import menu
from apps.web.pages.rows import task_url
from apps.web.pages.task import compose_part, permissions_on_page, task_page
from apps.web.pages.timeline import timeline
from apps.web.people import actor_of
from apps.web.problems import status_of
from apps.web.responses import SeeOther, back_url, is_part, next_url

from .files import attach_posted
from .required_fields import fill_first
from .retry_form import retry_with_changes

View = Callable[..., HttpResponse]


def posted(view: View) -> View:
    """A write: only POST runs it. A GET of its address (after signing in again, say) shows the task instead."""

    @wraps(view)
    def wrapped(request: HttpRequest, name: str) -> HttpResponse:
        if request.method != "POST":
            return SeeOther(reverse("web:task", args=[name]))
        return view(request, name)

    return require_http_methods(["GET", "HEAD", "POST"])(wrapped)


@require_safe
def show(request: HttpRequest, name: str) -> HttpResponse:
    """`/tasks/KEY/`, or by id: an attempt answers as itself."""
    return render(request, "tasks/detail.html", task_page(request, permissions_on_page(request, name)))


@require_safe
def show_timeline(request: HttpRequest, name: str) -> HttpResponse:
    """All of the timeline, alone; without htmx the whole page with it."""
    permissions = permissions_on_page(request, name)
    if not is_part(request):
        return render(request, "tasks/detail.html", task_page(request, permissions))
    return render(
        request,
        "tasks/_timeline.html",
        timeline(request, permissions, list(queries.notes(permissions)), list(queries.attachments(permissions))),
    )


@once
@posted
def note(request: HttpRequest, name: str) -> HttpResponse:
    """Say something on the task, attach files, or both: a work note unless a comment is chosen."""
    kind, text = request.POST.get("kind", "work_note"), request.POST.get("text", "")
    try:
        attached = attach_posted(request, name, kind=kind)
        if text.strip() or not attached:
            services.add_note(actor_of(request), name, text=text, kind=kind)
    except (Invalid, TooLarge, Unavailable) as error:
        permissions = permissions_on_page(request, name)
        compose = compose_part(permissions, kind=kind, text=text, error=error.detail)
        return render(
            request, "tasks/detail.html", task_page(request, permissions, compose=compose), status=status_of(error)
        )
    return SeeOther(_task_url(request, name) + "#activity")


@posted
def follow(request: HttpRequest, name: str) -> HttpResponse:
    """Hear of its changes, or no longer."""
    change = services.unwatch if request.POST.get("follow") == "no" else services.watch
    change(actor_of(request), name)
    return SeeOther(_task_url(request, name))


@posted
def take_over(request: HttpRequest, name: str) -> HttpResponse:
    """A person goes on instead of the automation."""
    question = Confirmation(
        title=_("Take this task over now?"),
        button=_("Take over now"),
        consequences=(
            _("The automation stops working on it; what it may still send is refused."),
            _("All fields that you see are yours to fill in."),
            _("You finish the task by hand, or return it to the automation."),
        ),
    )
    return _once_more(request, name, question, services.take_over, _("You have it now."))


@posted
def retry(request: HttpRequest, name: str) -> HttpResponse:
    """A new attempt takes the place of the failed one; with `?change=yes` a form of its fields comes first."""
    change = "change" in request.GET
    task = retry_with_changes(request, name) if change else services.retry_task(actor_of(request), name)
    if isinstance(task, HttpResponse):
        return task
    messages.success(request, _("A new attempt has begun."))
    return SeeOther(task_url(task))


@posted
def reopen(request: HttpRequest, name: str) -> HttpResponse:
    """Back to the start."""
    services.reopen_task(actor_of(request), name)
    messages.success(request, _("It is open again."))
    return SeeOther(_task_url(request, name))


@posted
def cancel(request: HttpRequest, name: str) -> HttpResponse:
    """End it without a result, after asking once more."""
    question = Confirmation(
        title=_("Cancel this task?"),
        button=_("Cancel the task"),
        consequences=(
            _("If it is being worked on, whoever does is asked to stop."),
            _("What is asked of people is taken back."),
            _("It ends without a result."),
        ),
        danger=True,
        note_label=_("Why? (optional)"),
    )
    words = request.POST.get("note", "").strip() or None

    def run(actor: Any, task: str) -> Any:
        return services.cancel_task(actor, task, note=words)

    return _once_more(request, name, question, run, _("Canceled, or asked to stop."))


@posted
def move(request: HttpRequest, name: str) -> HttpResponse:
    """To another stage: what the Move menu, a drag and the keyboard post; `seen` is the stage on their page."""
    permissions, stage = permissions_on_page(request, name), request.POST.get("stage", "")
    after = next_url(request, back_url(request, reverse("web:task", args=[name])))
    require_seen(request, permissions)
    title = _stage_title(permissions.task, stage)
    hidden = [("stage", stage), ("seen", permissions.task.stage), ("next", request.POST.get("next", ""))]
    url, button = menu.action_url(permissions.task, "move"), _("Move to %(stage)s") % {"stage": title}
    if stage in services.reachable_stages(permissions):
        dialog = fill_first(request, permissions, stage, url=url, button=button, hidden=hidden)
        if dialog is not None:
            return dialog
    task = services.edit_task(permissions.actor, name, {"stage": stage})
    messages.success(request, _("%(key)s moved to %(stage)s.") % {"key": task.key, "stage": _stage_title(task, stage)})
    return SeeOther(after)


def require_seen(request: HttpRequest, permissions: TaskPermissions) -> None:
    """Raises Conflict unless `seen`, the stage on the page that was posted, is where the task is."""
    if "seen" not in request.POST:
        raise Conflict(_("This page does not say where the task was. Nothing was moved."))
    if request.POST["seen"] != permissions.task.stage:
        raise Conflict(_moved_before(permissions))


def _moved_before(permissions: TaskPermissions) -> str:
    """That the page was old: where the task is, and who moved it there."""
    task = permissions.task
    events = task_events(permissions, latest=20)
    who = next((event["actor"] for event in reversed(events) if "stage" in event["data"].get("changes", {})), "")
    names = display_names([who])
    words = {"key": task.key, "stage": _stage_title(task, task.stage), "who": names.get(who, who)}
    if not who:
        return _("%(key)s is in %(stage)s by now. Nothing was moved.") % words
    return _("%(who)s moved %(key)s to %(stage)s before. Nothing was moved.") % words


@posted
def stop_looking(request: HttpRequest, name: str) -> HttpResponse:
    """An administrator ends their break-glass of the task; afterwards it is as hidden as before."""
    actor = actor_of(request)
    opened = queries.break_glass_of(actor, get_task(actor, name))
    if opened is not None:
        services.end_break_glass(actor, opened.pk)
        messages.success(request, _("The task is closed to you again."))
    return SeeOther(reverse("web:inbox"))


def _stage_title(task: Any, name: str) -> str:
    stage = spec_of(task.type_version).stage(name)
    return stage.title if stage else name


def _once_more(
    request: HttpRequest, name: str, question: Confirmation, run: Callable[[Any, str], Any], done: str
) -> HttpResponse:
    """The page that asks, and after it the deed."""
    if not confirmations.is_confirmed(request):
        get_task(actor_of(request), name)
        return confirmations.show(request, question, back=reverse("web:task", args=[name]))
    run(actor_of(request), name)
    messages.success(request, done)
    return SeeOther(_task_url(request, name))


def _task_url(request: HttpRequest, name: str) -> str:
    """The task's page, or the inbox if the reader does not see it any more."""
    try:
        return task_url(get_task(actor_of(request), name))
    except NotFound:
        return reverse("web:inbox")
