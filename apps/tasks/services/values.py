"""Field values: who may write them, and whether they fit the type's schema. Nothing is stored here."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from apps.containers import schema
from apps.containers.spec import TypeSpec
from apps.core.errors import Forbidden, Invalid, Problem, SchemaViolation
from apps.tasks import queries, secrecy
from apps.tasks.access import FieldAccess, Standing, field_access


def require_writable(standing: Standing, names: Iterable[str], *, at: str = "/fields") -> None:
    """Raises Invalid `unknown_field` for hidden and undeclared names alike, Forbidden `locked` for locked ones."""
    require_levels(field_access(standing), names, at=at)


def require_levels(access: Mapping[str, FieldAccess], names: Iterable[str], *, at: str = "/fields") -> None:
    """The same, for access that was found otherwise."""
    names = list(names)
    unknown = [name for name in names if name not in access or access[name].level == "hidden"]
    if unknown:
        raise unknown_fields(unknown, at=at)
    locked = [
        Problem(f"{at}/{name}", "locked", access[name].reason or "This field is locked.")
        for name in names
        if access[name].level != "write"
    ]
    if locked:
        raise Forbidden(locked[0].detail, errors=locked)


def unknown_fields(names: Iterable[str], *, at: str = "/fields") -> Invalid:
    """The one answer to fields that do not exist, or do not for this actor."""
    problems = [Problem(f"{at}/{name}", "unknown_field", "There is no such field.") for name in names]
    return Invalid("There is no such field.", code="unknown_field", errors=problems)


def merged(standing: Standing, values: Mapping[str, Any], remove: Iterable[str] = ()) -> dict[str, Any]:
    """The task's fields, as they are stored, with `values` written and `remove` taken out.

    Raises SchemaViolation if the result is wrong.
    """
    task = standing.task
    before = secrecy.opened(standing.spec, task.fields)
    result, remove = {**before, **values}, list(remove)
    for name in remove:
        result.pop(name, None)
    problems = schema.validate_partial(task.type_version_id, standing.spec.schema, result, at="/fields")
    if problems:
        raise_violations(_shown(problems, standing))
    changed = {name: value for name, value in values.items() if before.get(name) != value}
    if named := named_files(standing.spec, changed):
        known = {str(key) for key in queries.attachments(standing).values_list("pk", flat=True)}
        require_files(named, known)
    after = secrecy.sealed(standing.spec, result, before=task.fields)
    lost = secrecy.unreadable(standing.spec, task.fields)
    return {**{name: value for name, value in lost.items() if name not in remove}, **after}


def named_files(spec: TypeSpec, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """The ids in values of the kind `file`, by field: what a field of files may name is checked beyond its schema."""
    found: dict[str, list[str]] = {}
    for name, value in values.items():
        field = spec.fields.get(name)
        of_files = field and (field.kind == "file" or _kind_of_items(field.schema) == "file")
        ids = [item for item in (value if isinstance(value, list) else [value]) if item not in (None, "")]
        if of_files and ids:
            found[name] = [str(item) for item in ids]
    return found


def _kind_of_items(schema: Mapping[str, Any]) -> Any:
    items = schema.get("items")  # true and false are schemas too
    return items.get("x-taskhub", {}).get("kind") if isinstance(items, dict) else None


def require_files(named: Mapping[str, Iterable[str]], known: Collection[str]) -> None:
    """Raises SchemaViolation for ids that are not `known`; one that is hidden from the actor is not."""
    missing = [name for name, ids in named.items() if not set(ids) <= set(known)]
    raise_violations([Problem(f"/fields/{name}", "invalid", "There is no such file on this task.") for name in missing])


def _shown(problems: list[Problem], standing: Standing) -> list[Problem]:
    """The problems without a trace of fields that the actor does not see: rules may span several fields."""
    access = field_access(standing)
    hidden = [f"/fields/{name}" for name in access if access[name].level == "hidden"]
    whole = Problem("/fields", "schema_violation", "These values do not fit together.")
    return [whole if any(_lies_in(problem, place) for place in hidden) else problem for problem in problems]


def _lies_in(problem: Problem, place: str) -> bool:
    return problem.pointer == place or problem.pointer.startswith(place + "/")


def require_present(fields: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raises SchemaViolation for each of the names without a value."""
    raise_violations(
        [
            Problem(f"/fields/{name}", "required", "This is required.")
            for name in names
            if name not in fields or fields[name] in (None, "")
        ]
    )


def raise_violations(problems: list[Problem]) -> None:
    """Raises SchemaViolation if there are problems."""
    if problems:
        raise SchemaViolation("Some values do not fit: " + problems[0].detail, errors=problems)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What an event says of changed fields: name → [old, new]."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {f"fields.{name}": [before.get(name), after.get(name)] for name in names}
