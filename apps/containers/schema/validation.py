"""Validating values against an accepted schema: whole, or the part of it that is there."""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass

import orjson
from django.utils.translation import gettext as _

from apps.core.budgets import PROBLEMS_LISTED
from apps.core.caches import Cache
from apps.core.errors import Problem
from apps.core.json_types import Json, JsonObject
from apps.core.strict_json import escape

from . import complexity, engine, messages, patterns
from .rules import rules_of
from .walk import Schema, entries_of

# What validation may cost at most (some 100 ms): bytes of the value × weight of its schema.
MOST_WORK = 50_000_000
# And what finding all that is wrong may: entries of the value × weight. Past it the first thing wrong must do.
MOST_WORK_FOR_ALL = 50_000
MOST_COMPILED = 512


@dataclass(frozen=True)
class _Check:
    """A compiled schema; `names` are the fields that must all be there for it to mean something."""

    schema: Schema
    validator: engine.Validator
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, schema: Schema, names: frozenset[str] = frozenset()) -> "_Check":
        """The check of a schema, which compiles."""
        return cls(schema, engine.compile_schema(patterns.with_capped_texts(schema)), names)


@dataclass(frozen=True)
class _Compiled:
    """All there is to check of one accepted schema."""

    weight: int
    whole: list[_Check]
    part: list[_Check]


def fingerprint(schema: Schema) -> Hashable:
    """A key for a schema that nothing names: equal schemas have equal ones."""
    return hashlib.sha256(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS)).digest()


def validate(key: Hashable, schema: Schema, value: JsonObject, *, at: str = "") -> list[Problem]:
    """Everything wrong with the fields of a task; pointers start at `at`.

    `key` names the accepted schema for ever (say, the id of its version): the compiled checks are cached by it.
    """
    compiled = _compiled(key, schema)
    return _problems(compiled.weight, compiled.whole, value, at)


def validate_partial(key: Hashable, schema: Schema, value: JsonObject, *, at: str = "") -> list[Problem]:
    """What is wrong with some of the fields, where others are yet to come.

    Nothing is missed, at the root nor by a condition; a rule across fields counts once all of its fields
    are there.
    """
    compiled = _compiled(key, schema)
    checks = [check for check in compiled.part if check.names <= value.keys()]
    return _problems(compiled.weight, checks, value, at)


def wrong_value(schema: Schema, name: str, value: Json, *, at: str, key: Hashable | None = None) -> list[Problem]:
    """What is wrong with a value for one field that lies at `at`. None is no value; see `validate` for the key."""
    if value is None:
        return []
    problems = validate_partial(fingerprint(schema) if key is None else key, schema, {name: value})
    prefix = f"/{escape(name)}"
    return [Problem(at + problem.pointer.removeprefix(prefix), problem.code, problem.detail) for problem in problems]


def _problems(weight: int, checks: list[_Check], value: Json, at: str) -> list[Problem]:
    try:
        work = len(orjson.dumps(value)) * weight
    except TypeError:
        return [Problem(at, "invalid", _("This is not JSON."))]
    if work > MOST_WORK:
        return [Problem(at, "too_large", _("This is too large for its schema to be checked."))]
    wrong = [check for check in checks if not check.validator.is_valid(value)]
    everything = bool(wrong) and entries_of(value, MOST_WORK_FOR_ALL // weight) * weight <= MOST_WORK_FOR_ALL
    result: dict[tuple[str, str], Problem] = {}
    for check in wrong:
        for violation in _violations(check.validator, value, everything=everything):
            for problem in messages.problems_of(violation, check.schema):
                result.setdefault((problem.pointer, problem.code), problem.under(at))
    return list(result.values())[:PROBLEMS_LISTED]


def _violations(validator: engine.Validator, value: Json, *, everything: bool) -> list[engine.Violation]:
    if everything:
        return list(validator.iter_errors(value))
    try:
        validator.validate(value)
    except engine.Violation as violation:
        return [violation]
    return []


# --- What is compiled, and cached ----------------------------------------------------------------

_cache: Cache[Hashable, _Compiled] = Cache(MOST_COMPILED)


def _compiled(key: Hashable, schema: Schema) -> _Compiled:
    return _cache.get_or_make(key, lambda: _compile(schema))


def _compile(schema: Schema) -> _Compiled:
    part = _without_rules(schema)
    return _Compiled(
        weight=complexity.weight_of(schema),
        whole=[_Check.of(schema)],
        part=[_Check.of(part), *_rules(schema)],
    )


ASK_FOR_MORE = frozenset(("dependentRequired", "minProperties", "allOf", "anyOf", "oneOf", "not", "if",
                          "dependentSchemas"))  # fmt: skip
"""Keywords of the root, besides `required`, by which something may be missing from a whole value."""
_NOT_OF_A_PART = ASK_FOR_MORE | {"required", "then", "else"}


def _without_rules(schema: Schema) -> Schema:
    return {keyword: value for keyword, value in schema.items() if keyword not in _NOT_OF_A_PART}


def _rules(schema: Schema) -> list[_Check]:
    """Each rule with what it may refer to; a wrong field is reported once only."""
    referable: Schema = {key: schema[key] for key in ("$defs", "definitions", "properties") if key in schema}
    checks = []
    for rule in rules_of(schema):
        part: Schema = {**referable, **rule.schema}
        checks.append(_Check.of(part, rule.names))
    return checks
