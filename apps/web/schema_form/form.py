"""A form: some fields of an accepted schema, in order, each with the value that it starts from."""

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


# NOTHING: there is no value (null is one). EMPTY: the control was posted empty.
NOTHING: Any = _Mark("NOTHING")
EMPTY: Any = _Mark("EMPTY")
# More entries in a field are one box of JSON: a post with too many inputs is refused.
MOST_ROWS = 300


@dataclass(frozen=True)
class FieldRequest:
    """A request for one field. `required` None leaves it to the schema; a proposal replaces the current value."""

    name: str
    required: bool | None = None
    proposed: Any = NOTHING
    label: str = ""

    @classmethod
    def of(cls, entry: "FieldRequest | str | Mapping[str, Any]") -> "FieldRequest":
        """From a name, or the entry of a handover's `fields`."""
        if isinstance(entry, FieldRequest):
            return entry
        if isinstance(entry, str):
            return cls(entry)
        proposed = NOTHING if entry.get("proposed") is None else entry["proposed"]
        return cls(entry["name"], entry.get("required"), proposed, entry.get("label") or "")


@dataclass(frozen=True)
class FormField:
    """A field of the form: its control, and the value it starts from (NOTHING if none)."""

    request: FieldRequest
    label: str
    required: bool
    control: Control
    start: Any
    current: Any


@dataclass(frozen=True)
class Form:
    """A form before anybody typed into it. `suggestions` maps a kind (user, team, task, file) to (value, label) pairs.

    `current` holds what the reader may see of the task's fields. Inputs are named `PREFIX.NAME…`, and the
    problems of a service point to `/PREFIX/NAME/…`.
    """

    schema: Schema
    fields: tuple[FormField, ...]
    zone: ZoneInfo
    current: Mapping[str, Any] = field(default_factory=dict)
    suggestions: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    prefix: str = "fields"
    ids: str = "f"


def build_form(
    schema: Schema,
    requests: Iterable[FieldRequest | str | Mapping[str, Any]],
    *,
    zone: ZoneInfo,
    current: Mapping[str, Any] | None = None,
    draft: Mapping[str, Any] | None = None,
    suggestions: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    prefix: str = "fields",
    ids: str = "f",
) -> Form:
    """A form for some fields of a schema. Names that the schema does not have are left out.

    Each field starts from the first of these that exists: the draft, the proposal, the current value, the default.
    """
    current, draft = current or {}, draft or {}
    fields = [
        _field(schema, entry, current, draft)
        for entry in map(FieldRequest.of, requests)
        if entry.name in schema.get("properties", {})
    ]
    return Form(schema, tuple(fields), zone, current, suggestions or {}, prefix, ids)


def _field(schema: Schema, request: FieldRequest, current: Mapping[str, Any], draft: Mapping[str, Any]) -> FormField:
    control = control_of(schema, schema["properties"][request.name])
    required = request.name in schema.get("required", ()) if request.required is None else request.required
    default = control.schema.get("default", NOTHING)
    drafted = draft.get(request.name, NOTHING)
    if drafted is None and not control.nullable:
        drafted = EMPTY
    start = _first(drafted, request.proposed, current.get(request.name, NOTHING), default)
    return FormField(
        request=request,
        label=request.label or title_of(request.name, control.schema),
        required=required,
        control=_shown_as(control, start),
        start=start,
        current=current.get(request.name, NOTHING),
    )


def _shown_as(control: Control, value: Any) -> Control:
    """The control; a box of JSON for a value that holds more entries than a form can."""
    return Control("json", control.schema, control.nullable) if _entries(control, value) > MOST_ROWS else control


def _entries(control: Control, value: Any) -> int:
    """How many inputs the lists of a value take."""
    if isinstance(value, dict):
        return sum(_entries(part.control, value.get(part.name)) for part in control.parts)
    if control.kind in ("list", "rows") and isinstance(value, list):
        return len(value) * max(len(control.parts), 1)
    return 0


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not NOTHING), NOTHING)


def condition_of(field: FormField) -> Mapping[str, Any] | None:
    """The `ui:showIf` of the field, if it has one."""
    condition: Mapping[str, Any] | None = hint(field.control.schema, "showIf")
    return condition
