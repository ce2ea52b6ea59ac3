"""Accepting a schema when a type is published: what is refused here surprises no form or filter later."""

import re
from collections.abc import Iterator

import orjson
from django.utils.translation import gettext as _

from apps.core.errors import Invalid, Problem
from apps.core.json_types import Json
from apps.core.strict_json import escape

from . import annotations, complexity, engine, patterns
from .order import with_order
from .walk import REFERABLE, Schema, at_same_place, depth_of, subschemas, target

MOST_BYTES = 65_536
MOST_NODES = 500
MOST_DEPTH = 32
MOST_PATTERNS = 100
MOST_HEAVY_PATTERNS = 4

FIELD_NAME = re.compile(r"(?!.*__)[A-Za-z_][A-Za-z0-9_]{0,63}")
# Keywords that change what a reference means, or that older drafts read differently.
REFUSED_KEYWORDS = (
    *("$id", "id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef", "$recursiveAnchor"),
    *("$vocabulary", "dependencies", "additionalItems"),
)
REFUSED_AT_ROOT = (
    "$ref",
    "patternProperties",
    "unevaluatedProperties",
    "const",
    "enum",
    annotations.ANNOTATION,
)


def accept(schema: Json, *, at: str = "") -> Schema:
    """The schema as it is stored: closed at its root, and with the order of its properties written down.

    Raises `Invalid` naming each place that is refused, below the pointer `at`: a root that is not an
    object, more than 64 KB or 500 subschemas, references that leave the document or never end, patterns
    that the engine does not run or runs slowly, annotations that TaskHub does not know, names that no URL or filter
    can carry.
    """
    problems = _wrong_size(schema) or _wrong_shape(schema) or list(_wrong_places(schema)) or _wrong_whole(schema)
    if problems:
        raise Invalid(
            _("The schema cannot be taken."),
            errors=[problem.under(at) for problem in problems],
        )
    return {**with_order(schema), "additionalProperties": False}


# --- Size and shape ------------------------------------------------------------------------------


def _wrong_size(schema: Json) -> list[Problem]:
    if not isinstance(schema, dict):
        return [Problem("", "invalid", _("A schema must be an object."))]
    if depth_of(schema, MOST_DEPTH) > MOST_DEPTH:
        return [Problem("", "too_large", _("The schema is nested deeper than %s levels.") % MOST_DEPTH)]
    try:
        size = len(orjson.dumps(schema))
    except (TypeError, ValueError):
        return [Problem("", "invalid", _("The schema is not JSON."))]
    if size > MOST_BYTES:
        return [Problem("", "too_large", _("The schema is larger than %s bytes.") % MOST_BYTES)]
    if sum(1 for _place in subschemas(schema)) > MOST_NODES:
        return [Problem("", "too_large", _("The schema has more than %s parts.") % MOST_NODES)]
    return []


def _wrong_shape(schema: Schema) -> list[Problem]:
    problems = [
        Problem(_pointer(violation.instance_path), "invalid", _("This is not JSON Schema (draft 2020-12)."))
        for violation in engine.meta_violations(schema)
    ]
    return problems or list(_wrong_root(schema))


def _wrong_root(schema: Schema) -> Iterator[Problem]:
    if schema.get("type") != "object":
        yield Problem("/type", "invalid", _("The type at the root must be “object”."))
    if schema.get("additionalProperties", False) is not False:
        yield Problem("/additionalProperties", "invalid", _("Fields must be declared; this can only be false."))
    if schema.get("$schema", engine.META_SCHEMA).removesuffix("#") != engine.META_SCHEMA:
        yield Problem("/$schema", "invalid", _("Must be draft 2020-12."))
    for keyword in REFUSED_AT_ROOT:
        if keyword in schema:
            yield Problem(f"/{escape(keyword)}", "invalid", _("This is not supported at the root."))
    for name in schema.get("properties", {}):
        if not FIELD_NAME.fullmatch(name):
            detail = _("A field is named by letters, digits and single underscores, at most 64, no digit first.")
            yield Problem(f"/properties/{escape(name)}", "invalid", detail)


# --- Every place ---------------------------------------------------------------------------------


def _wrong_places(schema: Schema) -> Iterator[Problem]:
    for pointer, subschema in subschemas(schema):
        if isinstance(subschema, dict):
            of_field = re.fullmatch(r"/properties/[^/]+", pointer) is not None
            yield from (problem.under(pointer) for problem in _wrong_place(schema, subschema, of_field=of_field))


