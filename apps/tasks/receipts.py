"""What a handover displays to a person: its version finds what changed since they looked, a receipt stores it."""

from typing import Literal, TypedDict

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import Problem, VersionMismatch
from apps.core.json_types import Json, JsonObject
from apps.core.sealing import fingerprint
from apps.core.sql.rows import insert
from apps.core.timestamps import format_timestamp
from apps.events.log import MASK

from . import access
from .access import TaskPermissions
from .models import Handover, Receipt


class DisplayedField(TypedDict):
    """One field, with a masked `proposed` and `value` if it is secret."""

    name: str
    label: str
    asked: bool
    required: bool
    proposed: Json
    value: Json


class DisplayedTask(TypedDict):
    """The task around the question."""

    title: str
    description: str
    stage: str


class Displayed(TypedDict):
    """What a reader was shown of a handover: the document of a receipt."""

    title: str
    message: str
    asked_by: str
    reason: str
    actions: list[JsonObject]
    due_at: str | None
    type: str
    type_version: int
    task: DisplayedTask
    fields: list[DisplayedField]


CHUNK = 6
DISPLAYED_PARTS: tuple[Literal["title", "message", "actions", "due_at", "type_version"], ...] = (
    "title", "message", "actions", "due_at", "type_version",
)  # fmt: skip
# Pointer into what is shown -> what people call it.
WORDS: JsonObject = {
    "/title": gettext_lazy("the question"),
    "/message": gettext_lazy("the message"),
    "/fields": gettext_lazy("what is asked for"),
    "/actions": gettext_lazy("the actions"),
    "/due_at": gettext_lazy("the due date"),
    "/type_version": gettext_lazy("the shape of the task"),
    "/task/title": gettext_lazy("the title of the task"),
    "/task/description": gettext_lazy("the description"),
}


def displayed(permissions: TaskPermissions, handover: Handover) -> Displayed:
    """What the handover displays to this reader now: labels and values; secret values are masked."""
    task, spec = permissions.task, permissions.spec
    asked = {item["name"]: item for item in handover.fields}
    return {
        "title": handover.title,
        "message": handover.message,
        "asked_by": handover.asked_by,
        "reason": handover.reason,
        "actions": handover.actions,
        "due_at": format_timestamp(handover.due_at),
        "type": task.type_version.type.name,
        "type_version": task.type_version.number,
        "task": {"title": task.title, "description": task.description, "stage": task.stage},
        "fields": [
            {
                "name": name,
                "label": asked.get(name, {}).get("label") or spec.fields[name].title,
                "asked": name in asked,
                "required": bool(asked.get(name, {}).get("required")),
                "proposed": _plain(permissions, name, asked.get(name, {}).get("proposed")),
                "value": _plain(permissions, name, task.fields.get(name)),
            }
            for name in access.visible_fields(permissions)
        ],
    }


def _plain(permissions: TaskPermissions, name: str, value: Json) -> Json:
    return MASK if name in permissions.spec.secrets and value is not None else value


# --- Versions ----------------------------------------------------------------------------------------------


def version_of(permissions: TaskPermissions, handover: Handover) -> str:
    """Opaque, equal if the same is displayed: one chunk for which fields there are, one for each part."""
    return "".join(_digest(value) for value in _parts(permissions, handover).values())


def require_unchanged(permissions: TaskPermissions, handover: Handover, version: str) -> None:
    """Raises VersionMismatch naming what the reader sees changed since they read that version."""
    problems = changed(permissions, handover, version)
    if problems:
        detail = _("This has changed since you opened it: %(what)s")
        raise VersionMismatch(detail % {"what": " ".join(problem.detail for problem in problems)}, errors=problems)


def changed(permissions: TaskPermissions, handover: Handover, version: str) -> list[Problem]:
    """What differs from what was displayed in that version."""
    parts = _parts(permissions, handover)
    before = [version[at : at + CHUNK] for at in range(0, len(version), CHUNK)]
    if len(before) != len(parts) or before[0] != _digest(parts["/fields"]):
        return [_problem(permissions, "/fields")]
    pairs = zip(parts.items(), before, strict=True)
    return [_problem(permissions, pointer) for (pointer, value), was in pairs if _digest(value) != was]


def _parts(permissions: TaskPermissions, handover: Handover) -> JsonObject:
    display = displayed(permissions, handover)
    task, fields = display["task"], display["fields"]
    outline = [[value for key, value in field.items() if key != "value"] for field in fields]
    parts: JsonObject = {"/fields": outline, "/task/title": task["title"], "/task/description": task["description"]}
    parts |= {f"/{key}": display[key] for key in DISPLAYED_PARTS}
    values = permissions.task.fields
    return parts | {f"/task/fields/{field['name']}": values.get(field["name"]) for field in fields}


def _digest(value: Json) -> str:
    return fingerprint(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hex()[:CHUNK]


def _problem(permissions: TaskPermissions, pointer: str) -> Problem:
    name = pointer.removeprefix("/task/fields/")
    what = permissions.spec.fields[name].title if name != pointer else str(WORDS[pointer])
    return Problem(pointer, "changed", _("%(what)s has changed.") % {"what": what[:1].upper() + what[1:]})


# --- Receipts ----------------------------------------------------------------------------------------------


def store(permissions: TaskPermissions, handover: Handover) -> Receipt:
    """Store what the locked handover displays to the person who answers it."""
    receipt = Receipt(handover=handover, by_id=permissions.actor.id, shown=displayed(permissions, handover))
    insert([receipt])
    return receipt
