"""What conditions and computed values read: the task with somebody's eyes, who acts, what happened, when."""

from collections.abc import Collection, Mapping
from typing import Any

from apps.actors.actor import Actor
from apps.containers.type_document.expressions import TASK
from apps.containers.type_document.spec import spec_of
from apps.containers.type_document.transitions import audiences_of_owner
from apps.core.json_types import Json, JsonObject
from apps.core.timestamps import format_timestamp
from apps.events.models import Event
from apps.tasks import access, secret_fields, timeline
from apps.tasks.access import TaskPermissions, visible_fields
from apps.tasks.models import Task
from apps.tasks.rendering import render_properties

Context = dict[str, Any]


def of_type(
    task: Task, *, actor: Actor, input: Mapping[str, object] | None = None, event: Event | None = None
) -> Context:
    """For a type's own transitions: with the eyes of whom the type belongs to, whoever acts."""
    permissions = TaskPermissions(actor, task)
    eyes = audiences_of_owner(task.container)
    shown = [name for name in permissions.spec.fields if eyes & permissions.spec.readers(name)]
    event_fields = set(shown) - access.hidden_from_everybody(task, event.time) if event else set()
    return _context(permissions, shown, input=input, event=event, event_fields=event_fields)


def of_reader(reader: TaskPermissions, *, event: Event | None) -> Context:
    """For rules: with the eyes of who wrote the rule; `actor` is who did what happened."""
    shown, event_fields = list(visible_fields(reader)), access.past_fields(reader, event.time) if event else frozenset()
    context = _context(reader, shown, input=None, event=event, event_fields=event_fields)
    reference = event.actor if event else str(reader.actor)
    kind, _sep, name = reference.partition(":")
    actor = {"kind": kind, "name": name or kind, "reference": reference, "audiences": []}
    return {**context, "actor": actor}


def without_secrets(context: Context, task: Task) -> Context:
    """The same for values that actions compute: secret fields never leave by them."""
    secrets = spec_of(task.type_version).secrets
    return {**context, "fields": {name: value for name, value in context["fields"].items() if name not in secrets}}


def _context(
    permissions: TaskPermissions,
    shown: list[str],
    *,
    input: Mapping[str, object] | None,
    event: Event | None,
    event_fields: Collection[str],
) -> Context:
    """`shown` are the fields whose values are read now, `event_fields` those whose changes the event shows."""
    task = permissions.task
    rendered = render_properties(task)
    return {
        "task": {name: rendered[name] for name in TASK},
        "fields": _typed_fields(permissions, shown),
        "input": dict(input or {}),
        "actor": _actor(permissions),
        "event": _event(event, event_fields) if event else {},
        "run": {"id": str(task.run_id), "step": task.step} if task.run_id else {},
    }


def _typed_fields(permissions: TaskPermissions, shown: list[str]) -> JsonObject:
    """The fields by the types of the schema: a `number` is a double, whether it was written 142 or 142.0."""
    spec, task = permissions.spec, permissions.task
    stored = {name: task.fields[name] for name in shown if name in task.fields}
    properties = spec.schema.get("properties", {})
    return {name: _typed(properties.get(name), value) for name, value in secret_fields.opened(spec, stored).items()}


def _typed(schema: Json, value: Json) -> Json:
    """A value by what its schema says directly; what a reference or a condition says does not count."""
    if not isinstance(schema, dict):
        return value
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if "number" in kinds else int(value) if "integer" in kinds else value
    if isinstance(value, list):
        return [_typed(schema.get("items"), item) for item in value]
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        return {name: _typed(properties.get(name), inner) for name, inner in value.items()}
    return value


def _actor(permissions: TaskPermissions) -> dict[str, object]:
    actor = permissions.actor
    return {
        "kind": actor.kind,
        "name": actor.name,
        "reference": str(actor),
        "audiences": sorted(permissions.audiences),
    }


def _event(event: Event, shown: Collection[str]) -> dict[str, object]:
    """The event without changes of fields that the reader does not see."""
    rendered = timeline.render_event(event, frozenset(shown))
    return {
        "id": str(event.pk), "type": event.type, "time": format_timestamp(event.time), "actor": event.actor,
        "data": rendered["data"] if rendered else {},
    }  # fmt: skip
