"""Containers, members and types as their readers get them: the JSON of the REST contract."""

from datetime import UTC, datetime
from typing import Any

from apps.actors.actor import Actor

from . import access, queries, schema
from .differences import differences, differences_json, is_breaking
from .models import Container, Membership, TaskType, TypeVersion
from .schema.annotations import ANNOTATION


def container_json(container: Container, role: str) -> dict[str, Any]:
    """A container; `role` is the reader's."""
    return {
        "slug": container.slug,
        "title": container.title,
        "description": container.description,
        "application": container.application.name if container.application else None,
        "everyone": container.everyone,
        "managers_see_restricted": container.managers_see_restricted,
        "role": role,
        "created_at": stamp(container.created_at),
        "updated_at": stamp(container.updated_at),
    }


def member_json(row: Membership) -> dict[str, Any]:
    """A membership."""
    party = row.user or row.team or row.application
    title = row.user.display_name if row.user else str(party)
    return {"member": row.member, "title": title, "role": row.role, "created_at": stamp(row.created_at)}


def type_json(actor: Actor, container: Container, role: str, kind: TaskType, version: TypeVersion) -> dict[str, Any]:
    """A version of a type, cut to what exists for the reader; for its owner it is the document as it is kept."""
    return {
        "container": container.slug,
        "name": kind.name,
        **spec_for(actor, container, role, version),
        "application": kind.application.name if kind.application else None,
        "version": version.number,
        "retired_at": stamp(kind.retired_at),
        "created_at": stamp(kind.created_at),
        "updated_at": stamp(kind.updated_at),
    }


def push_json(
    actor: Actor, container: Container, role: str, before: TypeVersion | None, after: TypeVersion
) -> dict[str, Any]:
    """What a push changed of a type, as far as it exists for who pushed: which of it live tasks may not fit."""
    changes = differences(before.spec, after.spec) if before and before.pk != after.pk else []
    if before and not access.reads_whole_types(actor, container, role):
        names = frozenset[str]()
        for version in (before, after):
            names |= queries.known_fields(actor, container, role, version)
        changes = [change for change in changes if _is_about(change, names)]
    return {"breaking": is_breaking(changes), "differences": differences_json(changes)}


def _is_about(change: schema.Change, names: frozenset[str]) -> bool:
    """Whether a change is of one of the fields, or of no field."""
    steps = change.pointer.split("/")
    return steps[1] != "schema" or (steps[2:3] == ["properties"] and steps[3] in names)


def version_json(version: TypeVersion) -> dict[str, Any]:
    """One line of a type's history."""
    return {"version": version.number, "pushed_by": version.pushed_by, "created_at": stamp(version.created_at)}


def stamp(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the microsecond, with Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") if moment else None


def spec_for(actor: Actor, container: Container, role: str, version: TypeVersion) -> dict[str, Any]:
    """The document of a version, without a trace of the fields that do not exist for the reader."""
    spec = dict(version.spec)
    if not access.reads_whole_types(actor, container, role):
        spec = _cut(spec, queries.known_fields(actor, container, role, version))
    return {**spec, **schema.form_support(spec["schema"])}


def _cut(spec: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """The document without a trace of the other fields, and without the names of who reads and writes."""
    kept = schema.only(spec["schema"], names)
    kept["properties"] = {name: _without_audiences(field) for name, field in kept["properties"].items()}
    create = {**spec["create"], "fields": [name for name in spec["create"]["fields"] if name in names]}
    failover = spec["failover"]
    if failover is not None:
        failover = {**failover, "fields": [field for field in failover["fields"] if field["name"] in names]}
    transitions = [{**way, "when": None, "actions": []} for way in spec["transitions"]]  # they may name any field
    stages = [_only_known(stage, names) for stage in spec["stages"]]
    return {
        **spec,
        "schema": kept,
        "create": create,
        "stages": stages,
        "failover": failover,
        "transitions": transitions,
    }


def _only_known(stage: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    requires = [name for name in stage.get("requires", ()) if name in names]
    return {
        **{key: said for key, said in stage.items() if key != "requires"},
        **({"requires": requires} if requires else {}),
    }


def _without_audiences(field: Any) -> Any:
    if not isinstance(field, dict) or ANNOTATION not in field:
        return field
    said = {key: value for key, value in field[ANNOTATION].items() if key not in ("read", "write")}
    return {**{key: value for key, value in field.items() if key != ANNOTATION}, **({ANNOTATION: said} if said else {})}
