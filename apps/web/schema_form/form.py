"""What a form asks: fields of an accepted schema, in the order asked, each with the value it starts from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from apps.containers.schema.controls import Control, control_of, hint
from apps.containers.schema.fields import title_of
from apps.containers.schema.walk import Schema


class _Mark:
    """A value that JSON cannot have."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


# There is no value (null is one), and: there was a control, but nothing in it.
NOTHING: Any = _Mark("NOTHING")
EMPTY: Any = _Mark("EMPTY")


@dataclass(frozen=True)
class Asked:
    """One field to ask for. `required` None leaves it to the schema; a proposal is shown before what is there."""

    name: str
    required: bool | None = None
    proposed: Any = NOTHING
    label: str = ""

    @classmethod
    def of(cls, said: "Asked | str | Mapping[str, Any]") -> "Asked":
        """From a name, or the entry of a handover's `fields`."""
        if isinstance(said, Asked):
            return said
        if isinstance(said, str):
            return cls(said)
        proposed = NOTHING if said.get("proposed") is None else said["proposed"]
        return cls(said["name"], said.get("required"), proposed, said.get("label") or "")


@dataclass(frozen=True)
class Question:
    """A field as the form holds it: its control, and the value it starts from (NOTHING if none)."""

    asked: Asked
    label: str
    required: bool
    control: Control
    start: Any
    current: Any


@dataclass(frozen=True)
class Form:
    """A form before anybody typed. `suggestions` maps a kind (user, team, task, file) to (value, label) pairs.

    `current` holds what the reader may see of the task's fields. Inputs are named `PREFIX.NAME…`, and the
    problems of a service point to `/PREFIX/NAME/…`.
    """

    schema: Schema
    questions: tuple[Question, ...]
    zone: ZoneInfo
    current: Mapping[str, Any] = field(default_factory=dict)
    suggestions: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    prefix: str = "fields"
    ids: str = "f"


def build_form(
    schema: Schema,
    asked: Iterable[Asked | str | Mapping[str, Any]],
    *,
    zone: ZoneInfo,
    current: Mapping[str, Any] | None = None,
    draft: Mapping[str, Any] | None = None,
    suggestions: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    prefix: str = "fields",
    ids: str = "f",
) -> Form:
    """A form for some fields of a schema. Names that the schema does not have are left out.

    Each field starts from the first there is of: the draft, what is proposed, the current value, the default.
    """
    current, draft = current or {}, draft or {}
    questions = [
        _question(schema, entry, current, draft)
        for entry in map(Asked.of, asked)
        if entry.name in schema.get("properties", {})
    ]
    return Form(schema, tuple(questions), zone, current, suggestions or {}, prefix, ids)


def _question(schema: Schema, asked: Asked, current: Mapping[str, Any], draft: Mapping[str, Any]) -> Question:
    control = control_of(schema, schema["properties"][asked.name])
    required = asked.name in schema.get("required", ()) if asked.required is None else asked.required
    default = control.schema.get("default", NOTHING)
    drafted = draft.get(asked.name, NOTHING)
    if drafted is None and not control.nullable:
        drafted = EMPTY
    return Question(
        asked=asked,
        label=asked.label or title_of(asked.name, control.schema),
        required=required,
        control=control,
        start=_first(drafted, asked.proposed, current.get(asked.name, NOTHING), default),
        current=current.get(asked.name, NOTHING),
    )


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not NOTHING), NOTHING)


def condition_of(question: Question) -> Mapping[str, Any] | None:
    """When the field is shown, if it says: `ui:showIf`."""
    condition: Mapping[str, Any] | None = hint(question.control.schema, "showIf")
    return condition


def holds(condition: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether a `ui:showIf` holds for these values of the fields."""
    value = values.get(condition["field"])
    if "equals" in condition:
        return bool(value == condition["equals"])
    if "in" in condition:
        return value in condition["in"]
    return bool(condition.get("notEmpty")) != (value in (None, "", [], {}))
