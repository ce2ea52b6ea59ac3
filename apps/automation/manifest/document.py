"""Reading the document: maps from names to the bodies of the single pushes, those of a container inside of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.body import Body, raise_problems
from apps.core.errors import Problem
from apps.core.strict_json import escape

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


def read_document(actor: Actor, body: object) -> list[Entry]:
    """Its entries in the order in which they are applied, each part by name. Raises Invalid."""
    push = Body(body)
    if push.text("application", default=actor.name) != actor.name and not push.problems:
        push.wrong("application", _("The key is another application's."))
    entries = list(_entries(push))
    if len(entries) > MOST_ENTRIES:
        detail = _("A manifest declares at most %s things.") % MOST_ENTRIES
        push.problems.append(Problem("", "too_large", detail))
    push.refuse_unknown()
    raise_problems(push.problems)
    order = list(settings.MANIFEST)
    return sorted(entries, key=lambda entry: (order.index(entry.part), entry.container or "", entry.name))


def _entries(push: Body) -> Iterator[Entry]:
    inner = [part.removeprefix(f"{PLACE}/") for part in settings.MANIFEST if part.startswith(f"{PLACE}/")]
    for part in settings.MANIFEST:
        if "/" in part:
            continue
        for name, value in _named(push, part):
            at = f"/{escape(part)}/{escape(name)}"
            own = value
            if part == PLACE and isinstance(value, dict):
                yield from _inside(Body(value, at=at, problems=push.problems), name, inner)
                own = {key: said for key, said in value.items() if key not in inner}
            yield Entry(part, None, name, own, at)


def _inside(container: Body, slug: str, parts: list[str]) -> Iterator[Entry]:
    for part in parts:
        for name, value in _named(container, part):
            yield Entry(f"{PLACE}/{part}", slug, name, value, f"{container.pointer(part)}/{escape(name)}")


def _named(body: Body, key: str) -> Iterator[tuple[str, Any]]:
    """What a map says, by name; null is an empty map."""
    inner = body.inner(key)
    values: Mapping[str, Any] = inner.value if inner else {}
    yield from values.items()
