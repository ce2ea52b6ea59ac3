"""What validation costs: measured in CPU, for schemas and values that are made to be slow."""

import random
import time
from typing import Any

import pytest

from apps.containers import schema
from apps.core.errors import Invalid

ONE_VALIDATION = 0.3
"""Seconds: three times what `validation.MOST_WORK` stands for, since the machine of the tests may be shared."""


def cost_of(field: dict[str, Any], value: Any) -> float | None:
    """CPU seconds of one validation; None if the schema is refused at publish."""
    try:
        accepted = schema.accept({"type": "object", "properties": {"a": field}})
    except Invalid:
        return None
    key = object()
    schema.validate(key, accepted, {})
    began = time.process_time()
    schema.validate(key, accepted, {"a": value})
    return time.process_time() - began


REFUSED = [
    {"type": "string", "pattern": "(x{1,50}){1,50}y"},
    {"type": "object", "patternProperties": {"(x{1,50}){1,50}y": {}}},
    {"type": "object", "propertyNames": {"pattern": "(x{1,50}){1,50}y"}},
]


@pytest.mark.parametrize("field", REFUSED)
def test_pattern_of_many_states_is_refused_wherever_it_stands(field: dict[str, Any]) -> None:
    assert cost_of(field, "x") is None


TEXT = "x" * 300_000
COSTLY: list[tuple[dict[str, Any], Any]] = [
    ({"type": "string", "pattern": "(x{1,20}){1,20}y"}, TEXT),
    ({"type": "string", "pattern": "(x|xx|xxx){1,80}y"}, TEXT),
    ({"type": "string", "pattern": r"\p{L}{1,400}y"}, TEXT),
    ({"type": "string", "format": "email"}, TEXT),
    ({"type": "string", "format": "uri"}, "http://" + TEXT),
    ({"type": "string", "format": "hostname"}, "a." * 150_000),
    ({"type": "string", "format": "idn-hostname"}, "ü." * 100_000),
    ({"type": "string", "enum": [f"{number}" * 5 for number in range(2000)]}, TEXT),
    ({"type": "array", "uniqueItems": True}, [[number] for number in range(50_000)]),
    ({"type": "array", "uniqueItems": True}, [{"a": {"b": number}} for number in range(20_000)]),
    ({"type": "array", "items": {"enum": [f"{number}" for number in range(2000)]}}, ["zz"] * 50_000),
    ({"type": "object", "propertyNames": {"pattern": "(x{1,20}){1,20}y"}}, {f"x{n}": 1 for n in range(30_000)}),
    ({"type": "object", "patternProperties": {"(x{1,20}){1,20}y": {}}}, {f"x{n}": 1 for n in range(30_000)}),
    ({"type": "array", "contains": {"pattern": "(x{1,20}){1,20}y"}}, ["x" * 100] * 5000),
]


@pytest.mark.parametrize(("field", "value"), COSTLY)
def test_validation_keeps_within_its_budget(field: dict[str, Any], value: Any) -> None:
    cost = min(cost_of(field, value) or 0.0 for _again in range(2))
    assert cost < ONE_VALIDATION


def random_field(dice: random.Random, depth: int = 0) -> dict[str, Any]:
    kind = dice.choice(["pattern", "enum", "array", "object", "allOf", "anyOf"] if depth < 3 else ["pattern", "enum"])
    inner = random_field(dice, depth + 1) if kind not in ("pattern", "enum") else {}
    return {
        "pattern": {"type": "string", "pattern": f"(x{{1,{dice.randrange(1, 40)}}}|y){{1,{dice.randrange(1, 40)}}}z"},
        "enum": {"enum": [f"{number}" for number in range(dice.randrange(1, 500))]},
        "array": {"type": "array", "items": inner, "uniqueItems": dice.random() < 0.3},
        "object": {"type": "object", "additionalProperties": inner},
        "allOf": {"allOf": [inner] * dice.randrange(1, 6)},
        "anyOf": {"anyOf": [inner] * dice.randrange(1, 6)},
    }[kind]


def random_value(dice: random.Random, depth: int = 0) -> Any:
    kind = dice.randrange(3) if depth < 3 else 0
    size = dice.choice([1, 10, 100, 1000]) // (depth + 1) + 1
    if kind == 0:
        return "xy"[dice.randrange(2)] * dice.choice([10, 1000, 30_000])
    if kind == 1:
        return [random_value(dice, depth + 2)] * size
    return dict.fromkeys((f"k{number}" for number in range(size)), random_value(dice, depth + 2))


@pytest.mark.long
def test_no_schema_made_at_random_exceeds_its_budget() -> None:
    dice = random.Random(11)
    worst = max(cost_of(random_field(dice), random_value(dice)) or 0.0 for _number in range(10_000))
    assert worst < ONE_VALIDATION
