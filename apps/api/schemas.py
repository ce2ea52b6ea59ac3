"""The vocabulary of the answers' JSON Schemas, and the names under which the OpenAPI document has them."""

from apps.core.json_types import JsonObject

Schema = JsonObject

SCHEMAS: dict[str, Schema] = {}
"""All named schemas of answers, by name; `component` adds to them."""

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
ID: Schema = {"type": "string", "format": "uuid"}
TIME: Schema = {"type": "string", "format": "date-time"}
FREE: Schema = {"type": "object", "additionalProperties": True}
ANY: Schema = {"description": "Any JSON value."}


def optional(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def one_of(*names: str) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": list(names)}


def optional_choice(*names: str) -> Schema:
    """One of some words, or null."""
    return {"type": ["string", "null"], "enum": [*names, None]}


def listed(schema: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": schema}


def ref(name: str) -> Schema:
    """Another component."""
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(schema: Schema) -> Schema:
    """A component, or null."""
    return {"oneOf": [schema, {"type": "null"}]}


def component(name: str, schema: Schema) -> Schema:
    """Gives a schema a name of its own in the document; the answer refers to it.

    Raises ValueError if another schema has that name.
    """
    if SCHEMAS.setdefault(name, schema) != schema:
        raise ValueError(f"two schemas are named {name}")
    return ref(name)


def page_of(name: str) -> Schema:
    """The answer of a list of components: `TaskPage` of tasks."""
    properties = {
        "results": listed(ref(name)),
        "next": {"type": ["string", "null"], "description": "The cursor of the next page."},
        "count": {
            "type": "integer",
            "description": "With `count=true`: how many rows you may see, counted up to 10,000.",
        },
    }
    page = {"type": "object", "required": ["results", "next"], "properties": properties}
    return component(f"{name}Page", page)


def answer(extra: tuple[str, ...] = (), /, **properties: Schema) -> Schema:
    """An object of which every key is always there, but for those in `extra`."""
    required = [name for name in properties if name not in extra]
    return {"type": "object", "required": required, "properties": properties}
