"""Conditions and computed values: CEL, type-checked when it is pushed, bounded when it runs.

Nothing here knows what a task is: whoever asks names the variables and gives plain JSON. An expression that could
be costly is refused by what it is (length, nesting) or by what it is given (the size of its variables).
"""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from cel_expr_python import cel

from .body import is_plain

VARIABLES = ("task", "fields", "input", "actor", "event", "run")
"""Each is an object; `now` is a moment besides."""
MOST_CHARACTERS = 2000
# Bytes that an evaluation may touch, by the worst that its expression can make of what it is given.
MOST_WORK = 128 * 1024 * 1024
MOST_TURNS = 10_000
"""What CEL itself allows all loops of an evaluation together."""
MOST_NODES = 20_000
MOST_RESULT = 1024 * 1024

LITERAL = re.compile(
    r"""[rRbB]{0,2}(\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|//[^\n]*""", re.DOTALL
)
MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(")
NAMED = re.compile(r"(?<![\w.])(" + "|".join((*VARIABLES, "now")) + r")\b(?:\s*\.\s*([A-Za-z_]\w*))?")
PLACE = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): ([^\n]*)")


class ConditionError(Exception):
    """An expression that is wrong, or cannot be evaluated with what it was given. `line` and `column` count from 1."""

    def __init__(self, detail: str, *, line: int | None = None, column: int | None = None) -> None:
        self.detail, self.line, self.column = detail, line, column
        super().__init__(f"{detail} (line {line}, column {column})" if line else detail)


@dataclass(frozen=True)
class Program:
    """A compiled expression, and what is known of it without running it."""

    compiled: Any
    kind: str
    names: frozenset[tuple[str, str]]
    variables: frozenset[str]
    growth: int
    """How many times the size of its variables an evaluation may become, at worst."""
    loops: int
    joints: int
    """Operators and commas that make things longer."""


def check(source: object, variables: Mapping[str, Collection[str] | None], *, boolean: bool = True) -> Program:
    """Parse and type-check. Raises ConditionError with the place.

    `variables` are those that there are, each with the names that it has (None: any). With `boolean` the result
    must be true or false (or not be known before it runs).
    """
    if not isinstance(source, str) or not source.strip():
        raise ConditionError("An expression is a text.")
    if not is_plain(source):
        raise ConditionError("An expression has no characters that cannot be kept.")
    if len(source) > MOST_CHARACTERS:
        raise ConditionError(f"An expression has at most {MOST_CHARACTERS} characters.")
    program = _compile(source)
    for name, member in sorted(program.names):
        if name not in variables:
            raise ConditionError(f"There is no “{name}” here.", **_place(source, name))
        members = variables[name]
        if member and members is not None and member not in members:
            raise ConditionError(f"“{name}” has no “{member}”.", **_place(source, rf"{name}\s*\.\s*{member}"))
    if boolean and program.kind not in ("BOOL", "DYN"):
        raise ConditionError("A condition is true or false; this is of another type.", line=1, column=1)
    return program


def _place(source: str, wanted: str) -> dict[str, int]:
    found = re.search(rf"(?<![\w.]){wanted}\b", _without_literals(source))
    before = source[: found.start()] if found else ""
    return {"line": before.count("\n") + 1, "column": len(before) - (before.rfind("\n") + 1) + 1}


def evaluate(source: str, context: Mapping[str, Any]) -> Any:
    """The value, as plain JSON (moments are texts). Raises ConditionError for whatever goes wrong."""
    program = _compile(source)
    given = {name: context.get(name) for name in program.variables - {"now"}}
    try:
        plain = orjson.dumps(given)
    except (TypeError, orjson.JSONEncodeError) as error:
        raise ConditionError(f"Only plain JSON can be given to an expression: {error}") from None
    if len(plain) * program.growth * _turns(program, plain) > MOST_WORK:
        raise ConditionError("The expression could become too large with these values.")
    data = {name: value or {} for name, value in orjson.loads(plain).items()} | {
        "now": context.get("now") or datetime.now(UTC)
    }
    try:
        value = program.compiled.eval(data=data)
    except (RuntimeError, ValueError, TypeError, OverflowError) as error:
        raise ConditionError(_words(error)) from None
    return _Reading().plain(value)


def _turns(program: Program, plain: bytes) -> int:
    """How often its loops may turn: no list is longer than there are commas."""
    longest = plain.count(b",") + program.joints + 2
    return min(MOST_TURNS, longest**program.loops) if program.loops else 1


def holds(source: str, context: Mapping[str, Any]) -> bool:
    """Whether a condition is true. Raises ConditionError, also if it is neither true nor false."""
    value = evaluate(source, context)
    if not isinstance(value, bool):
        raise ConditionError("A condition is true or false; this gave another value.")
    return value


@lru_cache(maxsize=2000)
def _compile(source: str) -> Program:
    try:
        compiled = _environment().compile(source)
    except (RuntimeError, ValueError, TypeError) as error:
        raise _refusal(error) from None
    bare = _without_literals(source)
    names = frozenset((found[1], found[2] or "") for found in NAMED.finditer(bare))
    loops = len(MACRO.findall(bare))
    joints = max(0, len(re.findall(r"[+,\[{]", bare)) - loops)
    growth = (joints + 1) ** max(1, loops)
    used = frozenset(name for name, _member in names)
    return Program(compiled, compiled.return_type().name(), names, used, growth, loops, joints)


@lru_cache(maxsize=1)
def _environment() -> Any:
    object_ = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    return cel.NewEnv(variables={**dict.fromkeys(VARIABLES, object_), "now": cel.Type.TIMESTAMP})


def _without_literals(source: str) -> str:
    """The expression with the insides of its texts and comments blanked: places stay where they are."""
    return LITERAL.sub(lambda found: " " * len(found[0]), source)


def _refusal(error: Exception) -> ConditionError:
    found = PLACE.search(str(error))
    if found is None:
        return ConditionError(_words(error))
    line, column = int(found[1]), int(found[2])
    detail = found[3].removesuffix(" (in container '')").removesuffix(" [INVALID_ARGUMENT]")
    known = line > 0 and column > 0
    return ConditionError(detail, line=line if known else None, column=column if known else None)


def _words(error: object) -> str:
    """CEL's message without its codes."""
    text = re.sub(r"^[A-Z_]+: ?|\s*\[[A-Z_]+\]$", "", str(error).strip())
    return text.splitlines()[0][:300] if text else "The expression could not be evaluated."


class _Reading:
    """Turns one result into plain JSON, and stops where it becomes too large: lists may share what is in them."""

    def __init__(self) -> None:
        self.nodes, self.bytes = MOST_NODES, MOST_RESULT

    def plain(self, value: Any) -> Any:
        """Raises ConditionError for an error, for what JSON cannot have, and for too much."""
        kind = value.type().name()
        if kind in ("ERROR", "UNKNOWN"):
            raise ConditionError(_words(value.plain_value()))
        return self._plain(value.value())

    def _plain(self, value: Any) -> Any:
        self.nodes -= 1
        if isinstance(value, str):
            self.bytes -= len(value)
        if self.nodes < 0 or self.bytes < 0:
            raise ConditionError("The result is too large.")
        if value is None or isinstance(value, bool | str | int):
            return value
        if isinstance(value, float):
            return self._number(value)
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return {key: self.plain(item) for key, item in value.items()}
        raise ConditionError("The result is nothing that JSON can have.")

    def _number(self, value: float) -> float:
        if not math.isfinite(value):
            raise ConditionError("The result is no number.")
        return value
