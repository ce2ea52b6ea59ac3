"""What the pages of operations are given: the groups of failures, the reader's operations, one of them."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.actors.actor import Actor
from apps.core.json_types import JsonMapping
from apps.operations import access, failures, queries
from apps.operations.models import Item, Operation, State
from apps.tasks.queries import tasks_for
from apps.web.charts import Meter, bars, meter
from apps.web.contexts.operations import (
    FailureRow,
    ItemRow,
    OperationPage,
    OperationRow,
    OperationsPage,
    OperationStatePart,
    OutcomeTab,
    TaskLink,
)
from apps.web.contexts.parts import Choice
from apps.web.labels import Chip, status_chip
from apps.web.labels import State as TaskState
from apps.web.people import actor_of, names_of

from .paging import page_of
from .rows import task_url

MOST_GROUPS = 50
Outcome = Item.Outcome
TABS = {
    "bad": (Outcome.REFUSED, Outcome.SETTLED_BAD),
    "running": (Outcome.DONE,),
    "ok": (Outcome.SETTLED_OK,),
}
"""The lists of items, those to look at first; within a list in the order of the outcomes' names."""


# --- Words -------------------------------------------------------------------------------------------


def kind_title(kind: str) -> str:
    """What an operation does, in a word or two."""
    return {
        "retry": _("Retry"),
        "skip": _("Skip"),
        "cancel": _("Cancel"),
        "fail_over": _("Give to people"),
        "reassign": _("Assign"),
        "set_fields": _("Set fields"),
    }.get(kind, kind)


def state_chip(operation: Operation) -> Chip:
    """Where an operation stands."""
    tone, icon = {
        State.CANARY: ("run", "loader"),
        State.RUNNING: ("run", "loader"),
        State.STOPPED: ("wait", "circle-pause"),
        State.HELD: ("bad", "triangle-alert"),
        State.DONE: ("ok", "circle-check"),
    }[State(operation.state)]
    return Chip(str(State(operation.state).label), tone, icon)


def filter_words(given: Mapping[str, Any] | None) -> list[Choice]:
    """A filter as pairs of a label and a value; parameters without a label are named as in the API."""
    labels = {
        "status": _("Status"),
        "container": _("Container"),
        "type": _("Type"),
        "type_version": _("Version"),
        "function": _("Function"),
        "error": _("Error"),
    }
    return [
        (labels.get(name, name), _statuses(str(value)) if name == "status" else str(value))
        for name, value in (given or {}).items()
    ]


def _statuses(names: str) -> str:
    return ", ".join(status_chip(TaskState(name)).label for name in names.split(","))


def task_links(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, TaskLink]:
    """Links to those of the tasks that the actor sees; the others go by their id. One statement."""
    wanted = list(ids)
    links: dict[UUID, TaskLink] = {id: {"name": str(id), "url": ""} for id in wanted}
    for task in tasks_for(actor).filter(pk__in=wanted):
        links[task.pk] = {"name": task.key or task.title or str(task.pk), "url": task_url(task)}
    return links


# --- The list ----------------------------------------------------------------------------------------


def operations_page(request: HttpRequest) -> OperationsPage:
    """The groups of failures, and the operations that exist for the reader, the latest first."""
    actor = actor_of(request)
    found: Any = failures.list_failures(actor)
    groups = found["results"]
    shown, links = page_of(access.visible_to(actor).order_by("-id"), request.GET)
    names_of(request, [operation.author for operation in shown])
    return {
        "groups": [_group(group) for group in groups[:MOST_GROUPS]],
        "failed": found["counted"],
        "cut": found["counted"] == found["counted_to"] or len(groups) > MOST_GROUPS,
        "rows": [_row(actor, operation) for operation in shown],
        "page": links,
    }


def _group(group: Mapping[str, Any]) -> FailureRow:
    numbers = ", ".join(map(str, group["trend"]))
    words = _("The last 7 days in twelve parts, the oldest first: %(numbers)s") % {"numbers": numbers}
    return {
        "what": group["function"] or group["type"],
        "version": group["type_version"],
        "step": group["step"] or "",
        "error": group["error"] or _("No error was named"),
        "container": group["container"],
        "count": group["count"],
        "first_seen": parse_datetime(group["first_seen"]),
        "last_seen": parse_datetime(group["last_seen"]),
        "trend": bars(group["trend"], words),
        "plan_url": plan_url(group["filter"]),
    }


def plan_url(given: Mapping[str, Any], **more: str) -> str:
    """The page that plans an operation for the tasks of a filter."""
    return f"{reverse('web:operation_plan')}?{urlencode({**given, **more})}"


def _row(actor: Actor, operation: Operation) -> OperationRow:
    return {
        "title": title_of(operation),
        "url": reverse("web:operation", args=[operation.pk]),
        "by": operation.author,
        "at": operation.created_at,
        "state": state_chip(operation),
        "meter": _meter(_stored(operation)) if access.reads_numbers(actor, operation) else None,
    }


def title_of(operation: Operation) -> str:
    """What it does, and its reason."""
    title = kind_title(operation.kind)
    return f"{title}: {operation.reason}" if operation.reason else title


def _stored(operation: Operation) -> JsonMapping:
    """The counts as the background has noted them: some seconds old, and without a statement for each row."""
    left = operation.matched - operation.taken
    names = ("matched", "done", "refused", "settled_ok", "settled_bad", "running")
    return {name: getattr(operation, name) for name in names} | {"left": left}


