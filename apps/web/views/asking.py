"""Asking a person or team about a task, among people: for named fields, with a message, until a date."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.actors import queries as actors
from apps.core.errors import Forbidden, Invalid, Problem
from apps.tasks import services
from apps.tasks.access import Standing, visible_fields
from apps.web.answers import SeeOther
from apps.web.moments import read_due
from apps.web.pages import fields, menu
from apps.web.pages.rows import task_url
from apps.web.pages.task import head, standing_at
from apps.web.people import actor_of, zone_of

TARGETS = {"to": "ask-to", "message": "ask-message", "due_at": "ask-due_at", "remind": "ask-remind"}
EXCLUDABLE = ("reporter", "previous")
REMINDERS = ("3600", "86400", "259200")


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, name: str) -> HttpResponse:
    """`/tasks/KEY/ask/`, for those whose task it is."""
    standing = standing_at(request, name)
    if not menu.can_ask(standing):
        raise Forbidden(_("You cannot ask anybody about this task now."))
    if request.method != "POST":
        return _show(request, standing)
    due, problems = read_due(request.POST.get("due_at", ""), zone_of(request))
    if not request.POST.get("to"):
        problems.append(Problem("/to", "required", _("Choose who shall answer.")))
    if due is None and request.POST.get("remind") in REMINDERS:
        problems.append(Problem("/remind", "required", _("A reminder counts back from the date: say until when.")))
    if problems:
        return _show(request, standing, problems)
    try:
        services.hand_over(actor_of(request), str(standing.task.pk), _request(request, due))
    except (Invalid, Forbidden) as error:
        return _show(request, standing, error.errors or [Problem("", error.code, error.detail)])
    messages.success(request, _("Asked."))
    return SeeOther(task_url(standing.task))


def _request(request: HttpRequest, due: datetime | None) -> dict[str, Any]:
    said = request.POST
    action: dict[str, Any] = {"name": "answer", "label": _("Answer"), "effect": "return"}
    if said.get("then") == "complete":
        action = {"name": "complete", "label": _("Complete"), "effect": "complete"}
    action["needs_comment"] = not said.getlist("ask")  # where no field takes the answer, words do
    body: dict[str, Any] = {"to": said["to"], "fields": said.getlist("ask"), "actions": [action], "due_at": due}
    body["exclude"] = _excluded(request)
    if said.get("remind") in REMINDERS:
        body["reminders"] = [int(said["remind"])]
    if said.get("message", "").strip():
        body["message"] = said["message"].strip()
    return body


def _excluded(request: HttpRequest) -> list[str]:
    return [who for who in EXCLUDABLE if who in request.POST.getlist("exclude")]


def _show(request: HttpRequest, standing: Standing, problems: Sequence[Problem] = ()) -> HttpResponse:
    said = request.POST
    placed = [p for p in problems if p.pointer.lstrip("/") in TARGETS]
    chosen = said.getlist("ask")
    context = {
        "task": head(standing),
        "url": request.path,
        "values": {name: said.get(name, "") for name in ("to", "message", "due_at", "then", "remind")},
        "people": [(user.reference, user.display_name) for user in actors.active_users()[: fields.MOST_SUGGESTED]],
        "teams": [(team.reference, team.title) for team in actors.all_teams()[: fields.MOST_SUGGESTED]],
        "fields": [
            {"name": name, "label": standing.spec.fields[name].title, "chosen": name in chosen}
            for name in visible_fields(standing)
        ],
        "excluded": _excluded(request),
        "errors": [{"target": TARGETS[p.pointer.lstrip("/")], "label": "", "message": p.detail} for p in placed],
        "form_errors": [p.detail for p in problems if p not in placed],
    }
    return render(request, "tasks/ask.html", context, status=422 if problems else 200)
