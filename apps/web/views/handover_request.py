"""Asking a person or team about a task, among people: for named fields, with a message, until a date."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core.errors import Forbidden, Invalid, Problem
from apps.tasks import access, services
from apps.tasks.access import TaskPermissions, visible_fields
from apps.web.contexts.task_forms import HandoverRequestPage
from apps.web.once import once
from apps.web.pages import choices
from apps.web.pages.rows import task_url
from apps.web.pages.task import head, permissions_on_page
from apps.web.people import actor_of, zone_of
from apps.web.problems import place_problems, problems_of
from apps.web.responses import SeeOther
from apps.web.timestamps import read_picker

TARGETS = {"to": "ask-to", "message": "ask-message", "due_at": "ask-due_at", "remind": "ask-remind"}
EXCLUDABLE = ("reporter", "previous")
REMINDERS = ("3600", "86400", "259200")


@once
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, name: str) -> HttpResponse:
    """`/tasks/KEY/ask/`, for those whose task it is."""
    permissions = permissions_on_page(request, name)
    if not access.may_ask(permissions):
        raise Forbidden(_("You cannot ask anybody about this task now."))
    if request.method != "POST":
        return _show(request, permissions)
    due, problems = read_picker(request.POST, "due_at", zone_of(request))
    if not request.POST.get("to"):
        problems.append(Problem("/to", "required", _("Choose who shall answer.")))
    if due is None and request.POST.get("remind") in REMINDERS:
        problems.append(Problem("/remind", "required", _("A reminder counts back from the date: say until when.")))
    if problems:
        return _show(request, permissions, problems)
    try:
        services.hand_over(actor_of(request), str(permissions.task.pk), _request(request, due))
    except (Invalid, Forbidden) as error:
        return _show(request, permissions, problems_of(error))
    messages.success(request, _("Asked."))
    return SeeOther(task_url(permissions.task))


def _request(request: HttpRequest, due: datetime | None) -> dict[str, Any]:
    posted = request.POST
    action: dict[str, Any] = {"name": "answer", "label": _("Answer"), "effect": "return"}
    if posted.get("then") == "complete":
        action = {"name": "complete", "label": _("Complete"), "effect": "complete"}
    action["needs_comment"] = not posted.getlist("ask")  # where no field takes the answer, words do
    body: dict[str, Any] = {"to": posted["to"], "fields": posted.getlist("ask"), "actions": [action], "due_at": due}
    body["exclude"] = _excluded(request)
    if posted.get("remind") in REMINDERS:
        body["reminders"] = [int(posted["remind"])]
    if posted.get("message", "").strip():
        body["message"] = posted["message"].strip()
    return body


def _excluded(request: HttpRequest) -> list[str]:
    return [party for party in EXCLUDABLE if party in request.POST.getlist("exclude")]


def _show(request: HttpRequest, permissions: TaskPermissions, problems: Sequence[Problem] = ()) -> HttpResponse:
    posted = request.POST
    lines, others = place_problems(problems, TARGETS)
    chosen = posted.getlist("ask")
    context: HandoverRequestPage = {
        "task": head(permissions),
        "url": request.path,
        "values": {name: posted.get(name, "") for name in ("to", "message", "due_at", "then", "remind")},
        "people": choices.people(),
        "teams": choices.teams(),
        "fields": [
            {"name": name, "label": permissions.spec.fields[name].title, "chosen": name in chosen}
            for name in visible_fields(permissions)
        ],
        "excluded": _excluded(request),
        "errors": lines,
        "form_errors": [problem.detail for problem in others],
    }
    return render(request, "tasks/ask.html", context, status=422 if problems else 200)
