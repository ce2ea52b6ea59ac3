"""What a new version of a schema changes, and which of it tasks of the old one may not survive."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.json_types import Json, JsonObject
from apps.core.strict_json import escape

from .annotations import ANNOTATION
from .walk import Schema

# Keywords that no value can break on.
WORDING = {"title", "description", "default", "examples", "deprecated", "$comment", "$schema"}
# Bounds, and whether a larger one lets more through.
UPPER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
LOWER = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}


@dataclass(frozen=True)
class Change:
    """One difference. A breaking one may turn away values that the old schema took."""

    pointer: str
    breaking: bool
    detail: str


def compare(old: Schema, new: Schema) -> list[Change]:
    """The differences between two accepted schemas; what cannot be judged simply counts as breaking."""
    return list(_compare(old, new, ""))


def _compare(old: Json, new: Json, at: str) -> Iterator[Change]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            yield Change(at, new is not True, _("The rule changed."))
        return
    yield from _properties(old.get("properties", {}), new.get("properties", {}), at)
    yield from _required(old.get("required", []), new.get("required", []), at)
    if "items" in old and "items" in new:
        yield from _compare(old["items"], new["items"], f"{at}/items")
    recorded = {"properties", "required"} | ({"items"} if "items" in old and "items" in new else set())
    for keyword in sorted((old.keys() | new.keys()) - recorded):
        if old.get(keyword) != new.get(keyword) or (keyword in old) != (keyword in new):
            yield _keyword(keyword, old, new, at)


def _properties(old: JsonObject, new: JsonObject, at: str) -> Iterator[Change]:
    for name in [*old, *(name for name in new if name not in old)]:
        here = f"{at}/properties/{escape(name)}"
        if name not in new:
            yield Change(here, True, _("“%s” is gone.") % name)
        elif name not in old:
            yield Change(here, False, _("“%s” is new.") % name)
        else:
            yield from _compare(old[name], new[name], here)


def _required(old: list[str], new: list[str], at: str) -> Iterator[Change]:
    for name in new:
        if name not in old:
            yield Change(f"{at}/required", True, _("“%s” is required now.") % name)
    for name in old:
        if name not in new:
            yield Change(f"{at}/required", False, _("“%s” is no longer required.") % name)


def _keyword(keyword: str, old: Schema, new: Schema, at: str) -> Change:
    here = f"{at}/{escape(keyword)}"
    if keyword in WORDING or keyword.startswith("ui:"):
        return Change(here, False, _("The wording or look changed."))
    if keyword == ANNOTATION:
        return Change(here, False, _("Who may read or write it changed."))
    if keyword in ("$defs", "definitions"):
        return Change(here, True, _("A shared definition changed."))
    if keyword not in new:
        return Change(here, False, _("“%s” no longer limits it.") % keyword)
    wider = keyword in old and _is_wider(keyword, old[keyword], new[keyword])
    detail = _("“%s” allows more.") if wider else _("“%s” may allow less.")
    return Change(here, not wider, detail % keyword)


def _is_wider(keyword: str, old: Json, new: Json) -> bool:
    """Whether a keyword that both have turns away nothing that it took before, where that is plain to see."""
    if keyword in UPPER:
        return bool(new >= old)
    if keyword in LOWER:
        return bool(new <= old)
    if keyword == "type":
        taken = {*([new] if isinstance(new, str) else new)}
        taken |= {"integer"} if "number" in taken else set()
        return {*([old] if isinstance(old, str) else old)} <= taken
    if keyword == "enum":
        return all(option in new for option in old)
    if keyword in ("anyOf", "examples"):
        return all(branch in new for branch in old)
    if keyword == "oneOf":  # choices only: other branches may overlap
        return all("const" in branch for branch in new) and all(branch in new for branch in old)
    return keyword == "uniqueItems" and not new
