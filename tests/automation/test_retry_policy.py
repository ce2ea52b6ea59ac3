"""Which retry policies a function may have."""

import pytest

from apps.automation.functions.retry_policy import DEFAULTS, RETRY_POLICY, read_retry_policy
from apps.core.body import Body
from apps.core.shapes import Object

SHAPE = Object({"retry_policy": RETRY_POLICY}, drops_null=True)

GROWING = {"backoff": {"initial": 1, "factor": 3, "max": 20, "jitter": False}}
SHAKEN = {"backoff": {"initial": 4, "factor": 2, "max": 100, "jitter": True}}

GOOD = [
    {},
    DEFAULTS,
    {"enabled": True, "max_retries": 0},
    GROWING,
    SHAKEN,
    {"errors_to_retry": ["timeout"]},
]

WRONG: list[tuple[object, str]] = [
    ([], ""),
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
    body = Body({"retry_policy": policy}, SHAPE)
    read_retry_policy(body)
    assert body.problems == []


@pytest.mark.parametrize(("policy", "pointer"), WRONG)
def test_a_wrong_policy_is_refused_with_its_place(policy: object, pointer: str) -> None:
    body = Body({"retry_policy": policy}, SHAPE)
    read_retry_policy(body)
    assert [problem.pointer for problem in body.problems] == ["/retry_policy" + pointer]
