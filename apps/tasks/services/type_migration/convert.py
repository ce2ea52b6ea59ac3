"""A task of one version of its type as a task of another: what changes, or what a person must decide. Writes nothing.

No value is lost or guessed: what the new version does not declare goes, or becomes a value of another field, only if
the orders say so (or if it is empty). What does not fit is turned into another type only where nothing is lost, and
whatever else is wrong is a problem.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from apps.containers import schema
from apps.containers.models import TypeVersion
from apps.containers.type_document.compare import fits
from apps.containers.type_document.failover import rank
from apps.containers.type_document.spec import TypeSpec, spec_of
from apps.containers.type_document.stages import Stage
from apps.core.errors import Problem
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.strict_json import escape, refusal_of
from apps.tasks import secret_fields
from apps.tasks.access import TaskPermissions, visible_fields
from apps.tasks.documents import Changes
from apps.tasks.models import Task

from .orders import Orders, mapped, name_of

HELD = "held"


@dataclass
class Conversion:
    """What becomes of one task. With problems it stays as it is, and a person decides."""

    fields: JsonObject
    stage: str
    changes: Changes = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_held(self) -> bool:
        """Whether it only waits until the worker or the person who has the task is done."""
        return any(problem.code == HELD for problem in self.problems)

    def unfit(self) -> set[tuple[str, str]]:
        """(field, name in `map`) of each value, or member of a list, that is what does not fit."""
        found = set()
        for problem in self.problems:
            root, name, *steps = [*problem.pointer.split("/")[1:], "", ""]
            value = self.fields.get(name) if root == "fields" else None
            if isinstance(value, list) and steps[0].isdigit():
                value = value[int(steps[0])]
            if not isinstance(value, list | dict) and (mapped_by := name_of(value)):
                found.add((name, mapped_by))
        return found


def convert(permissions: TaskPermissions, to: TypeVersion, orders: Orders) -> Conversion:
    """The task as one of version `to`.

    Values that the actor does not see go along as they are stored, for `unread` has refused versions with other rules
    for them. While a worker or the target of a handover has the task, nothing under their hands changes: it goes along
    only if its old version fits the new one whole and nothing was ordered.
    """
    task, new = permissions.task, spec_of(to)
    result = Conversion(dict(task.fields), task.stage)
    if task.is_leased or permissions.handover is not None:
        same_secrets = new.secrets == permissions.spec.secrets  # they are stored otherwise
        if not orders.is_empty or not same_secrets or not fits(task.type_version, to):
            result.problems.append(_held(task))
        return result
    _convert_fields(result, permissions, to, orders)
    _convert_stage(result, task, permissions.spec, new, orders)
    if rank(task.privacy) < rank(new.min_privacy):
        detail = _("Tasks of this version are at least %(privacy)s.") % {"privacy": new.min_privacy}
        result.problems.append(Problem("/privacy", "too_wide", detail))
    return result


def _held(task: Task) -> Problem:
    worker, person = _("A worker has it now."), _("Somebody is being asked now.")
    return Problem("", HELD, worker if task.is_leased else person)


def shown_problems(permissions: TaskPermissions, conversion: Conversion, also: Collection[str] = ()) -> list[Problem]:
    """The problems, without a trace of fields that the reader does not see on this task.

    `also` are fields of the new version alone whose names the reader knows.
    """
    seen = {None, *visible_fields(permissions), *also}
    whole = Problem("/fields", "schema_violation", _("A value does not fit."))
    return list(dict.fromkeys(p if _field(p.pointer) in seen else whole for p in conversion.problems))


def _field(pointer: str) -> str | None:
    parts = pointer.split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "fields" else None


# --- Fields -------------------------------------------------------------------------------------------


def _convert_fields(result: Conversion, permissions: TaskPermissions, to: TypeVersion, orders: Orders) -> None:
    stored, new, seen = permissions.task.fields, spec_of(to), visible_fields(permissions)
    unseen = {name: value for name, value in stored.items() if name not in seen}
    before = secret_fields.opened(permissions.spec, {name: stored[name] for name in stored.keys() - unseen.keys()})
    hidden = permissions.spec.fields.keys() - seen.keys()
    after = {name: value for name, value in before.items() if name in new.fields}
    result.problems += _place_gone(after, before, orders, hidden)
    after |= {name: mapped(after[name], orders.map[name]) for name in orders.map.keys() & after.keys()}
    after |= {
        name: value for name, value in orders.values.items() if name not in hidden and schema.is_empty(after.get(name))
    }
    result.problems += _fill_required(after, permissions.spec, new)
    after, wrong = _fitted(after, to)
    result.problems += [*wrong, *_unreadable(permissions)]
    result.fields = {**unseen, **secret_fields.sealed(new, after, before=stored)}
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    result.changes |= {f"fields.{name}": [before.get(name), after.get(name)] for name in names}


def _place_gone(after: JsonObject, before: JsonMapping, orders: Orders, hidden: Collection[str]) -> Iterator[Problem]:
    """Values of fields that are gone: moved into the field that now has their meaning, dropped, or a problem."""
    gone = {name: value for name, value in before.items() if name not in after and not schema.is_empty(value)}
    for name in sorted(gone):
        target = orders.rename.get(name)
        if target is not None and target not in hidden and schema.is_empty(after.get(target)):
            after[target] = gone[name]
        elif target is not None:
            yield Problem(f"/fields/{escape(name)}", "taken", _("The field that it becomes has a value already."))
        elif name not in orders.drop:
            yield Problem(f"/fields/{escape(name)}", "gone", _("It is gone, and has a value here."))


def _unreadable(permissions: TaskPermissions) -> Iterator[Problem]:
    """Secrets whose key is gone stay as they are stored."""
    lost = secret_fields.unreadable(permissions.spec, permissions.task.fields)
    for name in lost.keys() & visible_fields(permissions).keys():
        yield Problem(f"/fields/{escape(name)}", "unreadable", _("Its value cannot be read now."))


def _fill_required(after: JsonObject, old: TypeSpec, new: TypeSpec) -> Iterator[Problem]:
    """Fields that are required only now get the default of the schema; without one somebody must say a value."""
    for name in sorted(new.required - old.required):
        if schema.is_empty(after.get(name)):
            declared = new.schema["properties"][name]
            if isinstance(declared, dict) and "default" in declared:
                after[name] = declared["default"]
            else:
                yield Problem(f"/fields/{escape(name)}", "required", _("It is required now, and has no value here."))


def _fitted(values: JsonObject, to: TypeVersion) -> tuple[JsonObject, list[Problem]]:
    """The values with those that do not fit written as what does, where nothing is lost; and what is still wrong."""
    problems = _wrong(values, to)
    for name in {problem.pointer.split("/")[2] for problem in problems if problem.pointer.count("/") > 1}:
        for other in _spellings(values.get(name)):
            if not _wrong({name: other}, to):
                values = {**values, name: other}
                break
    return values, _wrong(values, to) if problems else []


def _wrong(values: JsonObject, to: TypeVersion) -> list[Problem]:
    """Against the schema, and the bounds of every body: "1e300" is no number that may be made of a text."""
    refused = refusal_of(values)
    unbounded = [refused.under("/fields")] if refused else []
    return unbounded or schema.validate_partial(to.pk, spec_of(to).schema, values, at="/fields")


def _spellings(value: Json) -> Iterator[Json]:
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


def _numbers(text: str) -> Iterator[Json]:
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
