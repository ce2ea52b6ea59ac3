"""Validating values against an accepted schema: whole, or the part of it that is there."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.translation import gettext as _

from apps.core.errors import Problem

from . import complexity, engine, messages
from .rules import rules_of
from .walk import Schema, entries_of

MOST_PROBLEMS = 50
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


@dataclass(frozen=True)
class _Compiled:
    """All there is to check of one accepted schema."""

    weight: int
    whole: list[_Check]
    part: list[_Check]


def fingerprint(schema: Schema) -> Hashable:
    """A key for a schema that nothing names: equal schemas have equal ones."""
    return hashlib.sha256(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS)).digest()


def validate(key: Hashable, schema: Schema, value: dict[str, Any], *, at: str = "") -> list[Problem]:
    """Everything wrong with the fields of a task; pointers start at `at`.

    `key` names the accepted schema for ever (say, the id of its version): what it compiles to is kept by it.
    """
    compiled = _compiled(key, schema)
    return _problems(compiled.weight, compiled.whole, value, at)


def validate_partial(key: Hashable, schema: Schema, value: dict[str, Any], *, at: str = "") -> list[Problem]:
    """What is wrong with some of the fields, where others are yet to come.

    Nothing is missed, at the root nor by a condition; a rule across fields counts once all of its fields
    are there.
    """
    compiled = _compiled(key, schema)
    checks = [check for check in compiled.part if check.names <= value.keys()]
    return _problems(compiled.weight, checks, value, at)


def _problems(weight: int, checks: list[_Check], value: Any, at: str) -> list[Problem]:
    try:
        work = len(orjson.dumps(value)) * weight
    except TypeError:
        return [Problem(at, "invalid", _("This is not JSON."))]
    if work > MOST_WORK:
        return [Problem(at, "too_large", _("This is too large for its schema to be checked."))]
    wrong = [check for check in checks if not check.validator.is_valid(value)]
    everything = bool(wrong) and entries_of(value, MOST_WORK_FOR_ALL // weight) * weight <= MOST_WORK_FOR_ALL
    found: dict[tuple[str, str], Problem] = {}
    for check in wrong:
        for violation in _violations(check.validator, value, everything=everything):
            for problem in messages.problems_of(violation, check.schema):
                found.setdefault((problem.pointer, problem.code), problem.under(at))
    return list(found.values())[:MOST_PROBLEMS]


def _violations(validator: engine.Validator, value: Any, *, everything: bool) -> list[engine.Violation]:
    if everything:
        return list(validator.iter_errors(value))
    try:
        validator.validate(value)
    except engine.Violation as violation:
        return [violation]
    return []


# --- What is compiled, and kept ------------------------------------------------------------------

_kept: OrderedDict[Hashable, _Compiled] = OrderedDict()
_lock = threading.Lock()


def _compiled(key: Hashable, schema: Schema) -> _Compiled:
    compiled = _kept.get(key)
    if compiled is None:
        compiled = _compile(schema)
        with _lock:
            _kept[key] = compiled
            while len(_kept) > MOST_COMPILED:
                _kept.popitem(last=False)
    return compiled


def _compile(schema: Schema) -> _Compiled:
    part = _without_rules(schema)
    return _Compiled(
        weight=complexity.weight_of(schema),
        whole=[_Check(schema, engine.compile_schema(schema))],
        part=[_Check(part, engine.compile_schema(part)), *_rules(schema)],
    )


_NOT_OF_A_PART = {"required", "dependentRequired", "minProperties"}
_NOT_OF_A_PART |= {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"}


def _without_rules(schema: Schema) -> Schema:
    return {keyword: value for keyword, value in schema.items() if keyword not in _NOT_OF_A_PART}


def _rules(schema: Schema) -> list[_Check]:
    """Each rule with what it may refer to; fields that come along so are found wrong once only."""
    referable: Schema = {key: schema[key] for key in ("$defs", "definitions", "properties") if key in schema}
    checks = []
    for rule in rules_of(schema):
        part: Schema = {**referable, **rule.schema}
        checks.append(_Check(part, engine.compile_schema(part), rule.names))
    return checks
