"""Evil schemas, patterns and values: refused, or harmless. Work is bounded before it is done."""

import time

import pytest

from apps.containers import schema
from apps.containers.schema import complexity, patterns
from apps.core import budgets
from apps.core.errors import Invalid


def field(subschema: object, **more: object) -> dict:
    return {"type": "object", "properties": {"a": subschema}, **more}


def nested(levels: int, wrap: str) -> dict:
    inner: dict = {"type": "string"}
    for _level in range(levels):
        inner = {wrap: [inner]}
    return inner


def doubling(steps: int) -> dict:
    """Each definition checks its place twice by the next one."""
    defs: dict = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(steps)}
    return {**defs, f"d{steps}": {"type": "integer"}}


def doubling_below(label: str) -> dict:
    """A recursion that checks the same place one level down twice."""
    again = {label: {"x": {"$ref": "#/$defs/d0"}}} if label == "properties" else {label: {"$ref": "#/$defs/d0"}}
    return {"d0": {"anyOf": [again, again]}}


EVIL = {
    "a megabyte": field({"description": "x" * 1_000_000}),
    "many parts": field({"anyOf": [{}] * 600}),
    "many fields": {"type": "object", "properties": {f"f{n}": {} for n in range(600)}},
    "deep anyOf": field(nested(200, "anyOf")),
    "deep properties": field(nested(40, "prefixItems")),
    "a loop": field({"$ref": "#/$defs/d0"}, **{"$defs": {"d0": {"$ref": "#/$defs/d0"}}}),
    "a loop of two": field(
        {"$ref": "#/$defs/x"}, **{"$defs": {"x": {"not": {"$ref": "#/$defs/y"}}, "y": {"$ref": "#/$defs/x"}}}
    ),
    "doubling": field({"$ref": "#/$defs/d0"}, **{"$defs": doubling(18)}),
    "doubling members": field({"$ref": "#/$defs/d0"}, **{"$defs": doubling_below("properties")}),
    "doubling items": field({"$ref": "#/$defs/d0"}, **{"$defs": doubling_below("items")}),
    "doubling others": field({"$ref": "#/$defs/d0"}, **{"$defs": doubling_below("additionalProperties")}),
    "many patterns": field({"allOf": [{"pattern": f"^a{n}"} for n in range(200)]}),
    "heavy patterns": field({"allOf": [{"pattern": rf"^\p{{L}}{{1,{n}}}$"} for n in range(190, 200)]}),
}

RUN_FOR_EVER_ELSEWHERE = [
    r"^(a+)+$", r"^(a*)*$", r"^(a|a)*$", r"^(a|aa)+$", r"^(\w+\s?)*$", r"^(.*,)*$", r"(x+x+)+y", r"^(a?b?)*$",
    r"^((a+)b?)+$", r"^(\d+|[0-9]+x?)*$", r"^(a+){10}$", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"^([0-9a-f]{1,2})*$",
]  # fmt: skip

DO_NOT_COMPILE = [r"(?=a)b", r"(?<!a)b", r"(a)\1", "[", "(", "*", "(a{1000}){1000}", "a{1,1000}{1,1000}", r"\Z"]

TOO_MANY_STATES = [
    "(x{1,50}){1,50}y", "(x{1,20}){1,20}" * 2, "x{501}", "x{501,}", "((a|b){1,30}?){1,30}", "(?:x{1,50}){ 1 , 50 }y",
    "(?<n>x{1,50}){1,50}", "x{50}{50}", "[[](x{1,50}){1,50}[]]", r"[\]](x{1,50}){1,50}[\]]", r"([à-ÿ]{1,9}\)){1,90}",
]  # fmt: skip

FINE = [
    r"^[a-z0-9]+(-[a-z0-9]+)*$", r"^\d{4}-\d{2}-\d{2}$", r"^([0-9a-f]{2})*$", r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    r"^(?:[01]\d|2[0-3]):[0-5]\d$", r"^[\p{L}\p{N} .-]{1,200}$", r"^(\d{1,3}\.){3}\d{1,3}$", r"^(a|b)*$",
    r"^https?://[^\s/]+(/[^\s]*)?$", r"^\$?\d{1,3}(,\d{3})*(\.\d{2})?$", r"^[]a]+$", r"^(?<year>\d+)-x$", r"^a*a*$",
    r'^("[^"]*"|[^",]+)(,("[^"]*"|[^",]+))*$', r"^[\w-]+$", r"^([a-zA-Z0-9]+\.)+[a-z]{2,}$", r"^(ab|cd|ef)+$", "",
]  # fmt: skip


@pytest.mark.parametrize("name", EVIL)
def test_an_evil_schema_is_refused_soon(name: str) -> None:
    started = time.process_time()
    with pytest.raises(Invalid):
        schema.accept(EVIL[name])
    assert time.process_time() - started < 5  # a guard against running for ever, not a measurement


