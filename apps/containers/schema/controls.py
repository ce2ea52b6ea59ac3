"""What control shows a value of a schema in a form. `form_support` and the pages both ask here.

Anything that has no control is the kind `json`: one box with the value as JSON, marked as advanced.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from apps.core.json_types import Json, JsonObject
from apps.core.strict_json import escape

from .annotations import ANNOTATION
from .fields import title_of
from .order import names_in_order
from .walk import Schema, subschemas, target
from .words import spelled

SCALARS = {"text", "password", "textarea", "email", "uri", "uuid", "date", "time", "date-time"}
SCALARS |= {"number", "integer", "money", "boolean", "choice", "user", "team", "task", "file"}
TEXT_FORMATS = {"email", "uri", "uuid", "date", "time", "date-time"}
REFERENCE_KINDS = {"user", "team", "task", "file"}
LONG_TEXT = 300
DEEPEST_OBJECT = 2

# What makes an object more than the sum of its declared properties.
BRANCHING = {"anyOf", "oneOf", "allOf", "not", "if", "patternProperties", "dependentSchemas"}
# Rules across fields that a form shows by showing all fields; others can be met only by trying.
ROOT_RULES_WITHOUT_FORM = ("anyOf", "oneOf", "not", "dependentSchemas")


@dataclass(frozen=True)
class Option:
    """One of the values to choose from."""

    value: Json
    title: str


@dataclass(frozen=True)
class Part:
    """A property of an object, or a column of rows."""

    name: str
    title: str
    required: bool
    control: "Control"


@dataclass(frozen=True)
class Control:
    """How one value is shown: its kind, the schema it comes from (references followed), and what it is made of.

    `choices` is a set of options, `list` a list of scalars, `rows` a list of flat objects, `object` a group.
    """

    kind: str
    schema: Schema
    nullable: bool = False
    options: tuple[Option, ...] = ()
    item: "Control | None" = None
    parts: tuple[Part, ...] = ()


def control_of(root: Schema, schema: Json, *, depth: int = 1) -> Control:
    """The control for a value of `schema`, which is part of the accepted schema `root`."""
    resolved, nullable = _resolved(root, schema)
    if resolved is None:
        return Control("json", schema if isinstance(schema, dict) else {}, nullable)
    options = _options(resolved)
    if options is not None:
        nullable = nullable or any(option.value is None for option in options)
        given = tuple(option for option in options if option.value is not None)
        return Control("choice", resolved, nullable, options=given)
    return replace(_by_type(root, resolved, depth), nullable=nullable)


def _by_type(root: Schema, schema: Schema, depth: int) -> Control:
    kind = schema.get("type", "object" if "properties" in schema else None)
    if kind == "string":
        return Control(_text_kind(schema), schema)
    if kind in ("number", "integer"):
        return Control("money" if _declared_kind(schema) == "money" else kind, schema)
    if kind == "boolean":
        return Control("boolean", schema)
    if kind == "array":
        return _list_control(root, schema)
    if kind == "object":
        return _object_control(root, schema, depth)
    return Control("json", schema)


def _text_kind(schema: Schema) -> str:
    value = _declared_kind(schema)
    widget = hint(schema, "widget")
    if value in REFERENCE_KINDS or value == "money":
        return str(value)
    if schema.get("format") in TEXT_FORMATS:
        return str(schema["format"])
    if widget in ("textarea", "password"):
        return str(widget)
    return "textarea" if schema.get("maxLength", 0) > LONG_TEXT and widget != "text" else "text"


def _list_control(root: Schema, schema: Schema) -> Control:
    items = schema.get("items")
    if "prefixItems" in schema or not isinstance(items, dict):
        return Control("json", schema)
    item = control_of(root, items)
    if item.nullable:
        return Control("json", schema)
    if item.kind == "choice":
        return Control("choices", schema, options=item.options, item=item)
    if item.kind == "object" and all(part.control.kind in SCALARS for part in item.parts):
        return Control("rows", schema, item=item, parts=item.parts)
    return Control("list" if item.kind in SCALARS else "json", schema, item=item)


def _object_control(root: Schema, schema: Schema, depth: int) -> Control:
    extra = schema.get("additionalProperties", True)
    declares = bool(schema.get("properties")) and isinstance(extra, bool)
    if depth > DEEPEST_OBJECT or not declares or BRANCHING & schema.keys():
        return Control("json", schema)
    if not all(name.isidentifier() and name.isascii() for name in schema["properties"]):
        return Control("json", schema)
    return Control("object", schema, parts=parts_of(root, schema, depth=depth))


def parts_of(root: Schema, schema: Schema, *, depth: int = 0) -> tuple[Part, ...]:
    """The properties of an object in order, each with its control. At depth 0 they are the fields."""
    required = schema.get("required", ())
    parts = []
    for name in names_in_order(schema):
        subschema = schema["properties"][name]
        control = control_of(root, subschema, depth=depth + 1)
        parts.append(Part(name, title_of(name, control.schema), name in required, control))
    return tuple(parts)


# --- Following references and nulls --------------------------------------------------------------


def _resolved(root: Schema, schema: Json) -> tuple[Schema | None, bool]:
    """The schema with its references followed and "or null" taken out; None where that is not so simple."""
    nullable = False
    for _step in range(10):
        if not isinstance(schema, dict):
            return None, nullable
        inner, null = _unwrapped(root, schema)
        nullable = nullable or null
        if inner is schema:
            return schema, nullable
        schema = inner
    return None, nullable


def _unwrapped(root: Schema, schema: Schema) -> tuple[Json, bool]:
    """The schema with one wrapping less, and whether that allowed null; itself if it has none."""
    if "$ref" in schema:
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return _merged(target(root, schema["$ref"]), rest), False
    if len(schema.get("allOf", ())) == 1:
        rest = {key: value for key, value in schema.items() if key != "allOf"}
        return _merged(schema["allOf"][0], rest), False
    for keyword in ("anyOf", "oneOf"):
        branches = schema.get(keyword, [])
        given = [branch for branch in branches if branch not in ({"type": "null"}, {"const": None})]
        if len(branches) == 2 and len(given) == 1:
            rest = {key: value for key, value in schema.items() if key != keyword}
            return _merged(given[0], rest), True
    kinds = schema.get("type")
    if isinstance(kinds, list):
        rest_of_kinds = [kind for kind in kinds if kind != "null"]
        if len(rest_of_kinds) == 1:
            return {**schema, "type": rest_of_kinds[0]}, "null" in kinds
    return schema, False


def _merged(inner: Json, outer: Schema) -> Json:
    """Both schemas as one: what stands outside words and annotates, and wins there. None if both check the same."""
    if not isinstance(inner, dict):
        return None
    merged = {**inner, **outer}
    if ANNOTATION in inner and ANNOTATION in outer:
        merged[ANNOTATION] = {**inner[ANNOTATION], **outer[ANNOTATION]}
    clash = [key for key in inner.keys() & outer.keys() if inner[key] != outer[key] and not _is_wording(key)]
    return None if clash else merged


def _is_wording(keyword: str) -> bool:
    return keyword.startswith("ui:") or keyword in (ANNOTATION, "title", "description", "default", "examples")


def _options(schema: Schema) -> list[Option] | None:
    """The values to choose from, if the schema lists scalars."""
    if "const" in schema:
        values, titles = [schema["const"]], [schema.get("title")]
    elif "enum" in schema:
        values = schema["enum"]
        names = hint(schema, "enumNames") or []
        titles = names if len(names) == len(values) else [None] * len(values)
    else:
        branches = schema.get("oneOf") or schema.get("anyOf") or []
        if not branches or not all(isinstance(branch, dict) and "const" in branch for branch in branches):
            return None
        values = [branch["const"] for branch in branches]
        titles = [branch.get("title") for branch in branches]
    if any(isinstance(value, dict | list) for value in values):
        return None
    return [Option(value, title or spelled(value)) for value, title in zip(values, titles, strict=True)]


def hint(schema: Schema, name: str) -> Json:
    """An RJSF hint, in either of its spellings: `ui:NAME` or in `ui:options`."""
    value = schema.get(f"ui:{name}")
    return schema.get("ui:options", {}).get(name) if value is None else value


def _declared_kind(schema: Schema) -> str | None:
    value: str | None = schema.get(ANNOTATION, {}).get("kind")
    return value


# --- Form support --------------------------------------------------------------------------------


def form_support(schema: Schema) -> JsonObject:
    """`{"form_support": "full" | "partial", "advanced": […]}`: pointers to what has no control of its own."""
    advanced = list(_advanced(parts_of(schema, schema), ""))
    advanced += [f"/{keyword}" for keyword in ROOT_RULES_WITHOUT_FORM if keyword in schema]
    advanced += _deep_conditions(schema)
    return {"form_support": "partial" if advanced else "full", "advanced": advanced}


def _advanced(parts: tuple[Part, ...], at: str) -> Iterator[str]:
    for part in parts:
        here = f"{at}/properties/{escape(part.name)}"
        if part.control.kind == "json":
            yield here
        elif part.control.kind == "object":
            yield from _advanced(part.control.parts, here)


def _deep_conditions(schema: Schema) -> list[str]:
    """Conditions below the one level of `if`/`then` (each alone or in `allOf`) that a form can follow."""
    conditions = [("", schema)]
    conditions += [(f"/allOf/{index}", branch) for index, branch in enumerate(schema.get("allOf", ()))]
    deep = []
    for at, condition in conditions:
        if at and (not isinstance(condition, dict) or "if" not in condition):
            deep.append(at)
            continue
        for keyword in ("then", "else"):
            inner = condition.get(keyword)
            if any(isinstance(here, dict) and "if" in here for _pointer, here in subschemas(inner)):
                deep.append(f"{at}/{keyword}")
    return deep
