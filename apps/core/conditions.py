"""Conditions and computed values: CEL, type-checked when it is pushed, bounded when it runs.

Nothing here knows what a task is: the caller names the variables and gives plain JSON. An expression that could
be costly is refused by what it is (length, nesting, patterns that are not literals) or by what it is given (the size of
its variables): before it runs, since nothing can stop it then.
"""

import re
import time
from collections.abc import Collection, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from cel_expr_python import cel

from .body import is_plain
from .budgets import (
    EXPRESSION_CHARACTERS,
    EXPRESSION_NANOSECONDS,
    EXPRESSION_PATTERN_STATES,
    EXPRESSION_RESULT_CHARACTERS,
    EXPRESSION_RESULT_NODES,
    LARGEST_NUMBER,
    PAGE_SECONDS,
)
from .patterns import byte_states_of
from .timestamps import format_timestamp

VARIABLES = ("task", "fields", "input", "actor", "event", "run")
"""Each is an object; `now` is a timestamp besides."""
MOST_ITERATIONS = 10_000
"""What CEL itself allows all loops of an evaluation together."""

LITERAL = re.compile(
    r"""[rRbB]{0,2}(\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|//[^\n]*""", re.DOTALL
)
MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(")
BUILDING = re.compile(r"\.\s*(?:map|filter)\s*\(")
SEARCHING = re.compile(r"\bcontains\s*\(")
MATCHES = re.compile(r"(\.\s*)?\bmatches\s*\(\s*(\)?)")
NAMED = re.compile(r"(?<![\w.])(" + "|".join((*VARIABLES, "now")) + r")\b(?:\s*\.\s*([A-Za-z_]\w*))?")
PLACE = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): ([^\n]*)")


class ConditionError(Exception):
    """An expression that is wrong, or cannot be evaluated with what it was given. `line` and `column` count from 1."""

    def __init__(self, detail: str, *, line: int | None = None, column: int | None = None) -> None:
        self.detail, self.line, self.column = detail, line, column
        self.is_absence = "Key not found in map" in detail or "null_type" in detail
        """Whether a value is just not there yet: the usual reason why a condition does not hold."""
        super().__init__(f"{detail} (line {line}, column {column})" if line else detail)


@dataclass(frozen=True)
class Program:
    """A compiled expression, and what is known of it without running it."""

    compiled: Any
    kind: str
    names: frozenset[tuple[str, str]]
    members: Mapping[str, frozenset[str]]
    """The members of each variable that it reads; none if it reads the whole."""
    loops: int
    nested: int
    """How deep loops stand in each other."""
    joints: int
    """Operators and commas that make things longer."""
    building: int
    """Loops that make lists: their cost grows with the square of the length."""
    searching: int
    pattern_states: int
    """Of all patterns together."""
    patterns: int
    characters: int

    @property
    def growth(self) -> int:
        """How many times the size of its variables an evaluation may become, at worst."""
        return int((self.joints + 1) ** max(1, self.loops))

    def cost(self, size: int, longest: int) -> int:
        """Nanoseconds that an evaluation may take at worst, given the bytes of its variables and their longest list.

        The factors are measured: what CEL takes for a byte, an iteration, a copied item, a state of a pattern.
        """
        longest = longest * (self.joints + 1) + self.joints + 2
        turns = int(min(MOST_ITERATIONS, self.loops * longest**self.nested))
        each = max(1, turns)
        return (
            60 * size * self.growth
            + turns * (300 + 60 * self.characters + 3 * size * self.growth)
            + self.building * 40 * min(MOST_ITERATIONS, longest) ** 2 * max(1, self.nested)
            + self.searching * each * size**2 // 40
            + each * (100_000 * self.patterns + self.pattern_states * (40_000 + size))
        )


