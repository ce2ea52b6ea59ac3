"""What conditions and computed values read: the task with somebody's eyes, who acts, what happened, when."""

from collections.abc import Collection, Mapping
from typing import Any

from apps.actors.actor import Actor
from apps.containers.expressions import TASK
from apps.containers.spec import spec_of
from apps.containers.transitions import audiences_of_owner
from apps.events.models import Event
from apps.tasks import access, queries, secrecy
from apps.tasks.access import Standing, visible_fields
from apps.tasks.models import Task
from apps.tasks.rendering import render_task, when

Context = dict[str, Any]


def of_type(task: Task, *, actor: Actor, input: Mapping[str, Any] | None = None, event: Event | None = None) -> Context:
    """For a type's own transitions: with the eyes of whom the type belongs to, whoever acts."""
    standing = Standing(actor, task)
    eyes = audiences_of_owner(task.container)
    shown = [name for name in standing.spec.fields if eyes & standing.spec.readers(name)]
    told = set(shown) - access.kept_from_everybody(task, event.time) if event else set()
    return _context(standing, shown, input=input, event=event, told=told)


def of_reader(reader: Standing, *, event: Event | None) -> Context:
    """For rules: with the eyes of who wrote the rule; `actor` is who did what happened."""
    shown, told = list(visible_fields(reader)), access.past_fields(reader, event.time) if event else frozenset()
    found = _context(reader, shown, input=None, event=event, told=told)
    reference = event.actor if event else str(reader.actor)
    kind, _sep, name = reference.partition(":")
    said = {"kind": kind, "name": name or kind, "reference": reference, "audiences": []}
    return {**found, "actor": said}


def without_secrets(context: Context, task: Task) -> Context:
    """The same for values that actions compute: secret fields never leave by them."""
    secrets = spec_of(task.type_version).secrets
    return {**context, "fields": {name: value for name, value in context["fields"].items() if name not in secrets}}


def _context(
    standing: Standing,
    shown: list[str],
    *,
    input: Mapping[str, Any] | None,
    event: Event | None,
    told: Collection[str],
) -> Context:
    """`shown` are the fields that are read now, `told` those of which the event tells."""
    task = standing.task
    rendered = render_task(standing)
    return {
        "task": {name: rendered[name] for name in TASK},
        "fields": secrecy.opened(standing.spec, {name: task.fields[name] for name in shown if name in task.fields}),
        "input": dict(input or {}),
        "actor": _actor(standing),
        "event": _event(event, told) if event else {},
        "run": {"id": str(task.run_id), "step": task.step} if task.run_id else {},
    }


def _actor(standing: Standing) -> dict[str, Any]:
    actor = standing.actor
    return {
        "kind": actor.kind,
        "name": actor.name,
        "reference": str(actor),
        "audiences": sorted(standing.audiences),
    }


def _event(event: Event, shown: Collection[str]) -> dict[str, Any]:
    """The event without changes of fields that the reader does not see."""
    rendered = queries.render_event(event, frozenset(shown)) or {"data": {}}
    return {
        "id": str(event.pk), "type": event.type, "time": when(event.time), "actor": event.actor,
        "data": rendered["data"],
    }  # fmt: skip
