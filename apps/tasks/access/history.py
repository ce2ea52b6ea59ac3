"""What of a task's past a reader may know: a value is told to who may read it now and could by the rules of then.

A task that gets another container, or another version of its type, passes from one set of rules to another. What the
rules that it leaves kept from some of its readers stays with it (`Task.passages`, oldest first), so that nothing that
was written by them is told by wider ones; not even when the container or the type of then is gone.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.containers import access as container_access
from apps.containers.models import Container, Role
from apps.containers.spec import TypeSpec, spec_of
from apps.tasks.models import Task

from .standing import Standing

Passage = Mapping[str, Any]
ROLES = frozenset((Role.CONTRIBUTOR.value, Role.MANAGER.value))
OF_NOW = ROLES | {"handover"}
"""Audiences that say nothing about other rules: the roles of another container, and who is asked today."""


def passed(task: Task) -> list[dict[str, Any]]:
    """`passages` of a task that leaves the rules by which it stands, after the event that tells of it."""
    rules = {"container": str(task.container_id), "readers": _narrow(task)}
    return [*task.passages, {**rules, "sequence": task.sequence, "at": timezone.now().isoformat()}]


def _narrow(task: Task) -> dict[str, list[str]]:
    """Field → who read it, for those that not everybody did. Who wrote it in some stages only is not counted."""
    spec, peoples = spec_of(task.type_version), task.container.is_peoples
    readers = {name: _readers(spec, name, peoples=peoples) for name in spec.fields}
    return {name: sorted(who) for name, who in readers.items() if "everyone" not in who}


def _readers(spec: TypeSpec, name: str, *, peoples: bool) -> frozenset[str]:
    staged = isinstance(spec.fields[name].write, dict)
    return spec.readers(name) | (frozenset() if staged else spec.writers(name, "", peoples=peoples))


def kept_from(standing: Standing, since: datetime, sequence: int | None = None) -> frozenset[str]:
    """The fields that the rules of that moment keep from the reader; `sequence` is that of an event of then."""
    later = _later(standing.task, since, sequence)[:1]
    key = later[0]["sequence"] if later else None
    if key not in standing.kept:
        standing.kept[key] = _kept(standing, later)
    return standing.kept[key]


def kept_from_everybody(task: Task, since: datetime) -> frozenset[str]:
    """The fields that the rules of that moment kept from some reader, whoever it was."""
    return frozenset(name for passage in _later(task, since)[:1] for name in passage["readers"])


def kept_of_attempt(standing: Standing) -> frozenset[str]:
    """The fields of an attempt that some rules keep from the reader under which its newest task has been since."""
    return _kept(standing, _later(standing.task, standing.task.status_changed_at))


def is_of_other_rules(task: Task) -> bool:
    """Whether it is an attempt whose newest task came under other rules."""
    return task.newest != task.pk and bool(task.passages)


def _later(task: Task, since: datetime, sequence: int | None = None) -> list[Passage]:
    """The passages after that moment; clocks of nodes may differ, so that sequences decide as well."""
    return [
        passage
        for passage in task.passages
        if datetime.fromisoformat(passage["at"]) >= since or (sequence is not None and passage["sequence"] >= sequence)
    ]


def _kept(standing: Standing, passages: Iterable[Passage]) -> frozenset[str]:
    passages = list(passages)
    if not passages:
        return frozenset()
    roles = _roles(standing, passages)
    same = standing.audiences - OF_NOW | (ROLES if standing.looks_in else set())
    return frozenset(
        name
        for passage in passages
        for name, readers in passage["readers"].items()
        if (same | roles.get(passage["container"], frozenset())).isdisjoint(readers)
    )


def _roles(standing: Standing, passages: Iterable[Passage]) -> dict[str, frozenset[str]]:
    """The reader's roles, as audiences, in those of the passages' containers that there are still."""
    if standing.is_owner:  # of these as well: a task stays with its owner, who reads as that
        return {}
    places = Container.objects.filter(pk__in={passage["container"] for passage in passages})
    held = container_access.roles_in(standing.actor, places)
    return {
        str(pk): frozenset(name for name in ROLES if role in container_access.at_least(name))
        for pk, role in held.items()
    }
