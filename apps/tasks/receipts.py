"""What a handover shows a person: its version tells what changed since they looked, a receipt keeps it for ever."""

from typing import Any

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import Problem, VersionMismatch
from apps.core.secrets import fingerprint
from apps.events.log import MASK

from . import access
from .access import Standing
from .models import Handover, Receipt
from .rendering import when

Json = dict[str, Any]
CHUNK = 6
# Pointer into what is shown -> what people call it.
WORDS: dict[str, Any] = {
    "/title": gettext_lazy("the question"),
    "/message": gettext_lazy("the message"),
    "/fields": gettext_lazy("what is asked for"),
    "/actions": gettext_lazy("the actions"),
    "/due_at": gettext_lazy("the due date"),
    "/type_version": gettext_lazy("the shape of the task"),
    "/task/title": gettext_lazy("the title of the task"),
    "/task/description": gettext_lazy("the description"),
}


def shown(standing: Standing, handover: Handover) -> Json:
    """What this reader is shown of the handover now: labels and values; secret values are masked."""
    task, spec = standing.task, standing.spec
    asked = {item["name"]: item for item in handover.fields}
    return {
        "title": handover.title,
        "message": handover.message,
        "asked_by": handover.asked_by,
        "reason": handover.reason,
        "actions": handover.actions,
        "due_at": when(handover.due_at),
        "type": task.type_version.type.name,
        "type_version": task.type_version.number,
        "task": {"title": task.title, "description": task.description, "stage": task.stage},
        "fields": [
            {
                "name": name,
                "label": asked.get(name, {}).get("label") or spec.fields[name].title,
                "asked": name in asked,
                "required": bool(asked.get(name, {}).get("required")),
                "proposed": _plain(standing, name, asked.get(name, {}).get("proposed")),
                "value": _plain(standing, name, task.fields.get(name)),
            }
            for name in access.visible_fields(standing)
        ],
    }


def _plain(standing: Standing, name: str, value: Any) -> Any:
    return MASK if name in standing.spec.secrets and value is not None else value


# --- Versions ----------------------------------------------------------------------------------------------


def version_of(standing: Standing, handover: Handover) -> str:
    """Opaque, equal for equal sights: one chunk for which fields there are, one for each part."""
    return "".join(_digest(value) for value in _parts(standing, handover).values())


def require_unchanged(standing: Standing, handover: Handover, version: str) -> None:
    """Raises VersionMismatch naming what the reader sees changed since they read that version."""
    problems = changed(standing, handover, version)
    if problems:
        detail = _("This has changed since you opened it: %(what)s")
        raise VersionMismatch(detail % {"what": " ".join(problem.detail for problem in problems)}, errors=problems)


def changed(standing: Standing, handover: Handover, version: str) -> list[Problem]:
    """What is other than it was in that version."""
    parts = _parts(standing, handover)
    before = [version[at : at + CHUNK] for at in range(0, len(version), CHUNK)]
    if len(before) != len(parts) or before[0] != _digest(parts["/fields"]):
        return [_problem(standing, "/fields")]
    pairs = zip(parts.items(), before, strict=True)
    return [_problem(standing, pointer) for (pointer, value), was in pairs if _digest(value) != was]


def _parts(standing: Standing, handover: Handover) -> Json:
    sight = shown(standing, handover)
    task, fields = sight["task"], sight["fields"]
    outline = [[field[key] for key in ("name", "label", "asked", "required", "proposed")] for field in fields]
    parts = {"/fields": outline, "/task/title": task["title"], "/task/description": task["description"]}
    parts |= {f"/{key}": sight[key] for key in ("title", "message", "actions", "due_at", "type_version")}
    values = standing.task.fields
    return parts | {f"/task/fields/{field['name']}": values.get(field["name"]) for field in fields}


def _digest(value: Any) -> str:
    return fingerprint(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hex()[:CHUNK]


def _problem(standing: Standing, pointer: str) -> Problem:
    name = pointer.removeprefix("/task/fields/")
    what = standing.spec.fields[name].title if name != pointer else str(WORDS[pointer])
    return Problem(pointer, "changed", _("%(what)s has changed.") % {"what": what[:1].upper() + what[1:]})


# --- Receipts ----------------------------------------------------------------------------------------------


def keep(standing: Standing, handover: Handover) -> Receipt:
    """Keep what the person who answers the held handover is shown."""
    return Receipt.objects.create(handover=handover, by_id=standing.actor.id, shown=shown(standing, handover))


def render(standing: Standing, receipt: Receipt) -> Json:
    """The receipt as a reader of the task sees it: fields that are hidden from them are missing."""
    visible = access.past_fields(standing, receipt.created_at)
    fields = [field for field in receipt.shown["fields"] if field["name"] in visible]
    return {
        "handover": str(receipt.handover_id),
        "by": receipt.by.reference,
        "at": when(receipt.created_at),
        **receipt.shown,
        "fields": fields,
    }