def _meter(counts: Mapping[str, Any]) -> Meter:
    matched = counts["matched"]
    label = ngettext("%(n)d task", "%(n)d tasks", matched) % {"n": matched}
    parts = [
        (_("went well"), counts["settled_ok"], "ok"),
        (_("went badly"), counts["settled_bad"], "bad"),
        (_("still running"), counts["running"], "run"),
        (_("refused"), counts["refused"], "no"),
        (_("left"), counts["left"], "of"),
    ]
    return meter(matched, label, parts)


# --- One operation -----------------------------------------------------------------------------------


def state_part(request: HttpRequest, operation: Operation) -> OperationStatePart:
    """Where the operation stands now; its counts are null for who is not its author."""
    counts: Any = queries.render_operation(actor_of(request), operation)
    shown = "-".join(str(counts[name]) for name in ("state", "done", "refused", "settled_ok", "settled_bad"))
    changed = request.GET.get("seen", shown) != shown
    return {
        "state": state_chip(operation),
        "meter": None if counts["matched"] is None else _meter(counts),
        "held": _held(operation, counts),
        "shown": shown,
        "url": reverse("web:operation", args=[operation.pk]) if changed else "",
    }


def _held(operation: Operation, counts: Mapping[str, Any]) -> str:
    """Why it is held; "" if it is not."""
    if operation.state != State.HELD:
        return ""
    if counts["matched"] is None:
        return _("Too few of the first tasks went well. All others are untouched.")
    words = _("Of the first %(first)d tasks %(ok)d went well; %(share)s were asked for. All others are untouched.")
    return words % {"first": operation.canary_size, "ok": counts["settled_ok"], "share": _share(operation)}


def _share(operation: Operation) -> str:
    return f"{round(100 * (operation.canary_min_ok or 0), 1):g} %"


def operation_page(request: HttpRequest, operation: Operation) -> OperationPage:
    """One operation with a page of its items."""
    names_of(request, [operation.author])
    actor, args = actor_of(request), [operation.pk]
    part = state_part(request, operation)
    tabs, chosen = _tabs(request, part["meter"])
    rows, links = page_of(_items(actor, operation, chosen), request.GET)
    at_work = operation.state in (State.CANARY, State.RUNNING)
    can_resume = operation.state in (State.STOPPED, State.HELD)
    changing = at_work or (operation.ended_at is None and operation.running > 0)
    return {
        **part,
        "title": kind_title(operation.kind),
        "by": operation.author,
        "reason": operation.reason,
        "started_at": operation.created_at,
        "ended_at": operation.ended_at,
        "filters": filter_words(operation.filter if access.reads_numbers(actor, operation) else None),
        "canary": _canary(operation),
        "rate": _rate(operation),
        "changes_url": _changes_url(operation, part["shown"]) if changing else "",
        "stop_url": reverse("web:operation_stop", args=args) if at_work else "",
        "resume_url": reverse("web:operation_resume", args=args) if can_resume else "",
        "tabs": tabs,
        "items": _item_rows(actor, rows),
        "page": links,
    }


def _items(actor: Actor, operation: Operation, chosen: str) -> QuerySet[Item]:
    return queries.list_items(actor, str(operation.pk), TABS[chosen]).order_by("outcome", "id")


def _canary(operation: Operation) -> str:
    if operation.canary_first is None:
        return ""
    words = _("%(first)d first, of which %(share)s must go well")
    return words % {"first": operation.canary_first, "share": _share(operation)}


def _rate(operation: Operation) -> str:
    most = operation.max_per_second
    return _("At most %(n)d tasks a second") % {"n": most} if most else _("As fast as possible")


def _changes_url(operation: Operation, shown: str) -> str:
    return f"{reverse('web:operation_changes', args=[operation.pk])}?seen={shown}"


def _tabs(request: HttpRequest, counts: Meter | None) -> tuple[list[OutcomeTab], str]:
    """The lists, and the name of the open one: what went badly, else the first that has something."""
    found = {part.tone for part in counts.parts if part.number} if counts else set()
    filled = {"bad": found & {"bad", "no"}, "running": found & {"run"}, "ok": found & {"ok"}}
    asked = request.GET.get("outcome", "")
    chosen = asked if asked in TABS else next((name for name in TABS if filled[name]), "bad")
    labels = {"bad": _("Refused or went badly"), "running": _("Still running"), "ok": _("Went well")}
    tabs: list[OutcomeTab] = [
        {"name": name, "label": labels[name], "chosen": name == chosen, "url": f"?outcome={name}"} for name in TABS
    ]
    return tabs, chosen


def _item_rows(actor: Actor, items: list[Item]) -> list[ItemRow]:
    links = task_links(actor, [item.watched_id for item in items])
    return [
        {
            "task": links[item.watched_id],
            "outcome": _outcome_chip(item.outcome),
            "detail": item.detail or _code_words(item.code),
            "at": item.at,
        }
        for item in items
    ]


def _outcome_chip(outcome: str) -> Chip:
    return {
        Outcome.REFUSED: Chip(_("Refused"), "", "ban"),
        Outcome.SETTLED_BAD: Chip(_("Went badly"), "bad", "circle-x"),
        Outcome.DONE: Chip(_("Still running"), "run", "loader"),
        Outcome.SETTLED_OK: Chip(_("Went well"), "ok", "circle-check"),
    }[Outcome(outcome)]


def _code_words(code: str) -> str:
    """How it settled badly, in words."""
    return {
        "": "",
        "failed": _("It failed again."),
        "failed_over": _("It went to a person."),
        "canceled": _("It was canceled."),
        "aborted": _("It was stopped."),
        "complete": _("It was done all the same."),
        "not_found": _("Who began the operation does not see it any more."),
    }.get(code, code)