def check(source: object, variables: Mapping[str, Collection[str] | None], *, boolean: bool = True) -> Program:
    """Parse and type-check. Raises ConditionError with the place.

    `variables` are those that there are, each with the names that it has (None: any). With `boolean` the result
    must be true or false (or not be known before it runs).
    """
    if not isinstance(source, str) or not source.strip():
        raise ConditionError("An expression is a text.")
    if not is_plain(source):
        raise ConditionError("An expression has no characters that cannot be stored.")
    if len(source) > EXPRESSION_CHARACTERS:
        raise ConditionError(f"An expression has at most {EXPRESSION_CHARACTERS} characters.")
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
    match = re.search(rf"(?<![\w.]){wanted}\b", _without_literals(source))
    before = source[: match.start()] if match else ""
    return {"line": before.count("\n") + 1, "column": len(before) - (before.rfind("\n") + 1) + 1}


def evaluate(source: str, context: Mapping[str, Any]) -> object:
    """The value, as plain JSON (timestamps are texts). Raises ConditionError if anything goes wrong."""
    program = _compile(source)
    given = {name: _used(context.get(name), members) for name, members in program.members.items()}
    try:
        plain = orjson.dumps(given)
    except (TypeError, orjson.JSONEncodeError) as error:
        raise ConditionError(f"Only plain JSON can be given to an expression: {error}") from None
    if program.cost(len(plain), _longest(given)) > EXPRESSION_NANOSECONDS:
        raise ConditionError("The expression could take too long, or become too large, with these values.")
    data = {name: value or {} for name, value in orjson.loads(plain).items()} | {
        "now": context.get("now") or datetime.now(UTC)
    }
    try:
        value = program.compiled.eval(data=data)
    except (RuntimeError, ValueError, TypeError, OverflowError) as error:
        raise ConditionError(_words(error)) from None
    return _Reading().plain(value)


def _longest(value: object) -> int:
    """The length of the longest list or object in a value."""
    level, longest = [value], 0
    while level:
        items = [item for item in level if isinstance(item, dict | list | tuple)]
        longest = max([longest, *map(len, items)])
        level = [inner for item in items for inner in (item.values() if isinstance(item, dict) else item)]
    return longest


def _used(variable: object, members: frozenset[str]) -> object:
    """The members of a variable that the expression names: the size of the others costs nothing."""
    if members and isinstance(variable, Mapping):
        return {name: variable[name] for name in members if name in variable}
    return variable


def holds(source: str, context: Mapping[str, object]) -> bool:
    """Whether a condition is true. Raises ConditionError, also if it is neither true nor false."""
    value = evaluate(source, context)
    if not isinstance(value, bool):
        raise ConditionError("A condition is true or false; this gave another value.")
    return value


class Allowance:
    """CPU that the conditions of one page may take together; what comes after is not evaluated."""

    def __init__(self, seconds: float = PAGE_SECONDS) -> None:
        self.left = seconds

    def holds(self, source: str, context: Mapping[str, object]) -> bool:
        """As `holds`."""
        if self.left <= 0:
            raise ConditionError("The conditions of this page take too long together.")
        began = time.thread_time()
        try:
            return holds(source, context)
        finally:
            self.left -= time.thread_time() - began


_allowance: ContextVar[Allowance | None] = ContextVar("allowance", default=None)


def begin_page(**_signal: object) -> None:
    """A request begins: what it shows shares one allowance."""
    _allowance.set(Allowance())


def end_page(**_signal: object) -> None:
    """The request has ended."""
    _allowance.set(None)


def allowance() -> Allowance:
    """That of the page that is made now; outside of requests a new one."""
    return _allowance.get() or Allowance()


@lru_cache(maxsize=2000)
def _compile(source: str) -> Program:
    bare = _without_literals(source)
    patterns = list(_patterns(source, bare))
    try:
        compiled = _environment().compile(source)
    except (RuntimeError, ValueError, TypeError) as error:
        raise _refusal(error) from None
    states = sum(map(byte_states_of, patterns))
    if states > EXPRESSION_PATTERN_STATES:
        raise ConditionError(f"The patterns of an expression have at most {EXPRESSION_PATTERN_STATES} states together.")
    names = frozenset((match[1], match[2] or "") for match in NAMED.finditer(bare))
    used = {name: frozenset(member for other, member in names if other == name) for name, _member in names}
    loops = len(MACRO.findall(bare))
    return Program(
        compiled=compiled,
        kind=compiled.return_type().name(),
        names=names,
        members={name: frozenset() if "" in members else members for name, members in used.items() if name != "now"},
        loops=loops,
        nested=_nesting(bare),
        joints=max(0, len(re.findall(r"[+,\[{]", bare)) - loops),
        building=len(BUILDING.findall(bare)),
        searching=len(SEARCHING.findall(bare)),
        pattern_states=states,
        patterns=len(patterns),
        characters=len(source),
    )


