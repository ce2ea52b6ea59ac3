"""The type's own buttons: pressed at once, or after a dialog that asks what the transition wants to know."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.automation.transitions import asks, pressable, run_transition
from apps.core.errors import Invalid, Problem, SchemaViolation
from apps.tasks.access import Standing
from apps.web.answers import SeeOther
from apps.web.pages import fields, menu
from apps.web.pages.rows import task_url
from apps.web.pages.task import standing_at
from apps.web.people import actor_of, zone_of
from apps.web.schema_form import Answer, Form, build_form, parse_form, reshaped, show_form

from .filling import fill_first
from .tasks import posted

PREFIX = "input"


@posted
def press(request: HttpRequest, name: str) -> HttpResponse:
    """Run a transition of the task's type, by its name."""
    standing, wanted = standing_at(request, name), request.POST.get("transition", "")
    way = next((way for way in pressable(standing) if way["name"] == wanted), None)
    if way is not None:
        url, hidden = menu.action_url(standing.task, "press"), [("transition", wanted)]
        dialog = fill_first(request, standing, way["to"], url=url, button=way["title"], hidden=hidden)
        if dialog is not None:
            return dialog
    if way is None or not asks(way):
        return _run(request, standing, wanted, {})
    form = _form(request, way)
    if "asked" not in request.POST:
        return _dialog(request, standing, way, form)
    changed = reshaped(request.POST)
    if changed is not None:
        return _dialog(request, standing, way, form, Answer(typed=changed))
    answer = parse_form(form, request.POST)
    if answer.problems:
        return _dialog(request, standing, way, form, answer, status=422)
    try:
        return _run(request, standing, wanted, answer.values)
    except (Invalid, SchemaViolation) as error:
        problems = error.errors or [Problem("", error.code, error.detail)]
        unsaid = Answer(answer.values, answer.removed, (), answer.typed, answer.rows)
        return _dialog(request, standing, way, form, unsaid, problems, status=422)


def _run(request: HttpRequest, standing: Standing, wanted: str, given: Mapping[str, Any]) -> HttpResponse:
    run_transition(actor_of(request), str(standing.task.pk), wanted, input=given)
    titles = {way["name"]: way["title"] for way in standing.spec.manual}
    messages.success(request, _("Done: %(title)s") % {"title": titles.get(wanted, wanted)})
    return SeeOther(task_url(standing.task))


def _form(request: HttpRequest, way: Mapping[str, Any]) -> Form:
    names = list(way["input"]["properties"])
    offered = fields.suggestions(way["input"], names)
    return build_form(way["input"], names, zone=zone_of(request), suggestions=offered, prefix=PREFIX, ids="i")


def _dialog(
    request: HttpRequest,
    standing: Standing,
    way: Mapping[str, Any],
    form: Form,
    answer: Answer | None = None,
    problems: Sequence[Problem] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    shown = show_form(form, answer, problems)
    context = {
        "container": standing.task.container,
        "types": [],
        "heading": f"{standing.task.key}: {way['title']}",
        "action_url": menu.action_url(standing.task, "press"),
        "button": way["title"],
        "with_text": False,
        "form": shown,
        "hidden": [("transition", way["name"]), ("asked", "yes")],
        "errors": shown.errors,
        "form_errors": shown.form_errors,
        "back_url": task_url(standing.task),
    }
    return render(request, "tasks/new.html", context, status=status)
