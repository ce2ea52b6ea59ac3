"""Claimed tasks as the API answers them: the owner's view of each, its lease, and what came before.

What the rendering needs beside the row (container, type, people) is read once a process and cached: none of the
parts that it shows ever changes.
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from apps.actors.actor import Actor
from apps.actors.models import Application, User
from apps.containers.models import Container, Role, TypeVersion
from apps.core.caches import Cache
from apps.core.timestamps import format_timestamp
from apps.tasks import leases, secret_fields
from apps.tasks.access import TaskPermissions, visible_fields
from apps.tasks.models import Task
from apps.tasks.rendering import render_task

from .requests import ClaimRequest

PREVIOUS_ERRORS = 3


def render(actor: Actor, request: ClaimRequest, tasks: list[Task]) -> list[dict[str, object]]:
    """Each task with its lease; no row costs a query."""
    attach(tasks)
    key = leases.claim_key(actor.id, request.claim)
    return [_render(actor, key, task) for task in tasks]


def _render(actor: Actor, key: bytes, task: Task) -> dict[str, Any]:
    permissions = TaskPermissions(actor, task, known_role=Role.MANAGER, known_handover=None)
    token = leases.token_under(key, task.pk, task.delivery)
    return {
        **render_task(permissions),
        "lease": {"token": token, "expires_at": format_timestamp(task.lease_expires_at), "delivery": task.delivery},
        "answers": _answers(permissions),
        "checkpoint": task.checkpoint,
        "previous_errors": task.previous_errors[-PREVIOUS_ERRORS:],
    }


def _answers(permissions: TaskPermissions) -> dict[str, Any] | None:
    """The last submission, without fields that do not exist for the application."""
    answers: dict[str, Any] | None = permissions.task.answers
    if not answers:
        return answers
    shown = visible_fields(permissions)
    fields = {name: value for name, value in (answers.get("fields") or {}).items() if name in shown}
    return {**answers, "fields": secret_fields.opened(permissions.spec, fields)}


# --- What rows refer to ------------------------------------------------------------------------------

ROWS: dict[str, Callable[[], QuerySet[Any]]] = {
    "container": lambda: Container.objects.select_related("application"),
    "type_version": lambda: TypeVersion.objects.select_related("type"),
    "created_by_application": Application.objects.all,
    **dict.fromkeys(("reporter", "assignee", "private_to", "created_by_user"), User.objects.all),
}
_cache: Cache[UUID, Model] = Cache(20_000)
"""By id, whatever the table: ids are unique over all of them."""


def attach(tasks: Iterable[Task]) -> None:
    """Give each task the objects that it refers to, without a query for those seen before."""
    tasks = list(tasks)
    for name, rows in ROWS.items():
        objects = _look_up({getattr(task, f"{name}_id") for task in tasks} - {None}, rows)
        for task in tasks:
            task._state.fields_cache.setdefault(name, objects.get(getattr(task, f"{name}_id")))


def _look_up(ids: set[UUID], rows: Callable[[], QuerySet[Any]]) -> dict[UUID, Model]:
    cached = {id: row for id in ids if (row := _cache.get(id)) is not None}
    missing = ids - cached.keys()
    read: dict[UUID, Model] = rows().in_bulk(missing) if missing else {}
    for id, row in read.items():
        _cache.set(id, row)
    return {**cached, **read}