def _wrong_place(root: Schema, subschema: Schema, *, of_field: bool) -> Iterator[Problem]:
    for keyword in REFUSED_KEYWORDS:
        if keyword in subschema:
            yield Problem(f"/{keyword}", "invalid", _("“%s” is not supported.") % keyword)
    if subschema is not root and "$schema" in subschema:
        yield Problem("/$schema", "invalid", _("Only the root can say this."))
    if "$ref" in subschema:
        yield from _wrong_reference(root, subschema["$ref"])
    yield from _unknown_required(subschema)
    yield from annotations.wrong_hints(subschema)
    if annotations.ANNOTATION in subschema:
        for problem in annotations.wrong_annotation(subschema[annotations.ANNOTATION], of_field=of_field):
            yield problem.under(f"/{annotations.ANNOTATION}")


def _wrong_reference(root: Schema, reference: str) -> Iterator[Problem]:
    try:
        target(root, reference)
    except LookupError:
        allowed = ", ".join(f"#/{keyword}/…" for keyword in REFERABLE)
        detail = _("References must stay in the schema and name something there: %s") % allowed
        yield Problem("/$ref", "invalid", detail)


def _unknown_required(subschema: Schema) -> Iterator[Problem]:
    """Required names that nothing can ever give: only where undeclared ones are refused."""
    if subschema.get("additionalProperties") is False and "patternProperties" not in subschema:
        for index, name in enumerate(subschema.get("required", ())):
            if name not in subschema.get("properties", {}):
                yield Problem(f"/required/{index}", "invalid", _("There is no property “%s”.") % name)


# --- The schema as a whole -----------------------------------------------------------------------


def _wrong_whole(schema: Schema) -> list[Problem]:
    return list(_unknown_fields(schema)) or _wrong_patterns(schema) or _too_complex(schema)


def _unknown_fields(schema: Schema) -> Iterator[Problem]:
    """Names of fields that do not exist, at the root and in all that checks the root too."""
    known = schema.get("properties", {}).keys()
    for pointer, subschema in at_same_place(schema, schema):
        wanted = [(f"/required/{index}", name) for index, name in enumerate(subschema.get("required", ()))]
        for name, others in subschema.get("dependentRequired", {}).items():
            wanted.append((f"/dependentRequired/{escape(name)}", name))
            wanted += [(f"/dependentRequired/{escape(name)}/{index}", other) for index, other in enumerate(others)]
        for keyword in ("properties", "dependentSchemas"):
            wanted += [(f"/{keyword}/{escape(name)}", name) for name in subschema.get(keyword, {})]
        for step, name in wanted:
            if name not in known:
                yield Problem(pointer + step, "invalid", _("There is no field “%s”.") % name)


def _wrong_patterns(schema: Schema) -> list[Problem]:
    places = list(_patterns(schema))
    if len({pattern for _pointer, pattern in places}) > MOST_PATTERNS:
        return [Problem("", "too_large", _("The schema has more than %s patterns.") % MOST_PATTERNS)]
    problems = []
    heavy = 0
    for pointer, pattern in places:
        if reason := patterns.why_refused(pattern):
            problems.append(Problem(pointer, "invalid", reason))
        elif engine.is_heavy(pattern):
            heavy += 1
            if heavy > MOST_HEAVY_PATTERNS:
                problems.append(Problem(pointer, "too_large", _("The patterns take too much memory together.")))
    return problems


def _patterns(schema: Schema) -> Iterator[tuple[str, str]]:
    for pointer, subschema in subschemas(schema):
        if isinstance(subschema, dict):
            if "pattern" in subschema:
                yield f"{pointer}/pattern", subschema["pattern"]
            for pattern in subschema.get("patternProperties", ()):
                yield f"{pointer}/patternProperties/{escape(pattern)}", pattern


def _too_complex(schema: Schema) -> list[Problem]:
    try:
        complexity.weight_of(schema)
        engine.compile_schema(patterns.with_capped_texts(schema))
    except complexity.TooComplex:
        return [Problem("", "too_large", _("The schema refers to itself without end, or too many times."))]
    except engine.DoesNotCompile as error:
        return [Problem("", "invalid", _("The schema does not compile: %s") % error)]
    return []


def _pointer(path: list[str | int]) -> str:
    return "".join(f"/{escape(str(step))}" for step in path)
