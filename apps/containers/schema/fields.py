"""The fields of a type, and what each says about who may read and write it."""

from dataclasses import dataclass

from apps.core.json_types import Json

from .annotations import ANNOTATION
from .order import names_in_order
from .walk import Schema

Audiences = tuple[str, ...]


@dataclass(frozen=True)
class FieldSpec:
    """One field. `read` and `write` are None where the schema leaves them to the container's default."""

    name: str
    title: str
    schema: Schema
    read: Audiences | None = None
    write: Audiences | dict[str, Audiences] | None = None
    secret: bool = False
    kind: str | None = None


def field_specs(schema: Schema) -> dict[str, FieldSpec]:
    """The fields by name, in the order in which people should see them."""
    properties = schema.get("properties", {})
    return {name: _field_spec(name, properties[name]) for name in names_in_order(schema)}


def _field_spec(name: str, subschema: Json) -> FieldSpec:
    subschema = subschema if isinstance(subschema, dict) else {}
    value = subschema.get(ANNOTATION, {})
    write = value.get("write")
    if isinstance(write, dict):
        write = {stage: tuple(audiences) for stage, audiences in write.items()}
    return FieldSpec(
        name=name,
        title=title_of(name, subschema),
        schema=subschema,
        read=_tuple(value.get("read")),
        write=write if isinstance(write, dict) else _tuple(write),
        secret=value.get("secret", False),
        kind=value.get("kind"),
    )


def _tuple(audiences: list[str] | None) -> Audiences | None:
    return None if audiences is None else tuple(audiences)


def title_of(name: str, subschema: Schema) -> str:
    """What people read for a property: its title, else its name in words."""
    title = subschema.get("ui:title") or subschema.get("title")
    return title or name.replace("_", " ").strip().capitalize() or name
