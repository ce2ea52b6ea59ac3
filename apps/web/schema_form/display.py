"""Values as text for people: locked fields, reviews, what a field was before."""

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
from .scalars import DATE, coded_options

LINKED_SCHEMES = ("http", "https")


@dataclass(frozen=True)
class Displayed:
    """A value as text; `href` if it is a web address, `file` if it names one."""

    label: str
    text: str
    href: str = ""
    file: bool = False


@dataclass(frozen=True)
class Reader:
    """Whom a value is shown to: their zone, and the names they know for references like `user:ana`."""

    zone: ZoneInfo
    names: Mapping[str, str] = field(default_factory=dict)


def display_field(schema: Schema, name: str, value: Any, reader: Reader) -> Displayed:
    """One field of an accepted schema as text."""
    control = control_of(schema, schema["properties"][name])
    text = text_for_people(control, value, reader)
    href = value if control.kind == "uri" and is_web_address(value) else ""
    return Displayed(title_of(name, control.schema), text, href, control.kind == "file")


def text_for_people(control: Control, value: Any, reader: Reader) -> str:
    """A value in words; lists and groups over several lines, empty for nothing."""
    if value is None:
        return ""
    if control.kind == "object" and isinstance(value, dict):
        return "\n".join(_members(control, value, reader))
    if control.kind == "rows" and isinstance(value, list):
        return "\n".join(", ".join(_members(control, row, reader)) for row in value)
    if control.kind in ("list", "choices") and isinstance(value, list) and control.item:
        texts = [text_for_people(control.item, entry, reader) for entry in value]
        return ", ".join(texts) if all(len(text) < 40 and "\n" not in text for text in texts) else "\n".join(texts)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return _scalar(control, value, reader)


def _members(control: Control, value: Any, reader: Reader) -> list[str]:
    if not isinstance(value, dict):
        return [str(value)]
    titles = {part.name: part for part in control.parts}
    lines = [
        f"{part.title}: {text_for_people(part.control, value[name], reader)}"
        for name, part in titles.items()
        if value.get(name) is not None
    ]
    return lines + [f"{name}: {_plain(inner)}" for name, inner in value.items() if name not in titles]


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else spelled(value)


def _scalar(control: Control, value: Any, reader: Reader) -> str:
    if control.kind == "choice":
        for _code, offered, title in coded_options(control):
            if offered == value and isinstance(offered, bool) == isinstance(value, bool):
                return title
    if isinstance(value, str):
        return _text(control, value, reader)
    if not isinstance(value, bool) and control.kind in ("money", "number"):
        return number_text(value, control.schema)
    return spelled(value)


def _text(control: Control, value: str, reader: Reader) -> str:
    if control.kind == "password":
        return "••••••"
    if control.kind == "date-time" and (moment := times.kept_moment(value, reader.zone)):
        clock = "H:i:s" if moment.second else "H:i"
        return f"{formats.date_format(moment, 'j M Y')} {formats.time_format(moment, clock)}"
    if control.kind == "date" and DATE.fullmatch(value) and (day := times.kept_day(value)):
        return formats.date_format(day, "j M Y")
    if control.kind == "time" and (match := times.CLOCK.match(value)):
        rest = value[match.end() :].upper()
        clock = match.group().partition(".")[0].removesuffix(":00") if len(match.group()) > 5 else match.group()
        return f"{clock} UTC{'' if rest in ('Z', '+00:00', '-00:00', '') else rest}"
    return reader.names.get(value, value)


def is_web_address(value: Any) -> bool:
    """Whether a value may become a link: http and https only, whatever a schema called it."""
    if not isinstance(value, str) or any(character.isspace() or ord(character) < 32 for character in value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in LINKED_SCHEMES and bool(parts.hostname)


def not_set() -> str:
    """What the state of an optional yes-or-no without an answer is called."""
    return _("Not set")
