"""A task of one version of its type as a task of another: what changes, or what a person must decide. Writes nothing.

No value is lost or guessed: what the new version does not declare goes only if the order says so (or if it is empty),
what does not fit is turned into another type only where nothing is lost, and whatever else is wrong is a problem.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from apps.containers import schema
from apps.containers.differences import fits
from apps.containers.failover import rank
from apps.containers.models import TypeVersion
from apps.containers.spec import TypeSpec, spec_of
from apps.containers.stages import Stage
from apps.core.errors import Problem
from apps.core.strict_json import escape
from apps.events.models import Event
from apps.tasks import secrecy
from apps.tasks.access import Standing, visible_fields
from apps.tasks.models import Task

EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Orders:
    """What the author of a migration decided: old stage → new stage, fields to drop, values for fields without one."""

    stages: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Conversion:
    """What becomes of one task. With problems it stays as it is, and a person decides."""

    fields: dict[str, Any]
    stage: str
    changes: dict[str, list[Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def convert(standing: Standing, to: TypeVersion, orders: Orders) -> Conversion:
    """The task as one of version `to`.

    While a worker or the target of a handover has the task, nothing under their hands changes: it goes along only if
    its old version fits the new one whole.
    """
    task, new = standing.task, spec_of(to)
    result = Conversion(dict(task.fields), task.stage)
    if task.is_leased or standing.handover is not None:
        if not fits(task.type_version, to) or new.secrets != standing.spec.secrets:  # secrets are stored otherwise
            result.problems.append(_held(task))
        result.problems += _unseen(standing, to)
        return result
    _convert_fields(result, standing, to, orders)
    _convert_stage(result, task, standing.spec, new, orders)
    if rank(task.privacy) < rank(new.min_privacy):
        detail = _("Tasks of this version are at least %(privacy)s.") % {"privacy": new.min_privacy}
        result.problems.append(Problem("/privacy", "too_wide", detail))
    return result


def _held(task: Task) -> Problem:
    worker, person = _("A worker has it now."), _("Somebody is being asked now.")
    return Problem("", "held", worker if task.is_leased else person)


def shown_problems(standing: Standing, conversion: Conversion) -> list[Problem]:
    """The problems, without a trace of fields that the reader does not see on this task."""
    seen = visible_fields(standing)
    whole = Problem("/fields", "schema_violation", _("A value does not fit."))
    return list(dict.fromkeys(p if _field(p.pointer) in (None, *seen) else whole for p in conversion.problems))


def _field(pointer: str) -> str | None:
    parts = pointer.split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "fields" else None


# --- Fields -------------------------------------------------------------------------------------------


def _convert_fields(result: Conversion, standing: Standing, to: TypeVersion, orders: Orders) -> None:
    stored, new = standing.task.fields, spec_of(to)
    before = secrecy.opened(standing.spec, stored)
    after = {name: value for name, value in before.items() if name in new.fields}
    for name in before.keys() - after.keys():
        if name not in orders.drop and before[name] not in EMPTY:
            result.problems.append(Problem(f"/fields/{escape(name)}", "gone", _("It is gone, and has a value here.")))
    after |= {name: value for name, value in orders.values.items() if after.get(name) in EMPTY}
    result.problems += _fill_required(after, standing.spec, new)
    after, wrong = _fitted(after, to)
    result.problems += [*wrong, *_unseen(standing, to), *_unreadable(standing)]
    result.fields = secrecy.sealed(new, after, before=stored)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    result.changes |= {f"fields.{name}": [before.get(name), after.get(name)] for name in names}


def _unseen(standing: Standing, to: TypeVersion) -> Iterator[Problem]:
    """Values that the actor does not see stay hidden: nobody opens them to more readers by changing their type.

    The audiences of another type may be other people, so that there even the same ones are more readers.
    """
    task, old, new = standing.task, standing.spec, spec_of(to)
    seen, another = visible_fields(standing), to.type_id != task.type_version.type_id
    peoples = task.container.is_peoples
    for name in (old.fields.keys() & new.fields.keys()) - seen.keys():
        told = name in old.secrets and name not in new.secrets
        wider = (
            another or told or not audiences_of(new, name, peoples=peoples) <= audiences_of(old, name, peoples=peoples)
        )
        if wider and (task.fields.get(name) not in EMPTY or _is_told(task, name)):
            yield Problem(f"/fields/{escape(name)}", "hidden", _("More people would read it."))


def _is_told(task: Task, name: str) -> bool:
    """Whether the history, which readers of the field read, knows a value that it had."""
    chain = Task.objects.filter(newest=task.newest).values("pk")
    return Event.objects.filter(task_id__in=chain, data__changes__has_key=f"fields.{name}").exists()


def _unreadable(standing: Standing) -> Iterator[Problem]:
    """Secrets whose key is gone stay as they are stored."""
    for name in secrecy.unreadable(standing.spec, standing.task.fields):
        yield Problem(f"/fields/{escape(name)}", "unreadable", _("Its value cannot be read now."))


def audiences_of(spec: TypeSpec, name: str, *, peoples: bool) -> frozenset[str]:
    """Everybody who may read the field, or write it in some stage."""
    writers = (spec.writers(name, stage.name, peoples=peoples) for stage in spec.stages)
    return spec.readers(name).union(*writers)


def _fill_required(after: dict[str, Any], old: TypeSpec, new: TypeSpec) -> Iterator[Problem]:
    """Fields that are required only now get the default of the schema; without one somebody must say a value."""
    for name in sorted(new.required - old.required):
        if after.get(name) in EMPTY:
            declared = new.schema["properties"][name]
            if isinstance(declared, dict) and "default" in declared:
                after[name] = declared["default"]
            else:
                yield Problem(f"/fields/{escape(name)}", "required", _("It is required now, and has no value here."))


def _fitted(values: dict[str, Any], to: TypeVersion) -> tuple[dict[str, Any], list[Problem]]:
    """The values with those that do not fit written as what does, where nothing is lost; and what is still wrong."""
    problems = _wrong(values, to)
    for name in {problem.pointer.split("/")[2] for problem in problems if problem.pointer.count("/") > 1}:
        for other in _spellings(values.get(name)):
            if not _wrong({name: other}, to):
                values = {**values, name: other}
                break
    return values, _wrong(values, to) if problems else []


def _wrong(values: dict[str, Any], to: TypeVersion) -> list[Problem]:
    return schema.validate_partial(to.pk, spec_of(to).schema, values, at="/fields")


def _spellings(value: Any) -> Iterator[Any]:
    """The same value in other types, from which it could be read back."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        yield from ([int(value)] if isinstance(value, float) and value.is_integer() else [])
        yield str(value)
    if isinstance(value, str):
        yield from _numbers(value)
    if isinstance(value, list) and len(value) == 1:
        yield value[0]
    if not isinstance(value, list):
        yield [value]


