"""How long a failed execution waits before it is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.automation.functions import retry_policy

GROWING = {"backoff": {"initial": 1, "factor": 3, "max": 20, "jitter": False}}
SHAKEN = {"backoff": {"initial": 4, "factor": 2, "max": 100, "jitter": True}}

DELAYS: list[tuple[dict | None, int, float, float]] = [
    # policy, retry number, random, delay
    (None, 1, 0.0, 2),
    ({}, 2, 0.0, 5),
    ({}, 3, 0.0, 10),
    ({}, 99, 0.0, 10),
    ({"delays": [7]}, 3, 0.0, 7),
    ({"delays": [0, 0.5]}, 2, 0.0, 0.5),
    ({"delays": []}, 1, 0.0, 2),
    (GROWING, 1, 0.9, 1),
    (GROWING, 3, 0.9, 9),
    (GROWING, 4, 0.9, 20),
    (GROWING, 10_000, 0.9, 20),
    (SHAKEN, 1, 0.0, 2),
    (SHAKEN, 1, 0.5, 3),
    (SHAKEN, 3, 0.0, 8),
    (SHAKEN, 20, 0.5, 75),
    ({"backoff": {}}, 1, 0.0, 1),
    ({"backoff": {"jitter": False}}, 50, 0.0, 600),
]

WISHES = [
    (None, 2),
    (1, 2),
    (30, 30),
    (0.5, 2),
    (10**9, 86_400),
    (-5, 2),
    ("60", 2),
    (True, 2),
    (float("nan"), 2),
]


@pytest.mark.parametrize(("policy", "number", "random", "seconds"), DELAYS)
def test_delay(policy: dict | None, number: int, random: float, seconds: float) -> None:
    assert retry_policy.delay(policy, number, lambda: random) == seconds


@pytest.mark.parametrize(("wish", "seconds"), WISHES)
def test_an_error_may_ask_for_longer_but_not_for_ever(wish: object, seconds: float) -> None:
    assert retry_policy.delay({}, 1, lambda: 0.0, retry_after_seconds=wish) == seconds


@given(st.integers(0, 10**6), st.floats(0, 1, exclude_max=True))
def test_jitter_stays_between_half_and_all(number: int, random: float) -> None:
    steady = retry_policy.delay({"backoff": {**SHAKEN["backoff"], "jitter": False}}, number, lambda: random)
    assert steady / 2 <= retry_policy.delay(SHAKEN, number, lambda: random) <= steady
