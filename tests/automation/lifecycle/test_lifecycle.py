"""Model and system agree after every step of random sequences.

A run prints its seed; LIFECYCLE_SEED repeats it and then looks for the shortest sequence that shows the same. The long
run has LIFECYCLE_SEQUENCES sequences.
"""

import os
import random
import sys
import time
from collections import Counter
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from apps.actors.actor import Actor
from apps.automation.functions import retry_policy
from apps.automation.queue import outcomes
from apps.containers.models import Container
from apps.tasks.lifecycle import edges

from .machine import Lifecycle, push

pytestmark = pytest.mark.django_db
REPEATED = os.environ.get("LIFECYCLE_SEED")
SEQUENCES = int(os.environ.get("LIFECYCLE_SEQUENCES", "2000"))
AT_A_TIME = 200
ENOUGH = 1000
"""Sequences in which every change of status comes about."""
REACHABLE = {(before, after) for before, after in edges() if after != "aborted"}
"""All of the lifecycle but the end of a run."""


@pytest.fixture
def machine(kind: object, container: Container, application_actor: Actor, member_actor: Actor) -> type[Lifecycle]:
    push(application_actor)
    cast: dict[str, Any] = {
        "application": application_actor,
        "member": member_actor,
        "container": container.slug,
        "edges": Counter(),
    }
    return type("Lifecycle", (Lifecycle,), cast)


def run(machine: type[Lifecycle], seed: int, *, sequences: int, length: int) -> None:
    phases = [Phase.generate, Phase.shrink] if REPEATED else [Phase.generate]
    profile = settings(
        max_examples=sequences, stateful_step_count=length, deadline=None, database=None, report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck), phases=phases,
    )  # fmt: skip
    run_state_machine_as_test(hypothesis.seed(seed)(machine), settings=profile)


def a_seed() -> int:
    return int(REPEATED or random.randrange(2**32))


def told(machine: type[Lifecycle], seed: int) -> str:
    made = f"{machine.sequences} sequences, {machine.steps} steps, {len(machine.edges)} kinds of change"
    unseen = sorted(" to ".join(edge) for edge in REACHABLE - set(machine.edges))
    return f"\nlifecycle: {made}, seed {seed}, unseen: {', '.join(unseen) or 'none'}"


def test_system_is_as_the_model(machine: type[Lifecycle], capsys: Any) -> None:
    seed = a_seed()
    try:
        run(machine, seed, sequences=20, length=25)
    finally:
        with capsys.disabled():
            sys.stdout.write(told(machine, seed))


@pytest.mark.long
def test_system_is_as_the_model_for_long(machine: type[Lifecycle], capsys: Any) -> None:
    """A new seed after every AT_A_TIME sequences: what is repeated is short."""
    seed, start = a_seed(), time.monotonic()
    try:
        while machine.sequences < SEQUENCES:
            run(machine, seed, sequences=min(AT_A_TIME, SEQUENCES - machine.sequences), length=40)
            seed += 1
    finally:
        with capsys.disabled():
            sys.stdout.write(f"{told(machine, seed)}, {time.monotonic() - start:.0f} s")
    assert SEQUENCES < ENOUGH or set(machine.edges) >= REACHABLE


BREAKS = {
    "another outcome of a lease that has ended is taken": (outcomes, "digest_of", lambda value: bytes(32)),
    "errors are never retried": (retry_policy, "is_retried", lambda *_: False),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_broken_system_is_found_out(machine: type[Lifecycle], monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    monkeypatch.setattr(*BREAKS[broken])
    with pytest.raises(AssertionError):
        run(machine, 7, sequences=100, length=40)
