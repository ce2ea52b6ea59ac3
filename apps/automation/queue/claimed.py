"""Claimed tasks as the API answers them: the owner's view of each, its lease, and what came before.

What the rendering needs beside the row (container, type, people) is read once a process and kept: none of the
parts that it shows ever changes.
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from apps.actors.actor import Actor
from apps.actors.models import Application, User
from apps.containers.models import Container, Role, TypeVersion
from apps.tasks import leases, secrecy
from apps.tasks.access import Standing, visible_fields
from apps.tasks.models import Task
from apps.tasks.rendering import render_task, when

from .bodies import ClaimRequest

PREVIOUS_ERRORS = 3
MOST_KEPT = 5000


def render(actor: Actor, request: ClaimRequest, tasks: list[Task]) -> list[dict[str, Any]]:
    """Each task with its lease; no row costs a query."""
    attach(tasks)
    return [_render(actor, request, task) for task in tasks]


def _render(actor: Actor, request: ClaimRequest, task: Task) -> dict[str, Any]:
    standing = Standing(actor, task, known_role=Role.MANAGER, known_handover=None)
    token = leases.token_for(
        application=actor.id,
        claim=request.claim,
        task=task.pk,
        delivery=task.delivery,
    )
    return {
        **render_task(standing),
        "lease": {"token": token, "expires_at": when(task.lease_expires_at), "delivery": task.delivery},
        "answers": _answers(standing),
        "checkpoint": task.checkpoint,
        "previous_errors": task.previous_errors[-PREVIOUS_ERRORS:],
    }


def _answers(standing: Standing) -> dict[str, Any] | None:
    """The last submission, without fields that do not exist for the application."""
    answers: dict[str, Any] | None = standing.task.answers
    if not answers:
        return answers
    shown = visible_fields(standing)
    fields = {name: value for name, value in (answers.get("fields") or {}).items() if name in shown}
    return {**answers, "fields": secrecy.opened(standing.spec, fields)}


# --- What rows refer to ------------------------------------------------------------------------------

_CONTAINERS: dict[UUID, Any] = {}
_VERSIONS: dict[UUID, Any] = {}
_APPLICATIONS: dict[UUID, Any] = {}
_USERS: dict[UUID, Any] = {}
Kept = tuple[str, dict[UUID, Any], Callable[[], QuerySet[Any]]]

RELATED: list[Kept] = [
    ("container", _CONTAINERS, lambda: Container.objects.select_related("application")),
    ("type_version", _VERSIONS, lambda: TypeVersion.objects.select_related("type")),
    ("created_by_application", _APPLICATIONS, Application.objects.all),
    ("reporter", _USERS, User.objects.all),
    ("assignee", _USERS, User.objects.all),
    ("private_to", _USERS, User.objects.all),
    ("created_by_user", _USERS, User.objects.all),
]


def attach(tasks: Iterable[Task]) -> None:
    """Give each task the objects that it refers to, without a query for those seen before."""
    tasks = list(tasks)
    for name, kept, rows in RELATED:
        ids = {getattr(task, f"{name}_id") for task in tasks} - {None}
        found = _look_up(ids, kept, rows)
        for task in tasks:
            task._state.fields_cache.setdefault(name, found.get(getattr(task, f"{name}_id")))


def _look_up(ids: set[UUID], kept: dict[UUID, Any], rows: Callable[[], QuerySet[Any]]) -> dict[UUID, Model]:
    missing = [id for id in ids if id not in kept]
    if missing:
        if len(kept) > MOST_KEPT:
            kept.clear()
        kept.update(rows().in_bulk(missing))
    return {id: kept[id] for id in ids if id in kept}
