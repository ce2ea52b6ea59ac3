"""Reading the document: maps from names to the bodies of the single pushes, those of a container inside of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.body import Body
from apps.core.errors import Problem
from apps.core.shapes import Lazy, Map, Object, Separate, Shape, Text
from apps.core.strict_json import escape

from .parts import Part

MOST_ENTRIES = 1000
PLACE = "containers"


@dataclass(frozen=True)
class Entry:
    """One thing that the document declares: `body` is what its single push takes, `pointer` where that stands."""

    part: str
    container: str | None
    name: str
    body: Any
    pointer: str


@cache
def all_parts() -> dict[str, Part]:
    """The parts by their place in the document, in the order in which they are applied."""
    return {name: import_string(path)() for name, path in settings.MANIFEST.items()}


def _manifest() -> Object:
    application = Text(200, description="The application's name: another one's key is refused.")
    return Object(
        {"application": application, **_maps(part for part in all_parts() if "/" not in part)},
        name="ManifestBody", about="All that an application declares.", drops_null=True,
    )  # fmt: skip


def _maps(parts: Iterable[str]) -> dict[str, Shape]:
    """Maps from names to entries, each of which is read by the service of its single push."""
    return {part.rpartition("/")[2]: Map(Separate(_entry(part)), MOST_ENTRIES) for part in parts}


def _entry(part: str) -> Shape:
    """What one entry takes; what lies in a container stands in its entry."""
    shape = all_parts()[part].shape
    if part != PLACE or not isinstance(shape, Object):
        return shape
    inside = _maps(name for name in all_parts() if name.startswith(f"{PLACE}/"))
    return Object({**shape.keys, **inside}, name="DeclaredContainerBody", about="A container and what lies in it.",
                  drops_null=True)  # fmt: skip


MANIFEST = Lazy(cache(_manifest))
"""The whole document."""


def read_document(actor: Actor, body: object) -> list[Entry]:
    """Its entries in the order in which they are applied, each part by name. Raises Invalid."""
    push = Body(body, MANIFEST)
    if push.get("application", actor.name) != actor.name:
        push.wrong("application", _("The key is another application's."))
    entries = list(_entries(push))
    if len(entries) > MOST_ENTRIES:
        detail = _("A manifest declares at most %s things.") % MOST_ENTRIES
        push.problems.append(Problem("", "too_large", detail))
    push.finish()
    order = list(settings.MANIFEST)
    return sorted(entries, key=lambda entry: (order.index(entry.part), entry.container or "", entry.name))


def _entries(push: Body) -> Iterator[Entry]:
    inside = _maps(name for name in all_parts() if name.startswith(f"{PLACE}/"))
    shape = Object(inside, drops_null=True)
    for part in all_parts():
        if "/" in part:
            continue
        for name, value in push.get(part, {}).items():
            at, own = f"/{escape(part)}/{escape(name)}", value
            if part == PLACE and isinstance(value, dict):
                maps = {key: entries for key, entries in value.items() if key in inside}
                yield from _inside(Body(maps, shape, at=at, problems=push.problems), name)
                own = {key: inner for key, inner in value.items() if key not in inside}
            yield Entry(part, None, name, own, at)


def _inside(container: Body, slug: str) -> Iterator[Entry]:
    for part, entries in container.value.items():
        for name, value in (entries or {}).items():
            yield Entry(f"{PLACE}/{part}", slug, name, value, f"{container.pointer(part)}/{escape(name)}")
