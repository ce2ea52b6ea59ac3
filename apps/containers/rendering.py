"""Containers, members and types as their readers get them: the JSON of the REST contract."""

from apps.actors.actor import Actor
from apps.containers.type_document.documents import CreateDocument, StageDocument, TransitionDocument, TypeDocument
from apps.core.json_types import Json, JsonObject
from apps.core.timestamps import format_timestamp

from . import access, schema
from .models import Container, Membership, TaskType, TypeVersion
from .schema.annotations import ANNOTATION
from .type_document.compare import differences, differences_json, is_breaking


def container_json(container: Container, role: str) -> JsonObject:
    """A container; `role` is the reader's."""
    return {
        "slug": container.slug,
        "title": container.title,
        "description": container.description,
        "application": container.application.name if container.application else None,
        "everyone": container.everyone,
        "managers_see_restricted": container.managers_see_restricted,
        "role": role,
        "created_at": format_timestamp(container.created_at),
        "updated_at": format_timestamp(container.updated_at),
    }


def member_json(row: Membership) -> JsonObject:
    """A membership."""
    party = row.user or row.team or row.application
    title = row.user.display_name if row.user else str(party)
    return {"member": row.member, "title": title, "role": row.role, "created_at": format_timestamp(row.created_at)}


def type_json(actor: Actor, container: Container, role: str, kind: TaskType, version: TypeVersion) -> JsonObject:
    """A version of a type, cut to what exists for the reader; for its owner it is the document as it is stored."""
    return {
        "container": container.slug,
        "name": kind.name,
        **spec_for(actor, container, role, version),
        "application": kind.application.name if kind.application else None,
        "version": version.number,
        "retired_at": format_timestamp(kind.retired_at),
        "created_at": format_timestamp(kind.created_at),
        "updated_at": format_timestamp(kind.updated_at),
    }


def published_json(
    actor: Actor, container: Container, role: str, before: TypeVersion | None, after: TypeVersion
) -> JsonObject:
    """What the new version changed, as far as it exists for the publisher, and whether live tasks may not fit it."""
    changes = differences(before.spec, after.spec) if before and before.pk != after.pk else []
    if before and not access.reads_whole_types(actor, container, role):
        names = frozenset[str]()
        for version in (before, after):
            names |= access.known_fields(actor, container, role, version)
        changes = [change for change in changes if _is_about(change, names)]
    return {"breaking": is_breaking(changes), "differences": differences_json(changes)}


def _is_about(change: schema.Change, names: frozenset[str]) -> bool:
    """Whether a change is of one of the fields, or of no field."""
    steps = change.pointer.split("/")
    return steps[1] != "schema" or (steps[2:3] == ["properties"] and steps[3] in names)


def version_json(version: TypeVersion) -> JsonObject:
    """One line of a type's history."""
    return {
        "version": version.number,
        "pushed_by": version.pushed_by,
        "created_at": format_timestamp(version.created_at),
    }


def spec_for(actor: Actor, container: Container, role: str, version: TypeVersion) -> JsonObject:
    """The document of a version, without a trace of the fields that do not exist for the reader."""
    spec: TypeDocument = version.spec
    if not access.reads_whole_types(actor, container, role):
        spec = _cut(spec, access.known_fields(actor, container, role, version))
    return {**spec, **schema.form_support(spec["schema"])}


def _cut(spec: TypeDocument, names: frozenset[str]) -> TypeDocument:
    """The document without a trace of the other fields, and without the names of who reads and writes."""
    stored = schema.only(spec["schema"], names)
    stored["properties"] = {name: _without_audiences(field) for name, field in stored["properties"].items()}
    create: CreateDocument = {**spec["create"], "fields": [name for name in spec["create"]["fields"] if name in names]}
    failover = spec["failover"]
    if failover is not None:
        failover = {**failover, "fields": [field for field in failover["fields"] if field["name"] in names]}
    # Conditions and actions may name any field.
    transitions: list[TransitionDocument] = [{**way, "when": None, "actions": []} for way in spec["transitions"]]
    stages = [_only_known(stage, names) for stage in spec["stages"]]
    return {
        **spec,
        "schema": stored,
        "create": create,
        "stages": stages,
        "failover": failover,
        "transitions": transitions,
    }


def _only_known(stage: StageDocument, names: frozenset[str]) -> StageDocument:
    cut = stage.copy()
    if "requires" in cut:
        cut["requires"] = [name for name in cut["requires"] if name in names]
        if not cut["requires"]:
            del cut["requires"]
    return cut


def _without_audiences(field: Json) -> Json:
    if not isinstance(field, dict) or ANNOTATION not in field:
        return field
    given = {key: value for key, value in field[ANNOTATION].items() if key not in ("read", "write")}
    return {
        **{key: value for key, value in field.items() if key != ANNOTATION},
        **({ANNOTATION: given} if given else {}),
    }
