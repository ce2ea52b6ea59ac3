"""Planning a change of a task for later, and dropping such a plan."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core.errors import Forbidden, Invalid, Problem, SchemaViolation
from apps.tasks import queries, services
from apps.tasks.access import TaskPermissions
from apps.tasks.rendering import visible_values
from apps.web.contexts.task_forms import PlanPage
from apps.web.labels import day_text
from apps.web.once import once
from apps.web.pages import choices, fields, scheduled_updates
from apps.web.pages.rows import task_url
from apps.web.pages.task import head, permissions_on_page
from apps.web.people import actor_of, zone_of
from apps.web.problems import place_problems
from apps.web.responses import SeeOther
from apps.web.schema_form import Form, Submission, build_form, parse_form, present_form, reshaped
from apps.web.timestamps import read_picker
from apps.web.uploads import take_uploads

from .task_form import LABELS, changed_fields, ids_of, read_properties, stored_properties

PROPERTIES = ("title", "assignee", "due_at", "tags")


@once
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, name: str) -> HttpResponse:
    """`/tasks/KEY/plan/`: when, and what changes then; what is left as it is stays."""
    permissions = permissions_on_page(request, name)
    if not scheduled_updates.plan_url(permissions):
        raise Forbidden(_("You may not change this task."))
    wrong = (
        take_uploads(request, permissions, scheduled_updates.own_fields(permissions))
        if request.method == "POST"
        else []
    )
    form = _form(request, permissions)
    changed = reshaped(request.POST)
    if request.method != "POST" or changed is not None:
        return _show(request, permissions, form, Submission(posted=changed) if changed is not None else None)
    submission = parse_form(form, request.POST)
    at, problems = _read_at(request)
    values, more = read_properties(request, permissions)
    problems += more + wrong + [problem for problem in submission.problems if problem.code != "required"]
    if problems:
        return _show(request, permissions, form, submission, problems, status=422)
    changes = {**values, **changed_fields(permissions, submission), **_move(request)}
    return _save(request, permissions, form, submission, at, changes)


def _form(request: HttpRequest, permissions: TaskPermissions) -> Form:
    names, schema = scheduled_updates.own_fields(permissions), permissions.spec.schema
    offered = fields.suggestions(schema, names, permissions)
    current = visible_values(permissions)
    shown = fields.shown_schema(permissions)
    return build_form(shown, names, zone=zone_of(request), current=current, suggestions=offered)


def _read_at(request: HttpRequest) -> tuple[datetime | None, list[Problem]]:
    at, problems = read_picker(request.POST, "at", zone_of(request))
    if at is None and not problems:
        problems.append(Problem("/at", "required", _("Say when.")))
    return at, problems


def _move(request: HttpRequest) -> dict[str, Any]:
    kind, _sep, name = request.POST.get("move", "").partition(":")
    return {kind: name} if kind in ("stage", "transition") and name else {}


def _save(
    request: HttpRequest,
    permissions: TaskPermissions,
    form: Form,
    submission: Submission,
    at: datetime | None,
    changes: dict[str, Any],
) -> HttpResponse:
    transition = changes.pop("transition", None)
    try:
        update = services.schedule_update(
            actor_of(request), str(permissions.task.pk), at=at, set=changes, transition=transition  # type: ignore[arg-type]
        )  # fmt: skip
    except (Invalid, SchemaViolation, Forbidden) as error:
        problems = [Problem(p.pointer.removeprefix("/set"), p.code, p.detail) for p in error.errors]
        return _show(
            request, permissions, form, submission, problems or [Problem("", error.code, error.detail)], status=422
        )
    messages.success(request, _("It will change by itself on %(day)s.") % {"day": day_text(update.at)})
    return SeeOther(task_url(permissions.task))


def _show(
    request: HttpRequest,
    permissions: TaskPermissions,
    form: Form,
    submission: Submission | None = None,
    problems: Sequence[Problem] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    lines, others = place_problems(problems, {"at": "plan-at", **ids_of("plan")}, LABELS)
    shown = present_form(form, submission, others)
    stored = stored_properties(request, permissions)
    context: PlanPage = {
        "task": head(permissions),
        "url": request.path,
        "at": request.POST.get("at", ""),
        "move": request.POST.get("move", ""),
        "moves": scheduled_updates.offered(permissions),
        "with_properties": permissions.is_asker,
        "values": {name: request.POST.get(name, stored[name]) for name in PROPERTIES},
        "people": choices.people(stored["assignee"]),
        "form": shown,
        "errors": [*lines, *shown.errors],
        "form_errors": shown.form_errors,
    }
    return render(request, "tasks/plan.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def drop(request: HttpRequest, id: str) -> HttpResponse:
    """Take a plan back."""
    permissions, _update = queries.get_scheduled_update(actor_of(request), id)
    if request.method != "POST":
        return SeeOther(reverse("web:task", args=[permissions.task.pk]))
    services.drop_scheduled_update(actor_of(request), id)
    messages.success(request, _("It stays as it is."))
    return SeeOther(task_url(permissions.task))
