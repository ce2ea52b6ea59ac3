"""Operations: what failed, a plan to repair it, and what an operation does."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_http_methods, require_POST, require_safe

from apps.actors.actor import Actor
from apps.core.errors import Conflict, Invalid, PlanChanged
from apps.core.json_types import JsonObject
from apps.operations import access, services
from apps.operations.models import Operation
from apps.web.once import once
from apps.web.pages import operation_plan as plans
from apps.web.pages.operations import operation_page, operations_page, state_part
from apps.web.people import actor_of
from apps.web.problems import place_problems, problems_of
from apps.web.responses import SeeOther


@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """`/operations/`."""
    return render(request, "operations/list.html", operations_page(request))


@once
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """`/operations/plan/?FILTER`: what would be done; the second look begins it."""
    given = plans.filter_of(request)
    if not given:
        return redirect("web:operations")
    if request.method != "POST":
        return _show(request, given)
    return _look(request, given) if request.POST.get("step") == "look" else _begin(request, given)


def _begin(request: HttpRequest, given: JsonObject) -> HttpResponse:
    body = {**plans.body_of(request, given), "plan": request.POST.get("plan", "")}
    try:
        read, options, made = services.plan_operation(actor_of(request), body)
        operation = services.begin_operation(actor_of(request), read, options, made)
    except PlanChanged as changed:
        words = _("Nothing was begun: it would do something else by now. Look at the new counts, then begin.")
        context = plans.plan_page(request, given, changed.plan, form_errors=[words])
        return render(request, "operations/plan.html", context, status=changed.status)
    except Invalid as error:
        return _show(request, given, error)
    return SeeOther(_url(operation))


def _look(request: HttpRequest, given: JsonObject) -> HttpResponse:
    """The counts of what is chosen now; nothing is begun."""
    try:
        services.plan_operation(actor_of(request), {**plans.body_of(request, given), "dry_run": True})
    except Invalid as error:
        return _show(request, given, error)
    return _show(request, given)


def _show(request: HttpRequest, given: JsonObject, error: Invalid | None = None) -> HttpResponse:
    """The plan of the filter and kind alone. Raises Invalid if these are wrong."""
    body = {"kind": plans.kind_in(request, given), "filter": given, "dry_run": True}
    _read, _options, made = services.plan_operation(actor_of(request), body)
    labels = {
        "canary/first": _("Try first"),
        "canary/min_ok": _("Must go well (%)"),
        "max_per_second": _("At most per second"),
    }
    lines, others = place_problems(problems_of(error) if error else [], plans.TARGETS, labels)
    words = [problem.detail for problem in others]
    context = plans.plan_page(request, given, made.render(), errors=lines, form_errors=words)
    return render(request, "operations/plan.html", context, status=422 if error else 200)


@require_safe
def show(request: HttpRequest, id: str) -> HttpResponse:
    """`/operations/ID/`, for its author and the owners of its application."""
    context = operation_page(request, access.get_operation(actor_of(request), id))
    return render(request, "operations/detail.html", context)


@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def changes(request: HttpRequest, id: str) -> HttpResponse:
    """What the poll gets: the state and the counts, or 304."""
    context = state_part(request, access.get_operation(actor_of(request), id))
    return render(request, "operations/_state.html", context)


@require_POST
def stop(request: HttpRequest, id: str) -> HttpResponse:
    """No further task."""
    return _step(request, id, services.stop_operation)


@require_POST
def resume(request: HttpRequest, id: str) -> HttpResponse:
    """Go on where it was."""
    return _step(request, id, services.resume_operation)


def _step(request: HttpRequest, id: str, work: Callable[[Actor, str], Operation]) -> HttpResponse:
    operation = access.get_operation(actor_of(request), id)
    try:
        work(actor_of(request), id)
    except Conflict as error:
        messages.error(request, error.detail)
    return SeeOther(_url(operation))


def _url(operation: Operation) -> str:
    return reverse("web:operation", args=[operation.pk])