def _patterns(source: str, bare: str) -> Iterator[str]:
    """The patterns of all calls of `matches`. Raises ConditionError for one that is not a literal, or no pattern."""
    for call in MATCHES.finditer(bare):
        inside = source[source.index("(", call.start()) + 1 : call.end() - 1].strip()
        literal = LITERAL.fullmatch(inside)
        if not call[1] or not call[2] or literal is None or inside.startswith("//"):
            before = source[: call.start()]
            place = {"line": before.count("\n") + 1, "column": call.start() - (before.rfind("\n") + 1) + 1}
            raise ConditionError("Write a pattern as a literal: text.matches('pattern').", **place)
        yield _literal(inside)


def _literal(text: str) -> str:
    """The value of a literal that is a pattern. Raises ConditionError if it is none."""
    try:
        trial = _environment().compile(f"''.matches({text})").eval(data={})
        if trial.type().name() != "BOOL":
            raise ConditionError(_words(trial.plain_value()))
        return str(_environment().compile(text).eval(data={}).plain_value())
    except (RuntimeError, ValueError, TypeError) as error:
        raise ConditionError(_words(error)) from None


def _nesting(bare: str) -> int:
    """How deep loops stand in each other: a call inside the parentheses of another."""
    begins = {match.end() - 1 for match in MACRO.finditer(bare)}
    open_calls: list[bool] = []
    deepest = 0
    for place, character in enumerate(bare):
        if character == "(":
            open_calls.append(place in begins)
            deepest = max(deepest, sum(open_calls))
        elif character == ")" and open_calls:
            open_calls.pop()
    return deepest


@lru_cache(maxsize=1)
def _environment() -> Any:
    object_ = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    return cel.NewEnv(variables={**dict.fromkeys(VARIABLES, object_), "now": cel.Type.TIMESTAMP})


def _without_literals(source: str) -> str:
    """The expression with the insides of its texts and comments blanked: places stay where they are."""
    return LITERAL.sub(lambda match: " " * len(match[0]), source)


def _refusal(error: Exception) -> ConditionError:
    match = PLACE.search(str(error))
    if match is None:
        return ConditionError(_words(error))
    line, column = int(match[1]), int(match[2])
    detail = match[3].removesuffix(" (in container '')").removesuffix(" [INVALID_ARGUMENT]")
    known = line > 0 and column > 0
    return ConditionError(detail, line=line if known else None, column=column if known else None)


def _words(error: object) -> str:
    """CEL's message without its codes."""
    text = re.sub(r"^[A-Z_]+: ?|\s*\[[A-Z_]+\]$", "", str(error).strip())
    return text.splitlines()[0][:300] if text else "The expression could not be evaluated."


class _Reading:
    """Turns one result into plain JSON, and stops where it becomes too large: lists may share what is in them."""

    def __init__(self) -> None:
        self.nodes, self.bytes = EXPRESSION_RESULT_NODES, EXPRESSION_RESULT_CHARACTERS

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
        if isinstance(value, str) and not is_plain(value):
            raise ConditionError("The result has characters that cannot be stored.")
        if isinstance(value, int | float) and not isinstance(value, bool) and not abs(value) <= LARGEST_NUMBER:
            raise ConditionError("The result is no number that JSON readers agree about.")
        if value is None or isinstance(value, bool | str | int):
            return value
        if isinstance(value, float):
            return value
        if isinstance(value, datetime):
            return format_timestamp(value)
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return {key: self.plain(item) for key, item in value.items()}
        raise ConditionError("The result is nothing that JSON can have.")
