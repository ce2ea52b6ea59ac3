"""Field values: whether they fit the type's schema. Nothing is stored here; `access` decides who may write them."""

from collections.abc import Collection, Iterable

from apps.containers import schema
from apps.containers.models import TypeVersion
from apps.containers.type_document.spec import TypeSpec, spec_of
from apps.core.body import raise_problems
from apps.core.errors import Problem, SchemaViolation
from apps.core.json_types import JsonMapping, JsonObject
from apps.tasks import access, secret_fields
from apps.tasks.access import TaskPermissions, visible_fields
from apps.tasks.access.fields import Access
from apps.tasks.documents import Changes

from .kinds import problems_of_kinds


def wrong_fields(levels: Access, version: TypeVersion, given: JsonMapping) -> list[Problem]:
    """Fields that do not exist for the actor, and values that do not fit those that do."""
    shown = {name: value for name, value in given.items() if _exists(levels, name)}
    unknown = [name for name in given if name not in shown]
    problems = access.unknown_fields(unknown).errors if unknown else []
    rules = spec_of(version).schema
    values, _removed = schema.split_nulls(version.pk, rules, shown)
    return [*problems, *schema.validate_partial(version.pk, rules, values, at="/fields")]


def require_known(levels: Access, version: TypeVersion, given: JsonMapping) -> None:
    """Raises Invalid for fields that do not exist for the actor, with all else that is wrong with the values."""
    if not all(_exists(levels, name) for name in given):
        raise_problems(wrong_fields(levels, version, given))


def _exists(levels: Access, name: str) -> bool:
    return name in levels and levels[name].level != "hidden"


def merged(permissions: TaskPermissions, values: JsonMapping, remove: Iterable[str] = ()) -> JsonObject:
    """The task's fields, as they are stored, with `values` written and `remove` taken out.

    A null removes an optional field that does not take null. Raises SchemaViolation if the result is wrong. Fields that
    are hidden from the actor are judged as if absent: so are the conditions across fields of which they read only some.
    """
    task = permissions.task
    before = secret_fields.opened(permissions.spec, task.fields)
    values, nulls = schema.split_nulls(task.type_version_id, permissions.spec.schema, values)
    result, remove = {**before, **values}, [*remove, *nulls]
    for name in remove:
        result.pop(name, None)
    shown = values.keys() | visible_fields(permissions)
    judged = {name: value for name, value in result.items() if name in shown}
    problems = schema.validate_partial(task.type_version_id, permissions.spec.schema, judged, at="/fields")
    changed = {name: value for name, value in values.items() if before.get(name) != value}
    raise_violations([*problems, *problems_of_kinds(permissions.actor, permissions.spec, changed, permissions)])
    after = secret_fields.sealed(permissions.spec, result, before=task.fields)
    lost = secret_fields.unreadable(permissions.spec, task.fields)
    return {**{name: value for name, value in lost.items() if name not in remove}, **after}


def require_whole(permissions: TaskPermissions, fields: JsonMapping) -> None:
    """Raises SchemaViolation unless the stored values are all that the type asks for, conditions included.

    Only fields that the actor sees count: others are judged as if they did not exist.
    """
    spec = permissions.spec
    if not _asks(spec.schema):
        return
    shown = visible_fields(permissions).keys()
    values = secret_fields.opened(spec, {name: value for name, value in fields.items() if name in shown})
    raise_violations(missing(spec, shown, values))


def missing(spec: TypeSpec, names: Collection[str], values: JsonMapping) -> list[Problem]:
    """What is wrong with the values as all that there will be, as far as the type asks for the fields `names` alone."""
    rules = schema.only(spec.schema, names)
    if not _asks(rules):
        return []
    given = {name: value for name, value in values.items() if name in names and not schema.is_empty(value)}
    problems = schema.validate(schema.fingerprint(rules), rules, given, at="/fields")
    return schema.without_hidden(spec.schema, values, problems, at="/fields")


def _asks(rules: JsonMapping) -> bool:
    return bool(rules.get("required") or schema.ASK_FOR_MORE & rules.keys())


def require_present(permissions: TaskPermissions, fields: JsonMapping, names: Iterable[str]) -> None:
    """Raises SchemaViolation for each of the names that the actor is asked for and that has no value."""
    lacking = schema.missing(permissions.spec.schema, names, fields, seen=visible_fields(permissions))
    raise_violations([Problem(f"/fields/{name}", "required", "This is required.") for name in lacking])


def raise_violations(problems: list[Problem]) -> None:
    """Raises SchemaViolation if there are problems."""
    if problems:
        distinct = list({(problem.pointer, problem.code): problem for problem in reversed(problems)}.values())[::-1]
        raise SchemaViolation("Some values do not fit: " + distinct[0].detail, errors=distinct)


def changes(before: JsonMapping, after: JsonMapping) -> Changes:
    """What an event says of changed fields: name → [old, new]."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {f"fields.{name}": [before.get(name), after.get(name)] for name in names}
