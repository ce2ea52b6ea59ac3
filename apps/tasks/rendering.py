"""The one rendering of a task, a handover and a note for a reader: what the API answers and pages show."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from apps.actors.actor import Actor
from apps.containers import access as container_access
from apps.containers.spec import TypeSpec, learn
from apps.core.secrets import fingerprint

from . import access, secrecy
from .access import Standing, visible_fields
from .custody import Custody, custody_of
from .lifecycle import Status
from .models import OPEN_STATES, Attachment, Handover, Note, Task


def when(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def render_task(standing: Standing) -> dict[str, Any]:
    """The task as this reader sees it; hidden fields are missing. `version` hashes all the rest."""
    task, handover = standing.task, standing.handover
    fields = visible_fields(standing)
    body = {
        **_identity(task),
        **_work(task),
        "fields": _values(standing, fields),
        "access": {name: field.level for name, field in fields.items()},
        **_people(task),
        "custody": render_custody(custody_of(task, handover)),
        "handover": str(handover.pk) if handover else None,
        **_outcome(task),
    }
    if standing.is_owner:
        body["data"] = task.data
    body["version"] = _hash(body)
    return body


def visible_values(standing: Standing) -> dict[str, Any]:
    """The values of the task that this reader sees, secrets opened."""
    return _values(standing, visible_fields(standing))


def _values(standing: Standing, names: Iterable[str]) -> dict[str, Any]:
    stored = standing.task.fields
    return secrecy.opened(standing.spec, {name: stored[name] for name in names if name in stored})


def _identity(task: Task) -> dict[str, Any]:
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
        "status_changed_at": when(task.status_changed_at),
        "stage": task.stage,
    }


def _work(task: Task) -> dict[str, Any]:
    return {
        "function": task.function,
        "priority": task.priority,
        "start_at": when(task.start_at),
        "due_at": when(task.due_at),
        "tags": task.tags,
        "correlation_id": task.correlation_id,
        "external_id": task.external_id,
        "progress": task.progress,
    }


def _people(task: Task) -> dict[str, Any]:
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


def _outcome(task: Task) -> dict[str, Any]:
    return {
        "error": task.error,
        "result": task.result,
        "retry_for_task_ids": task.retry_for_task_ids,
        "retried_by_task_id": str(task.retried_by_task_id) if task.retried_by_task_id else None,
        "run": str(task.run_id) if task.run_id else None,
        "step": task.step,
        "cancel_requested": task.cancel_requested,
        "created_at": when(task.created_at),
        "updated_at": when(task.updated_at),
    }


def _hash(body: dict[str, Any]) -> str:
    return fingerprint(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hex()[:24]


def version_of(standing: Standing) -> str:
    """The opaque version of the task for this reader: what If-Match must name."""
    version: str = render_task(standing)["version"]
    return version


def render_custody(custody: Custody) -> dict[str, Any]:
    """The holder as the API names it."""
    return {"holder": custody.holder, "who": custody.who, "until": when(custody.until)}


def standings(actor: Actor, tasks: Iterable[Task]) -> list[Standing]:
    """The actor before each task, with roles and open handovers read in two queries for all of them."""
    tasks = list(tasks)
    learn(task.type_version for task in tasks)
    handovers = _open_handovers([task.pk for task in tasks if task.status == Status.HANDED_OVER])
    roles = container_access.roles_in(actor, {task.container_id: task.container for task in tasks}.values())
    return [
        Standing(actor, task, known_role=roles[task.container_id], known_handover=handovers.get(task.pk))
        for task in tasks
    ]


def _open_handovers(tasks: list[UUID]) -> dict[UUID, Handover]:
    if not tasks:
        return {}
    rows = Handover.objects.filter(task__in=tasks, state__in=OPEN_STATES)
    return {row.task_id: row for row in rows.select_related("to_user", "to_team", "claimed_by", "delegated_by")}


def render_many(actor: Actor, tasks: Iterable[Task]) -> list[dict[str, Any]]:
    """Each task as the actor sees it; the tasks come with `access.RELATED` joined, so no row costs a query."""
    return [render_task(standing) for standing in standings(actor, tasks)]


def render_handover(standing: Standing, handover: Handover) -> dict[str, Any]:
    """A handover as a reader of its task sees it: fields that are hidden from them are missing."""
    asks_them = handover.is_open and standing.is_asked
    shown = frozenset(visible_fields(standing)) if asks_them else access.past_fields(standing, handover.created_at)
    asked = [item for item in handover.fields if item["name"] in shown]
    spec = standing.spec
    return {
        "id": str(handover.pk),
        "task": str(handover.task_id),
        "key": handover.key,
        "state": handover.state,
        "reason": handover.reason,
        "title": handover.title,
        "message": handover.message,
        "to": handover.to,
        "claimed_by": handover.claimed_by.reference if handover.claimed_by else None,
        "asked_by": handover.asked_by,
        "fields": secrecy.opened_proposals(spec, asked),
        "actions": handover.actions,
        "due_at": when(handover.due_at),
        "on_timeout": _without_hidden(spec, handover.on_timeout, shown),
        "reminders": handover.reminders,
        "exclude": handover.exclude,
        "delegated_by": handover.delegated_by.reference if handover.delegated_by else None,
        "draft": _only(spec, handover.draft, shown) if handover.is_open and standing.may_answer else None,
        "answer": _without_hidden(spec, handover.answer, shown),
        "created_at": when(handover.created_at),
        "ended_at": when(handover.ended_at),
    }


def _only(spec: TypeSpec, values: dict[str, Any], shown: frozenset[str]) -> dict[str, Any]:
    return secrecy.opened(spec, {name: value for name, value in values.items() if name in shown})


def _without_hidden(spec: TypeSpec, said: dict[str, Any] | None, shown: frozenset[str]) -> dict[str, Any] | None:
    """What was answered, or is to be when nobody does, without values of hidden fields."""
    if said is None:
        return None
    found = {**said, "fields": _only(spec, said.get("fields") or {}, shown)}
    if "on_timeout" in said:  # where an escalation goes on
        found["on_timeout"] = _without_hidden(spec, said["on_timeout"], shown)
    return found


def render_note(note: Note) -> dict[str, Any]:
    """A note as the API answers it."""
    return {
        "id": str(note.pk),
        "task": str(note.task_id),
        "kind": note.kind,
        "text": note.text,
        "author": note.author,
        "created_at": when(note.created_at),
    }


def render_attachment(attachment: Attachment) -> dict[str, Any]:
    """A file of a task as the API answers it; its bytes are at `/attachments/{id}`."""
    return {
        "id": str(attachment.pk),
        "task": str(attachment.task_id),
        "kind": attachment.kind,
        "field": attachment.field,
        "name": attachment.name,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "author": attachment.author,
        "created_at": when(attachment.created_at),
    }
