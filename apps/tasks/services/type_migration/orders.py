"""What the author of a migration decided, read from its body and judged before any task is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers import access as containers
from apps.containers import schema
from apps.containers.models import TaskType, TypeVersion
from apps.containers.type_document.spec import TypeSpec, spec_of
from apps.core.body import Body
from apps.core.errors import Problem
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.shapes import Anything, Flag, FreeObject, Items, Map, Object, Text, Whole
from apps.core.strict_json import escape

MOST_MAPPED = 1_000
"""Values that a migration maps, over all fields."""
MIGRATION = Object(
    {
        "to_version": Whole(1, 2**31 - 1, description="The current one if left out."),
        "dry_run": Flag(description="Answer what would be done, and do nothing."),
        "stages": Map(Text(63), 500, description="Old stage → new stage."),
        "rename": Map(Text(64), 500, description="Field that is gone → field of the version that takes its value."),
        "map": Map(
            Map(Anything(), MOST_MAPPED),
            500,
            description="Field of the version → {old value: new value}. A value that is no text is named by its JSON; "
            "of a list each member is mapped. Values that are not named stay.",
        ),
        "drop": Items(Text(64), 500, description="Fields that are gone and whose values may go."),
        "values": FreeObject(description="Field → value, for tasks that have none."),
        "confirm_widen": Flag(description="Some audiences may read more of the tasks: that is meant."),
    },
    name="MigrationBody",
    about="Where the live tasks of a type go.",
    drops_null=True,
)


@dataclass(frozen=True)
class Orders:
    """What the author decided: stages and fields by their new names, values by field, fields whose values may go."""

    stages: Mapping[str, str] = field(default_factory=dict)
    rename: Mapping[str, str] = field(default_factory=dict)
    map: Mapping[str, JsonMapping] = field(default_factory=dict)
    drop: tuple[str, ...] | list[str] = ()
    values: JsonMapping = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was decided."""
        return not (self.stages or self.rename or self.map or self.drop or self.values)


def mapped(value: Json, table: JsonMapping) -> Json:
    """The value, or the members of a list, by a `map` of its field."""
    if isinstance(value, list):
        return [_replaced(member, table) for member in value]
    return _replaced(value, table)


def _replaced(value: Json, table: JsonMapping) -> Json:
    name = name_of(value)
    return table.get(name, value) if name is not None else value


def name_of(value: Json) -> str | None:
    """How a `map` names a value; None if it cannot."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else None if value is None else orjson.dumps(value).decode()


def gone_fields(kind: TaskType, version: TypeVersion) -> set[str]:
    """The fields of other versions that this one does not have."""
    others = kind.versions.exclude(pk=version.pk)
    return {name for other in others for name in spec_of(other).fields} - spec_of(version).fields.keys()


def read_orders(actor: Actor, push: Body, kind: TaskType, version: TypeVersion) -> JsonObject:
    """The orders; names in them must be of this type, values must fit the new version."""
    old = [spec_of(row) for row in kind.versions.exclude(pk=version.pk)]
    new = spec_of(version)
    gone = gone_fields(kind, version)
    _check_stages(push, old, new)
    _check_renamed(push, old, new, gone)
    _check_mapped(push, version, containers.unread_fields(actor, version))
    _check_values(push, version)
    for index, name in enumerate(push.get("drop", [])):
        if name not in gone or name in push.get("rename", {}):
            push.wrong("drop", _("There is no such field that is gone."), index=index)
    orders = {"stages": push.get("stages", {}), "drop": push.get("drop", []), "values": push.get("values", {})}
    return orders | {key: push.get(key) for key in ("rename", "map") if push.get(key)}


def _check_stages(push: Body, old: list[TypeSpec], new: TypeSpec) -> None:
    stages = Body(push.get("stages"), at="/stages", problems=push.problems)
    for before, after in stages.value.items():
        if not any(spec.stage(before) for spec in old) or new.stage(after) is None:
            stages.wrong(before, _("There is no such stage."))


def _check_renamed(push: Body, old: list[TypeSpec], new: TypeSpec, gone: set[str]) -> None:
    renamed = Body(push.get("rename"), at="/rename", problems=push.problems)
    for before, after in renamed.value.items():
        if before not in gone:
            renamed.wrong(before, _("There is no such field that is gone."))
        elif after not in new.fields:
            renamed.wrong(before, _("There is no such field."))
        elif after not in new.secrets and any(before in spec.secrets for spec in old):
            renamed.wrong(before, _("A secret can only become a secret."))


def _check_mapped(push: Body, version: TypeVersion, unread: frozenset[str]) -> None:
    new, tables = spec_of(version), Body(push.get("map"), at="/map", problems=push.problems)
    if sum(len(table or ()) for table in tables.value.values()) > MOST_MAPPED:
        push.wrong("map", _("At most %s values can be mapped.") % MOST_MAPPED, code="max_length")
        return
    for name, table in tables.value.items():
        if name not in new.fields:
            tables.wrong(name, _("There is no such field."))
        elif name in new.secrets:
            tables.wrong(name, _("The order is kept as it is: give a secret to each task by itself."))
        elif name in unread:
            tables.wrong(name, _("You do not read this field."))
        else:
            values = Body(table, at=f"/map/{escape(name)}", problems=push.problems)
            for before, after in (table or {}).items():
                if not _fits(version, name, after):
                    values.wrong(before, _("This value does not fit the version."), code="schema_violation")


def _fits(version: TypeVersion, name: str, value: Json) -> bool:
    """Whether it may be a value of the field, or a member of one."""
    return any(
        not schema.validate_partial(version.pk, spec_of(version).schema, {name: whole}) for whole in (value, [value])
    )


def _check_values(push: Body, version: TypeVersion) -> None:
    new, given = spec_of(version), push.get("values", {})
    push.problems += schema.validate_partial(version.pk, new.schema, given, at="/values")
    detail = _("The order is kept as it is: give a secret to each task by itself.")
    push.problems += [Problem(f"/values/{name}", "invalid", detail) for name in sorted(new.secrets & given.keys())]
