"""The JSON Schema engine: the only module that knows which one it is (jsonschema-rs).

Draft 2020-12, formats asserted, nothing ever fetched, and patterns run by an automaton in linear time: what
that cannot do (look-around, back references) does not compile.
"""

import jsonschema_rs
from jsonschema_rs import Validator as Validator

from apps.core.json_types import Json

Violation = jsonschema_rs.ValidationError

META_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
_META = jsonschema_rs.Draft202012Validator({"$ref": META_SCHEMA}, offline=True)

# Bytes that one compiled pattern may take. Unicode classes with counts are the ones that need the larger one.
LIGHT_PATTERN = 200_000
HEAVY_PATTERN = 10_000_000

_LIGHT = jsonschema_rs.RegexOptions(size_limit=LIGHT_PATTERN)
_HEAVY = jsonschema_rs.RegexOptions(size_limit=HEAVY_PATTERN)


class DoesNotCompile(Exception):
    """The engine refuses the schema; the text says why."""


def compile_schema(schema: Json) -> Validator:
    """A validator of the schema. Raises `DoesNotCompile`."""
    return _compile(schema, _HEAVY)


def meta_violations(schema: Json) -> list[Violation]:
    """Where the schema is not one, by the meta-schema of 2020-12; at most the first place found."""
    try:
        _META.validate(schema)
    except Violation as violation:
        return [violation]
    return []


def check_pattern(pattern: str) -> None:
    """Raises `DoesNotCompile` if the pattern is not one, or takes too much memory."""
    _compile({"pattern": pattern}, _HEAVY)


def is_heavy(pattern: str) -> bool:
    """Whether a pattern that compiles takes much memory, as counted Unicode classes do."""
    try:
        _compile({"pattern": pattern}, _LIGHT)
    except DoesNotCompile:
        return True
    return False


def _compile(schema: Json, options: jsonschema_rs.RegexOptions) -> Validator:
    try:
        return jsonschema_rs.Draft202012Validator(
            schema, validate_formats=True, ignore_unknown_formats=True, pattern_options=options, offline=True
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:  # ValidationError is a ValueError
        raise DoesNotCompile(getattr(error, "message", str(error))) from None
