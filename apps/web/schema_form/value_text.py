"""Values as text for people: locked fields, reviews, former values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _

from apps.containers.schema.controls import Control, control_of
from apps.containers.schema.fields import title_of
from apps.containers.schema.walk import Schema
from apps.containers.schema.words import number_text, spelled

from . import times
from .scalars import coded_options

LINKED_SCHEMES = ("http", "https")


@dataclass(frozen=True)
class FieldText:
    """A value as text; `href` if it is a web address, `file` if it names one."""

    label: str
    text: str
    href: str = ""
    file: bool = False


@dataclass(frozen=True)
class Viewer:
    """The person who reads a value: their zone, and the names they know for references like `user:ana`."""

    zone: ZoneInfo
    names: Mapping[str, str] = field(default_factory=dict)


def field_text(schema: Schema, name: str, value: Any, viewer: Viewer) -> FieldText:
    """One field of an accepted schema as text."""
    control = control_of(schema, schema["properties"][name])
    text = value_text(control, value, viewer)
    href = value if control.kind == "uri" and is_web_address(value) else ""
    return FieldText(title_of(name, control.schema), text, href, control.kind == "file")


def value_text(control: Control, value: Any, viewer: Viewer) -> str:
    """A value in words; lists and groups over several lines, empty for nothing."""
    if value is None:
        return ""
    if control.kind == "object" and isinstance(value, dict):
        return "\n".join(_members(control, value, viewer))
    if control.kind == "rows" and isinstance(value, list):
        return "\n".join(", ".join(_members(control, row, viewer)) for row in value)
    if control.kind in ("list", "choices") and isinstance(value, list) and control.item:
        texts = [value_text(control.item, entry, viewer) for entry in value]
        return ", ".join(texts) if all(len(text) < 40 and "\n" not in text for text in texts) else "\n".join(texts)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return _scalar(control, value, viewer)


def _members(control: Control, value: Any, viewer: Viewer) -> list[str]:
    if not isinstance(value, dict):
        return [str(value)]
    titles = {part.name: part for part in control.parts}
    lines = [
        f"{part.title}: {value_text(part.control, value[name], viewer)}"
        for name, part in titles.items()
        if value.get(name) is not None
    ]
    return lines + [f"{name}: {_plain(inner)}" for name, inner in value.items() if name not in titles]


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else spelled(value)


def _scalar(control: Control, value: Any, viewer: Viewer) -> str:
    if control.kind == "choice":
        for _code, offered, title in coded_options(control):
            if offered == value and isinstance(offered, bool) == isinstance(value, bool):
                return title
    if isinstance(value, str):
        return _text(control, value, viewer)
    if not isinstance(value, bool) and control.kind in ("money", "number"):
        return number_text(value, control.schema)
    return spelled(value)


def _text(control: Control, value: str, viewer: Viewer) -> str:
    if control.kind == "password":
        return "••••••"
    if control.kind == "date-time" and (timestamp := times.datetime_of(value, viewer.zone)):
        clock = "H:i:s" if timestamp.second else "H:i"
        return f"{formats.date_format(timestamp, 'j M Y')} {formats.time_format(timestamp, clock)}"
    if control.kind == "date" and times.DATE.fullmatch(value) and (day := times.date_of(value)):
        return formats.date_format(day, "j M Y")
    if control.kind == "time" and (match := times.CLOCK.match(value)):
        rest = value[match.end() :].upper()
        clock = match.group().partition(".")[0].removesuffix(":00") if len(match.group()) > 5 else match.group()
        return f"{clock} UTC{'' if rest in ('Z', '+00:00', '-00:00', '') else rest}"
    return viewer.names.get(value, value)


def is_web_address(value: Any) -> bool:
    """Whether a value may become a link: http and https only, whatever format the schema names."""
    if not isinstance(value, str) or any(character.isspace() or ord(character) < 32 for character in value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in LINKED_SCHEMES and bool(parts.hostname)


def not_set() -> str:
    """The label of an optional field without a value."""
    return _("Not set")
