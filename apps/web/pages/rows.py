"""A task in a list: its state in words, and its line in the inbox."""

from collections.abc import Collection, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.containers.type_document.spec import spec_of
from apps.tasks.access import asked_names
from apps.tasks.models import Handover, Task
from apps.tasks.pauses import pause_of
from apps.web.contexts.parts import Row
from apps.web.labels import State
from apps.web.people import Names
from apps.web.prose import plain

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
    return State(task.status, waiting, _worker(task), task.start_at, pause_of(task), task.is_skipped)


def _worker(task: Task) -> str:
    application = task.container.application
    if application is not None:
        return application.reference
    return task.assignee.reference if task.assignee else ""


def know_parties(names: Names, task: Task, handover: Handover | None = None) -> None:
    """The names that came with the rows."""
    names.know(task.reporter, task.assignee, task.private_to, task.created_by_application, task.created_by_user)
    names.know(task.container.application)
    if (pause := pause_of(task)) is not None:
        names.expect(pause.by)
    if handover is not None:
        names.know(handover.to_user, handover.to_team, handover.claimed_by)
        names.expect(handover.asked_by)


def task_row(task: Task, names: Names, handover: Handover | None = None) -> Row:
    """A line of a list that shows the state of a task."""
    know_parties(names, task, handover)
    reporter = task.reporter or task.created_by_application
    return {
        "url": task_url(task),
        "key": task.key or "",
        "title": task.title,
        "container": task.container.title,
        "asked_by": reporter.reference if reporter else "",
        "state": state_of(task, handover),
        "since": task.updated_at,
    }


def handover_row(handover: Handover, names: Names, *, may_claim: bool = False) -> Row:
    """A line of the inbox: the requester, the request, its age; buttons where they answer it in full."""
    know_parties(names, handover.task, handover)
    actions, asks = in_place(handover), _asks(handover)
    return {
        "url": task_url(handover.task),
        "key": handover.task.key or "",
        "title": handover.title,
        "container": handover.task.container.title,
        "asked_by": handover.asked_by,
        "asks": asks,
        "ask": "" if asks else _ask(handover),
        "due_at": handover.due_at,
        "since": handover.created_at,
        "actions": actions,
        "submit_url": reverse("web:handover_submit", args=[handover.pk]),
        "pick": str(handover.pk) if actions else "",
        "claim_url": reverse("web:handover_claim", args=[handover.pk]) if may_claim else "",
    }


def in_place(handover: Handover) -> list[Mapping[str, Any]]:
    """The actions to offer in a list: none if a field or a comment is asked for, or if there are too many."""
    simple = not (handover.fields or handover.delegated_by_id) and len(handover.actions) <= MOST_ACTIONS
    return [] if not simple else [action for action in handover.actions if not action["needs_comment"]]


def _asks(handover: Handover) -> list[str]:
    """The labels of the requested fields; none after a failure of the automation, where the message matters more."""
    asked = handover.reason == Handover.Reason.ASKED
    return field_labels(handover, asked_names(handover)) if asked else []  # a row is for the person who is asked


def _ask(handover: Handover) -> str:
    """The message, shortened; else the actions to choose from."""
    text = plain(handover.message[:MOST_READ])
    if len(text) > LONGEST_ASK:
        text = text[: LONGEST_ASK - 1].rstrip() + "…"
    return text or _(" or ").join(action["label"] for action in handover.actions)


def field_labels(handover: Handover, shown: Collection[str]) -> list[str]:
    """What the asked fields are called that exist for the reader: by the request, else by the type."""
    fields = spec_of(handover.task.type_version).fields
    return [
        item["label"] or fields[item["name"]].title
        for item in handover.fields
        if item["name"] in shown and (item["label"] or item["name"] in fields)
    ]