def _numbers(text: str) -> Iterator[Any]:
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text and number - number == 0:  # neither 007 nor infinity
            yield number


# --- Stage --------------------------------------------------------------------------------------------


def _convert_stage(result: Conversion, task: Task, old: TypeSpec, new: TypeSpec, orders: Orders) -> None:
    stage = _stage(task, old, new, orders)
    if stage is None:
        detail = _("There is no stage for it: “%(stage)s” is gone or means another status.") % {"stage": task.stage}
        result.problems.append(Problem("/stage", "stage", detail))
    elif stage.name != task.stage:
        result.stage = stage.name
        result.changes["stage"] = [task.stage, stage.name]


def _stage(task: Task, old: TypeSpec, new: TypeSpec, orders: Orders) -> Stage | None:
    """As it was ordered; else of the same name; else the first that names the status, or is of the same category."""
    status = str(task.status)
    same, before = new.stage(task.stage), old.stage(task.stage)
    if ordered := new.stage(orders.stages.get(task.stage, "")):
        return ordered if ordered.status in (None, status) else None
    if same and same.status in (None, status):
        return same
    if name := new.stage_map["first"].get(status):
        return new.stage(name)
    if same and before and same.status == before.status:  # no stage named its status before either
        return same
    alike = (stage for stage in new.stages if stage.status is None and before and stage.category == before.category)
    return next(alike, None)
