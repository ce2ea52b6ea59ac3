"""The type's own buttons: pressed at once, or after a dialog that asks what the transition wants to know."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.automation.transitions import has_input, pressable, run_transition
from apps.core.errors import Invalid, Problem, SchemaViolation
from apps.tasks.access import TaskPermissions
from apps.web.contexts.task_forms import TaskFormPage
from apps.web.pages import fields, menu
from apps.web.pages.rows import task_url
from apps.web.pages.task import permissions_on_page
from apps.web.people import actor_of, zone_of
from apps.web.problems import problems_of
from apps.web.responses import SeeOther
from apps.web.schema_form import Form, Submission, build_form, parse_form, present_form, reshaped

from .required_fields import fill_first
from .tasks import posted, require_seen

PREFIX = "input"


@posted
def press(request: HttpRequest, name: str) -> HttpResponse:
    """Run a transition of the task's type, by its name."""
    permissions, wanted = permissions_on_page(request, name), request.POST.get("transition", "")
    require_seen(request, permissions)
    way = next((way for way in pressable(permissions) if way["name"] == wanted), None)
    if way is not None:
        url, hidden = (
            menu.action_url(permissions.task, "press"),
            [("transition", wanted), ("seen", permissions.task.stage)],
        )
        dialog = fill_first(request, permissions, way["to"], url=url, button=way["title"], hidden=hidden)
        if dialog is not None:
            return dialog
    if way is None or not has_input(way):
        return _run(request, permissions, wanted, {})
    form = _form(request, way)
    if "asked" not in request.POST:
        return _dialog(request, permissions, way, form)
    changed = reshaped(request.POST)
    if changed is not None:
        return _dialog(request, permissions, way, form, Submission(posted=changed))
    submission = parse_form(form, request.POST)
    if submission.problems:
        return _dialog(request, permissions, way, form, submission, status=422)
    try:
        return _run(request, permissions, wanted, submission.values)
    except (Invalid, SchemaViolation) as error:
        return _dialog(request, permissions, way, form, submission.with_problems(), problems_of(error), status=422)


def _run(request: HttpRequest, permissions: TaskPermissions, wanted: str, given: Mapping[str, Any]) -> HttpResponse:
    run_transition(actor_of(request), str(permissions.task.pk), wanted, input=given)
    titles = {way["name"]: way["title"] for way in permissions.spec.manual}
    messages.success(request, _("Done: %(title)s") % {"title": titles.get(wanted, wanted)})
    return SeeOther(task_url(permissions.task))


def _form(request: HttpRequest, way: Mapping[str, Any]) -> Form:
    names = list(way["input"]["properties"])
    offered = fields.suggestions(way["input"], names)
    return build_form(way["input"], names, zone=zone_of(request), suggestions=offered, prefix=PREFIX, ids="i")


def _dialog(
    request: HttpRequest,
    permissions: TaskPermissions,
    way: Mapping[str, Any],
    form: Form,
    submission: Submission | None = None,
    problems: Sequence[Problem] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    shown = present_form(form, submission, problems)
    context: TaskFormPage = {
        "container": permissions.task.container,
        "types": [],
        "heading": f"{permissions.task.key}: {way['title']}",
        "action_url": menu.action_url(permissions.task, "press"),
        "button": way["title"],
        "with_text": False,
        "form": shown,
        "hidden": [("transition", way["name"]), ("asked", "yes"), ("seen", permissions.task.stage)],
        "errors": shown.errors,
        "form_errors": shown.form_errors,
        "back_url": task_url(permissions.task),
    }
    return render(request, "tasks/new.html", context, status=status)
