"""The order of properties. JSON objects have none and databases do not keep it, so `ui:order` says it."""

from apps.core.json_types import Json

from .walk import LISTS_OF_SCHEMAS, MAPS_OF_SCHEMAS, SCHEMAS, Schema

# What stands here only checks; it declares no properties of its own.
CHECKS = {"if", "then", "else", "not", "dependentSchemas"}


def with_order(schema: Json) -> Json:
    """The schema, with the order of its properties written down wherever they are declared."""
    if not isinstance(schema, dict):
        return schema
    result = dict(schema)
    for keyword in schema.keys() - CHECKS:
        if keyword in SCHEMAS:
            result[keyword] = with_order(schema[keyword])
        elif keyword in MAPS_OF_SCHEMAS:
            result[keyword] = {name: with_order(inner) for name, inner in schema[keyword].items()}
        elif keyword in LISTS_OF_SCHEMAS:
            result[keyword] = [with_order(inner) for inner in schema[keyword]]
    if len(schema.get("properties", {})) > 1:
        result["ui:order"] = names_in_order(schema)
    return result


def names_in_order(schema: Schema) -> list[str]:
    """The names of the declared properties: as `ui:order` says, the rest at its `*` or at the end."""
    names = list(schema.get("properties", {}))
    value = [name for name in dict.fromkeys(schema.get("ui:order", [])) if name in names or name == "*"]
    rest = [name for name in names if name not in value]
    if "*" not in value:
        return value + rest
    star = value.index("*")
    return value[:star] + rest + value[star + 1 :]
