"""The page that plans an operation: what was typed, as the body of the call, and the plan in words."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core.json_types import JsonObject
from apps.operations.kinds import kind_of
from apps.tasks import filters
from apps.tasks.lifecycle import Status
from apps.web.contexts.operations import ExcludedRow, KindChoice, OperationPlanPage
from apps.web.people import actor_of
from apps.web.schema_form.contexts import ErrorLine

from .operations import filter_words, kind_title, plan_url, task_links

KINDS = ("retry", "skip", "cancel", "fail_over")
DANGEROUS = ("skip", "cancel")
FIRST, SHARE = "20", "95"
"""What is proposed for the first tasks where there are more."""
TARGETS = {
    "canary/first": "canary-first",
    "canary/min_ok": "canary-share",
    "max_per_second": "rate",
    "reason": "reason",
}
SHARED = ("container", "type", "type_version", "function")
UNENDED = "new,in_progress,handed_over"


def filter_of(request: HttpRequest) -> JsonObject:
    """The parameters of the address that are filters of tasks."""
    names = [name for name in request.GET if name in filters.FILTERS or filters.is_field_filter(name)]
    return {name: request.GET[name] for name in names}


def kind_in(request: HttpRequest, given: Mapping[str, Any]) -> str:
    """The kind that was chosen, else the first one that fits the filter."""
    asked = request.POST.get("kind") or request.GET.get("kind", "")
    return asked if asked in KINDS else _fitting(given)[0]


def _fitting(given: Mapping[str, Any]) -> Sequence[str]:
    """The kinds that can do something to tasks with the filter's statuses."""
    statuses = set(str(given.get("status", "")).split(",")) & set(Status.values)
    return [kind for kind in KINDS if not statuses or statuses & set(kind_of(kind).statuses)] or KINDS


def body_of(request: HttpRequest, given: JsonObject) -> JsonObject:
    """What was typed, as the body of the call; a number that is none stays as text, and is refused at its place."""
    typed = request.POST
    body: JsonObject = {
        "kind": kind_in(request, given),
        "filter": given,
        "reason": typed.get("reason", "").strip() or None,
    }
    if first := typed.get("canary_first", "").strip():
        body["canary"] = {"first": _whole(first), "min_ok": _part(typed.get("canary_share", "").strip())}
    if rate := typed.get("rate", "").strip():
        body["max_per_second"] = _whole(rate)
    return body


def _whole(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _part(text: str) -> float | str:
    """A percentage as a part of one."""
    try:
        return float(text.replace(",", ".")) / 100 if len(text) < 10 else text
    except ValueError:
        return text


def plan_page(
    request: HttpRequest, given: JsonObject, plan: Mapping[str, Any], *, errors: Sequence[ErrorLine] = (),
    form_errors: Sequence[str] = (),
) -> OperationPlanPage:  # fmt: skip
    """The plan in words, with what was typed."""
    kind = kind_in(request, given)
    shared = {name: given[name] for name in SHARED if name in given}
    return {
        "filters": filter_words(given),
        "kinds": _kinds(kind, given),
        "matched": plan["matched"],
        "excluded": _excluded(request, plan["excluded"]),
        "plan": plan["plan"],
        "values": _values(request, plan["matched"]),
        "danger": kind in DANGEROUS,
        "action_url": request.get_full_path(),
        "others_url": plan_url({**shared, "status": UNENDED}) if given.get("status") == Status.FAILED else "",
        "errors": errors,
        "form_errors": form_errors,
    }


def _kinds(chosen: str, given: Mapping[str, Any]) -> list[KindChoice]:
    hints = {
        "retry": _("A new attempt takes the place of each; it has gone well when that is done."),
        "skip": _("Each ends as skipped, which counts as no failure."),
        "cancel": _("Each ends without a result; what is being worked on is asked to stop."),
        "fail_over": _("Each goes to the people who are named for when the automation fails."),
    }
    fitting = [*_fitting(given)]
    shown = [kind for kind in KINDS if kind in fitting or kind == chosen]
    return [{"name": kind, "label": kind_title(kind), "hint": hints[kind], "chosen": kind == chosen} for kind in shown]


def _values(request: HttpRequest, matched: int) -> Mapping[str, str]:
    names = ("reason", "canary_first", "canary_share", "rate")
    if request.method == "POST":
        return {name: request.POST.get(name, "") for name in names}
    proposed = {"canary_first": FIRST, "canary_share": SHARE} if matched > int(FIRST) else {}
    return dict.fromkeys(names, "") | proposed


def _excluded(request: HttpRequest, rows: Sequence[Mapping[str, Any]]) -> list[ExcludedRow]:
    links = task_links(actor_of(request), [UUID(id) for row in rows for id in row["sample"]])
    return [
        {"why": _why(row["why"]), "count": row["count"], "sample": [links[UUID(id)] for id in row["sample"]]}
        for row in rows
    ]


def _why(why: str) -> str:
    return {
        "already_retried": _("They were tried again already"),
        "not_failed": _("They have not failed"),
        "already_ended": _("They have ended already"),
        "wrong_status": _("They have ended, or wait for a person already"),
        "forbidden": _("You may look at them, and not work on them"),
        "not_found": _("They are not there"),
    }.get(why, why)
