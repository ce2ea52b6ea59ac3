"""How long a failed execution waits before it is tried again, and which policies can be kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import retry

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
    assert retry.delay(policy, number, lambda: random) == seconds


@pytest.mark.parametrize(("wish", "seconds"), WISHES)
def test_an_error_may_ask_for_longer_but_not_for_ever(wish: object, seconds: float) -> None:
    assert retry.delay({}, 1, lambda: 0.0, retry_after_seconds=wish) == seconds


@given(st.integers(0, 10**6), st.floats(0, 1, exclude_max=True))
def test_jitter_stays_between_half_and_all(number: int, random: float) -> None:
    steady = retry.delay({"backoff": {**SHAKEN["backoff"], "jitter": False}}, number, lambda: random)
    assert steady / 2 <= retry.delay(SHAKEN, number, lambda: random) <= steady


GOOD = [
    {},
    retry.DEFAULTS,
    {"enabled": True, "max_retries": 0},
    GROWING,
    SHAKEN,
    {"errors_to_retry": ["timeout"]},
]

WRONG: list[tuple[object, str]] = [
    ([], ""),
    (None, ""),
    ({"retries": 3}, "/retries"),
    ({"enabled": 1}, "/enabled"),
    ({"max_retries": -1}, "/max_retries"),
    ({"max_retries": 1.5}, "/max_retries"),
    ({"max_retries": True}, "/max_retries"),
    ({"errors_to_retry": "timeout"}, "/errors_to_retry"),
    ({"errors_to_retry": ["a", 1]}, "/errors_to_retry/1"),
    ({"delays": []}, "/delays"),
    ({"delays": [1, -2]}, "/delays/1"),
    ({"delays": [10**9]}, "/delays/0"),
    ({"delays": [1], "backoff": {}}, "/backoff"),
    ({"backoff": [1]}, "/backoff"),
    ({"backoff": {"factor": 0.5}}, "/backoff/factor"),
    ({"backoff": {"initial": "2"}}, "/backoff/initial"),
    ({"backoff": {"jitter": "yes"}}, "/backoff/jitter"),
    ({"backoff": {"base": 2}}, "/backoff/base"),
]


@pytest.mark.parametrize("policy", GOOD)
def test_a_sound_policy_is_kept(policy: dict) -> None:
    assert retry.validate_policy(policy) == []


@pytest.mark.parametrize(("policy", "pointer"), WRONG)
def test_a_wrong_policy_is_refused_with_its_place(policy: object, pointer: str) -> None:
    assert [problem.pointer for problem in retry.validate_policy(policy)] == [pointer]
