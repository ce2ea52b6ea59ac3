"""What is wrong with a value, in words for the person who typed it or the developer who sent it."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.errors import Problem
from apps.core.json_types import Json
from apps.core.strict_json import escape

from .engine import Violation
from .walk import Schema
from .words import number_text, places_of, spelled

MOST_CHOICES = 12
MOST_LETTERS = 60


def problems_of(violation: Violation, schema: Schema) -> Iterator[Problem]:
    """The problems that one violation is: one for each missing or undeclared key, else one at its place."""
    pointer = "".join(f"/{escape(str(step))}" for step in violation.instance_path)
    kind: Json = violation.kind
    keyword = kind.name
    if keyword == "required" or hasattr(kind, "property"):
        yield Problem(f"{pointer}/{escape(kind.property)}", "required", _("This is required."))
    elif keyword in ("additionalProperties", "unevaluatedProperties"):
        for name in kind.unexpected:
            yield Problem(f"{pointer}/{escape(name)}", "unknown_field", _("There is no such field."))
    elif keyword in ("anyOf", "oneOf") and (branch := _branch_meant(violation)):
        for inner in branch:
            yield from problems_of(inner, schema)
    else:
        yield Problem(pointer, keyword, _say(violation, _around(schema, violation.schema_path)))


def _branch_meant(violation: Violation) -> list[Violation]:
    """Of the branches that all fail, the one whose type fits, if only one does ("null or a number")."""
    here = len(violation.instance_path)
    fitting = [
        branch
        for branch in getattr(violation.kind, "context", ())
        if branch
        and not any(
            inner.kind.name in ("type", "const", "enum") and len(inner.instance_path) == here for inner in branch
        )
    ]
    return fitting[0] if len(fitting) == 1 else []


def _around(schema: Schema, path: list[str | int]) -> Schema:
    """The subschema in which the failing keyword stands."""
    here: Json = schema
    for step in path[:-1]:
        try:
            here = here[step]
        except (LookupError, TypeError):
            return {}
    return here if isinstance(here, dict) else {}


def _say(violation: Violation, around: Schema) -> str:
    kind = violation.kind
    sentence = SENTENCES.get(kind.name)
    return sentence(kind, around) if sentence else _("This value is not allowed.")


# --- Sentences by keyword ------------------------------------------------------------------------


def _type(kind: Json, _around: Schema) -> str:
    names = {
        "string": _("a text"),
        "number": _("a number"),
        "integer": _("a whole number"),
        "boolean": _("yes or no (true or false)"),
        "array": _("a list"),
        "object": _("an object"),
    }
    wanted = [names[name] for name in kind.types if name in names]
    return _("Must be %s.") % _(" or ").join(wanted) if wanted else _("Must be empty (null).")


def _format(kind: Json, _around: Schema) -> str:
    known = {
        "date-time": _("Must be a date and time with its zone, like 2026-05-31T14:30:00Z."),
        "date": _("Must be a date, like 2026-05-31."),
        "time": _("Must be a time with its zone, like 14:30:00Z."),
        "email": _("Must be an e-mail address."),
        "uri": _("Must be a web address, like https://example.org/."),
        "uuid": _("Must be an id, like 0193b3c4-5d6e-7f80-9a1b-2c3d4e5f6071."),
    }
    return known.get(kind.format) or _("Must have the form “%s”.") % kind.format


def _enum(kind: Json, around: Schema) -> str:
    titles = around.get("ui:enumNames")
    return _one_of(titles if titles and len(titles) == len(kind.options) else kind.options)


def _choice(_kind: Json, around: Schema) -> str:
    branches = around.get("oneOf") or around.get("anyOf") or []
    if branches and all(isinstance(branch, dict) and "const" in branch for branch in branches):
        return _one_of([branch.get("title", branch["const"]) for branch in branches])
    return _("This value fits none of the allowed forms.")


def _one_of(options: list[Json]) -> str:
    if len(options) > MOST_CHOICES:
        return _("This is not one of the choices.")
    return _("Must be one of: %s.") % ", ".join(_shown(option) for option in options)


def _one_branch_only(kind: Json, around: Schema) -> str:
    if type(kind).__name__.endswith("OneOfMultipleValid"):
        return _("This value fits more than one of the allowed forms.")
    return _choice(kind, around)


def _multiple_of(kind: Json, _around: Schema) -> str:
    places = places_of(kind.multiple_of)
    step = Decimal(str(kind.multiple_of))
    if step == 1:
        return _("Must be a whole number.")
    if step == Decimal(1).scaleb(-places):
        text = ngettext("Must have at most %s decimal.", "Must have at most %s decimals.", places)
        return text % places
    return _("Must be a multiple of %s.") % number_text(kind.multiple_of)


def _limit(sentence: Callable[[], str]) -> Callable[[Json, Schema], str]:
    return lambda kind, around: sentence() % number_text(kind.limit, around)


def _count(sentence: Callable[[int], str]) -> Callable[[Json, Schema], str]:
    return lambda kind, _around: sentence(kind.limit) % kind.limit


def _at_least_letters(count: int) -> str:
    if count == 1:
        return _("Must not be empty.") + "%.0s"
    return ngettext("Must have at least %s character.", "Must have at least %s characters.", count)


def _property_names(kind: Json, _around: Schema) -> str:
    return _("The name “%s” is not allowed here.") % _shown(kind.error.instance)


SENTENCES: dict[str, Callable[[Json, Schema], str]] = {
    "type": _type,
    "format": _format,
    "enum": _enum,
    "const": lambda kind, _around: _("Must be %s.") % _shown(kind.expected_value),
    "anyOf": _choice,
    "oneOf": _one_branch_only,
    "multipleOf": _multiple_of,
    "maximum": _limit(lambda: _("Must be %s or less.")),
    "minimum": _limit(lambda: _("Must be %s or more.")),
    "exclusiveMaximum": _limit(lambda: _("Must be less than %s.")),
    "exclusiveMinimum": _limit(lambda: _("Must be more than %s.")),
    "minLength": _count(_at_least_letters),
    "maxLength": _count(lambda n: ngettext("Must have at most %s character.", "Must have at most %s characters.", n)),
    "minItems": _count(lambda n: ngettext("Must have at least %s entry.", "Must have at least %s entries.", n)),
    "maxItems": _count(lambda n: ngettext("Must have at most %s entry.", "Must have at most %s entries.", n)),
    "minProperties": _count(lambda n: ngettext("Must have at least %s key.", "Must have at least %s keys.", n)),
    "maxProperties": _count(lambda n: ngettext("Must have at most %s key.", "Must have at most %s keys.", n)),
    "uniqueItems": lambda _kind, _around: _("Must not have the same entry twice."),
    "contains": lambda _kind, _around: _("An entry that is needed is missing."),
    "pattern": lambda kind, _around: _("Must match the pattern %s") % kind.pattern,
    "propertyNames": _property_names,
}


# --- Values in sentences -------------------------------------------------------------------------


def _shown(value: Json) -> str:
    """A value in a sentence: as people write it, and not too long."""
    text = spelled(value).lower() if value is None or isinstance(value, bool) else spelled(value)
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"
