"""What every list of tasks shows of one: its state in words, and a line of the inbox."""

from collections.abc import Collection
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.containers.spec import spec_of
from apps.tasks.access import asked_names
from apps.tasks.models import Handover, Task
from apps.web.people import Names
from apps.web.prose import plain
from apps.web.words import State

MOST_ACTIONS = 4
LONGEST_ASK = 160
MOST_READ = 10 * LONGEST_ASK
"""Letters of a message of which so many are shown."""


def task_url(task: Task) -> str:
    """A task's page, by key; an attempt has none and goes by its id."""
    return reverse("web:task", args=[task.key or task.pk])


def state_of(task: Task, handover: Handover | None = None) -> State:
    """Where the task stands, as words can say it."""
    waiting = ""
    if handover is not None:
        waiting = handover.claimed_by.reference if handover.claimed_by else handover.to
    return State(task.status, waiting, _worker(task), task.start_at)


def _worker(task: Task) -> str:
    application = task.container.application
    if application is not None:
        return application.reference
    return task.assignee.reference if task.assignee else ""


def know_parties(names: Names, task: Task, handover: Handover | None = None) -> None:
    """The names that came with the rows."""
    names.know(task.reporter, task.assignee, task.private_to, task.created_by_application, task.created_by_user)
    names.know(task.container.application)
    if handover is not None:
        names.know(handover.to_user, handover.to_team, handover.claimed_by)
        names.expect(handover.asked_by)


def task_row(task: Task, names: Names, handover: Handover | None = None) -> dict[str, Any]:
    """A line of a list that tells where a task stands."""
    know_parties(names, task, handover)
    reporter = task.reporter or task.created_by_application
    return {
        **_identity(task),
        "asked_by": reporter.reference if reporter else "",
        "state": state_of(task, handover),
        "since": task.updated_at,
    }


def handover_row(handover: Handover, names: Names, *, may_claim: bool = False) -> dict[str, Any]:
    """A line of the inbox: who asks, what is asked, how long it has waited; its buttons if they say it all."""
    know_parties(names, handover.task, handover)
    actions = in_place(handover)
    return {
        **_identity(handover.task),
        "title": handover.title,
        "asked_by": handover.asked_by,
        **_what_is_asked(handover),
        "due_at": handover.due_at,
        "since": handover.created_at,
        "actions": actions,
        "submit_url": reverse("web:handover_submit", args=[handover.pk]),
        "pick": str(handover.pk) if actions else "",
        "claim_url": reverse("web:handover_claim", args=[handover.pk]) if may_claim else "",
    }


def _identity(task: Task) -> dict[str, Any]:
    return {"url": task_url(task), "key": task.key or "", "title": task.title, "container": task.container.title}


def in_place(handover: Handover) -> list[dict[str, Any]]:
    """The actions to offer in a list: none if a field or a comment is asked for, or if there are too many."""
    simple = not (handover.fields or handover.delegated_by_id) and len(handover.actions) <= MOST_ACTIONS
    return [] if not simple else [action for action in handover.actions if not action["needs_comment"]]


def _what_is_asked(handover: Handover) -> dict[str, Any]:
    """The fields, where fields are asked; what the message says, where the automation has failed."""
    if handover.fields and handover.reason == Handover.Reason.ASKED:
        return {"asks": field_labels(handover, asked_names(handover))}  # a row is for who is asked
    text = plain(handover.message[:MOST_READ])
    if len(text) > LONGEST_ASK:
        text = text[: LONGEST_ASK - 1].rstrip() + "…"
    return {"ask": text or _(" or ").join(action["label"] for action in handover.actions)}


def field_labels(handover: Handover, shown: Collection[str]) -> list[str]:
    """What the asked fields are called that exist for the reader: by the request, else by the type."""
    fields = spec_of(handover.task.type_version).fields
    return [
        item["label"] or fields[item["name"]].title
        for item in handover.fields
        if item["name"] in shown and (item["label"] or item["name"] in fields)
    ]