@pytest.mark.parametrize("pattern", RUN_FOR_EVER_ELSEWHERE)
def test_a_pattern_that_backtracking_engines_run_for_ever_on_is_answered_soon(pattern: str) -> None:
    accepted = schema.accept(field({"pattern": pattern}))
    started = time.process_time()
    for text in ("a" * 20_000 + "!", "x" * 20_000 + "!", "0a" * 10_000 + "!", "a," * 10_000 + "!"):
        schema.validate(pattern, accepted, {"a": text})
    assert time.process_time() - started < 2  # a guard against running for ever, not a measurement


@pytest.mark.parametrize("pattern", TOO_MANY_STATES)
def test_a_pattern_whose_automaton_is_large_is_refused(pattern: str) -> None:
    assert "states" in (patterns.why_refused(pattern) or "")


def test_free_spacing_cannot_hide_what_a_pattern_repeats() -> None:
    assert patterns.why_refused("(?x)#[\n(x{1,50}){1,50}#]")
    assert patterns.why_refused("(?ix: a b )")


@pytest.mark.parametrize(
    ("pattern", "states"),
    [("", 0), ("^a$", 1), ("a{0}", 1), ("a{3}", 3), ("a{2,5}?", 5), ("a{2,}b*", 3), ("(ab|c){4}", 16), ("[a{9}]", 1),
     ("((ab){2}){3}", 12), (r"\{9\}", 3), (r"\p{L}{9}", 9), ("(?i)a{2}", 2), ("(?:a(?<n>b)){2}", 4), ("[]{9]", 1)],
)  # fmt: skip
def test_states_are_counted_with_repetitions_multiplied_out(pattern: str, states: int) -> None:
    assert patterns.why_refused(pattern) is None
    assert patterns.states_of(pattern) == states


def test_a_pattern_never_runs_on_a_text_that_is_too_long_for_it() -> None:
    accepted = schema.accept(field({"pattern": "(x{1,20}){1,20}y"}))
    assert not schema.validate("short", accepted, {"a": "x" * 1_000 + "y"})
    assert not schema.validate("short", accepted, {"a": 7})
    started = time.process_time()
    (problem,) = schema.validate("short", accepted, {"a": "x" * 900_000 + "y"})
    assert time.process_time() - started < 0.5  # a guard, not a measurement
    assert (problem.pointer, problem.code, problem.detail) == ("/a", "maxLength", "Must have at most 1246 characters.")


def test_an_accepted_schema_with_a_large_pattern_from_before_is_harmless() -> None:
    old = {**field({"pattern": "(x{1,50}){1,50}y"}), "additionalProperties": False}
    started = time.process_time()
    (problem,) = schema.validate("old", old, {"a": "x" * 300_000})
    assert time.process_time() - started < 2  # a guard, not a measurement
    assert problem.code == "maxLength"


@pytest.mark.parametrize("pattern", DO_NOT_COMPILE)
def test_a_pattern_that_does_not_compile_is_refused(pattern: str) -> None:
    assert "compile" in (patterns.why_refused(pattern) or "")


@pytest.mark.parametrize("pattern", FINE)
def test_an_everyday_pattern_is_taken(pattern: str) -> None:
    assert patterns.why_refused(pattern) is None


def test_a_long_pattern_is_refused() -> None:
    assert patterns.why_refused("a" * 1001)


def test_weight_counts_what_checks_one_place() -> None:
    assert complexity.weight_of({"properties": {"a": {"anyOf": [{}, {}, {}]}, "b": {}}}) == 4


VALUES = {
    "unique items": (field({"type": "array", "uniqueItems": True}), list(range(100_000))),
    "a hundred thousand wrong items": (field({"items": {"type": "string"}}), [1] * 100_000),
    "many branches, many items": (field({"items": {"anyOf": [{"const": n} for n in range(400)]}}), [-1] * 100_000),
    "a long text, many patterns": (field({"allOf": [{"pattern": f"a{n}$"} for n in range(90)]}), "a" * 900_000),
    "deep": (field({"$ref": "#/$defs/d"}, **{"$defs": {"d": {"items": {"$ref": "#/$defs/d"}}}}), [[[[[[[[]]]]]]]]),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_large_value_is_answered_within_its_budget(name: str) -> None:
    taken, value = VALUES[name]
    accepted = schema.accept(taken)
    started = time.process_time()
    problems = schema.validate(name, accepted, {"a": value})
    assert time.process_time() - started < 2  # a guard, not a measurement
    assert len(problems) <= budgets.PROBLEMS_LISTED


def test_a_value_over_the_budget_is_a_problem_of_its_own() -> None:
    accepted = schema.accept(field({"items": {"anyOf": [{"const": n} for n in range(400)]}}))
    (problem,) = schema.validate("over", accepted, {"a": [-1] * 100_000}, at="/fields")
    assert (problem.pointer, problem.code) == ("/fields", "too_large")
