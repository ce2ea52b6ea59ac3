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

from apps.actors import queries as actors
from apps.core.errors import Forbidden, Invalid, Problem, SchemaViolation
from apps.tasks import services
from apps.tasks.access import Standing
from apps.tasks.rendering import visible_values
from apps.web.answers import SeeOther
from apps.web.field_files import take_uploads
from apps.web.moments import read_due
from apps.web.pages import fields, plans
from apps.web.pages.rows import task_url
from apps.web.pages.task import head, standing_at
from apps.web.people import actor_of, zone_of
from apps.web.schema_form import Answer, Form, build_form, parse_form, reshaped, show_form
from apps.web.words import day_words

from .working import changed_fields, read_properties, split_problems, stored_properties

PROPERTIES = ("title", "assignee", "due_at", "tags")


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, name: str) -> HttpResponse:
    """`/tasks/KEY/plan/`: when, and what changes then; what is left as it is stays."""
    standing = standing_at(request, name)
    if not plans.plan_url(standing):
        raise Forbidden(_("You may not change this task."))
    wrong = take_uploads(request, standing, plans.own_fields(standing)) if request.method == "POST" else []
    form = _form(request, standing)
    changed = reshaped(request.POST)
    if request.method != "POST" or changed is not None:
        return _show(request, standing, form, Answer(typed=changed) if changed is not None else None)
    answer = parse_form(form, request.POST)
    at, problems = _read_at(request)
    values, more = read_properties(request, standing)
    problems += more + wrong + [problem for problem in answer.problems if problem.code != "required"]
    if problems:
        return _show(request, standing, form, answer, problems, status=422)
    said = {**values, **changed_fields(standing, answer), **_move(request)}
    return _save(request, standing, form, answer, at, said)


def _form(request: HttpRequest, standing: Standing) -> Form:
    names, schema = plans.own_fields(standing), standing.spec.schema
    offered = fields.suggestions(schema, names, standing)
    current = visible_values(standing)
    shown = fields.shown_schema(standing)
    return build_form(shown, names, zone=zone_of(request), current=current, suggestions=offered)


def _read_at(request: HttpRequest) -> tuple[datetime | None, list[Problem]]:
    at, problems = read_due(request.POST.get("at", ""), zone_of(request), pointer="/at")
    if at is None and not problems:
        problems.append(Problem("/at", "required", _("Say when.")))
    return at, problems


def _move(request: HttpRequest) -> dict[str, Any]:
    kind, _sep, name = request.POST.get("move", "").partition(":")
    return {kind: name} if kind in ("stage", "transition") and name else {}


def _save(
    request: HttpRequest, standing: Standing, form: Form, answer: Answer, at: datetime | None, said: dict[str, Any]
) -> HttpResponse:
    transition = said.pop("transition", None)
    try:
        update = services.schedule_update(
            actor_of(request), str(standing.task.pk), at=at, set=said, transition=transition  # type: ignore[arg-type]
        )  # fmt: skip
    except (Invalid, SchemaViolation, Forbidden) as error:
        problems = [Problem(p.pointer.removeprefix("/set"), p.code, p.detail) for p in error.errors]
        return _show(request, standing, form, answer, problems or [Problem("", error.code, error.detail)], status=422)
    messages.success(request, _("It will change by itself on %(day)s.") % {"day": day_words(update.at)})
    return SeeOther(task_url(standing.task))


def _show(
    request: HttpRequest,
    standing: Standing,
    form: Form,
    answer: Answer | None = None,
    problems: Sequence[Problem] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    about_time = [{"target": "plan-at", "label": "", "message": p.detail} for p in problems if p.pointer == "/at"]
    plain, rest = split_problems([p for p in problems if p.pointer != "/at"], "plan")
    shown = show_form(form, answer, rest)
    stored = stored_properties(request, standing)
    context = {
        "task": head(standing),
        "url": request.path,
        "at": request.POST.get("at", ""),
        "move": request.POST.get("move", ""),
        "moves": plans.offered(standing),
        "with_properties": standing.is_asker,
        "values": {name: request.POST.get(name, stored[name]) for name in PROPERTIES},
        "people": [(user.reference, user.display_name) for user in actors.active_users()[: fields.MOST_SUGGESTED]],
        "form": shown,
        "errors": [*about_time, *plain, *shown.errors],
        "form_errors": shown.form_errors,
    }
    return render(request, "tasks/plan.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def drop(request: HttpRequest, id: str) -> HttpResponse:
    """Take a plan back."""
    standing, _update = services.get_scheduled_update(actor_of(request), id)
    if request.method != "POST":
        return SeeOther(reverse("web:task", args=[standing.task.pk]))
    services.drop_scheduled_update(actor_of(request), id)
    messages.success(request, _("It stays as it is."))
    return SeeOther(task_url(standing.task))
