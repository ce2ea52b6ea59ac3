"""A task as a reader sees it: what the API answers and pages show."""

from collections.abc import Iterable

import orjson

from apps.actors.actor import Actor
from apps.core.json_types import JsonObject
from apps.core.sealing import fingerprint
from apps.core.timestamps import format_timestamp
from apps.tasks import pauses, secret_fields
from apps.tasks.access import TaskPermissions, all_permissions, visible_fields
from apps.tasks.custody import Custody, custody_of
from apps.tasks.models import Task


def render_task(permissions: TaskPermissions) -> JsonObject:
    """The task as this reader sees it; hidden fields are missing. `version` hashes all the rest."""
    task, handover = permissions.task, permissions.handover
    fields = visible_fields(permissions)
    body = {
        **_identity(task),
        **_work(task),
        "fields": _values(permissions, fields),
        "access": {name: field.level for name, field in fields.items()},
        **_people(task),
        "custody": render_custody(custody_of(task, handover)),
        "handover": str(handover.pk) if handover else None,
        **_outcome(task),
        "waiting_for": render_waiting(task),
    }
    if permissions.is_owner:
        body["data"] = task.data
    body["version"] = _hash(body)
    return body


def render_properties(task: Task) -> JsonObject:
    """The task without what depends on its reader, and without its custody: what conditions read."""
    return {**_identity(task), **_work(task), **_people(task), **_outcome(task)}


def visible_values(permissions: TaskPermissions) -> JsonObject:
    """The values of the task that this reader sees, secrets opened."""
    return _values(permissions, visible_fields(permissions))


def _values(permissions: TaskPermissions, names: Iterable[str]) -> JsonObject:
    stored = permissions.task.fields
    return secret_fields.opened(permissions.spec, {name: stored[name] for name in names if name in stored})


def _identity(task: Task) -> JsonObject:
    version = task.type_version
    return {
        "id": str(task.pk),
        "key": task.key,
        "container": task.container.slug,
        "type": version.type.name,
        "type_version": version.number,
        "version": "",
        "title": task.title,
        "description": task.description,
        "status": str(task.status),
        "status_changed_at": format_timestamp(task.status_changed_at),
        "stage": task.stage,
    }


def _work(task: Task) -> JsonObject:
    return {
        "function": task.function,
        "priority": task.priority,
        "start_at": format_timestamp(task.start_at),
        "due_at": format_timestamp(task.due_at),
        "tags": task.tags,
        "correlation_id": task.correlation_id,
        "external_id": task.external_id,
        "progress": task.progress,
    }


def _people(task: Task) -> JsonObject:
    made_by = task.created_by_application
    reporter = task.reporter or made_by
    return {
        "privacy": task.privacy,
        "private_to": task.private_to.reference if task.private_to else None,
        "app_readable": task.app_readable,
        "reporter": reporter.reference if reporter else None,
        "assignee": task.assignee.reference if task.assignee else None,
        "created_by_application": made_by.name if made_by else None,
        "created_by_user": task.created_by_user.username if task.created_by_user else None,
    }


def _outcome(task: Task) -> JsonObject:
    return {
        "error": task.error,
        "result": task.result,
        "origin_id": task.origin_id,
        "newest_id": str(task.newest),
        "skipped": task.is_skipped,
        "retry_for_task_ids": task.retry_for_task_ids,
        "retried_by_task_id": str(task.retried_by_task_id) if task.retried_by_task_id else None,
        "run": str(task.run_id) if task.run_id else None,
        "step": task.step,
        "cancel_requested": task.cancel_requested,
        "created_at": format_timestamp(task.created_at),
        "updated_at": format_timestamp(task.updated_at),
    }


def render_waiting(task: Task) -> JsonObject | None:
    """What the task waits for, if that is not its turn or its time: the end of a pause of its function."""
    pause = pauses.pause_of(task)
    if pause is None:
        return None
    since, until = format_timestamp(pause.since), format_timestamp(pause.until)
    return {"kind": "paused", "who": pause.by, "reason": pause.reason, "since": since, "until": until}


def _hash(body: JsonObject) -> str:
    return fingerprint(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hex()[:24]


def version_of(permissions: TaskPermissions) -> str:
    """The opaque version of the task for this reader: what If-Match must name."""
    version: str = render_task(permissions)["version"]
    return version


def render_custody(custody: Custody) -> JsonObject:
    """The holder as the API names it."""
    return {"holder": custody.holder, "who": custody.who, "until": format_timestamp(custody.until)}


def render_many(actor: Actor, tasks: Iterable[Task]) -> list[JsonObject]:
    """Each task as the actor sees it; the tasks come with `Task.RELATED` joined, so no row costs a query."""
    return [render_task(permissions) for permissions in all_permissions(actor, tasks)]
