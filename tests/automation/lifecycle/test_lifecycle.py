"""Model and system agree after every step of random sequences.

A run prints its seed; LIFECYCLE_SEED repeats it and then looks for the shortest sequence that shows the same.
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
from apps.automation import failures
from apps.automation.queue import outcomes
from apps.containers.models import Container

from .machine import Lifecycle, push

pytestmark = pytest.mark.django_db
REPEATED = os.environ.get("LIFECYCLE_SEED")
MINUTES = float(os.environ.get("LIFECYCLE_MINUTES", "10"))
AT_A_TIME = 200


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
    return f"\nlifecycle: {made}, seed {seed}"


def test_system_is_as_the_model(machine: type[Lifecycle], capsys: Any) -> None:
    seed = a_seed()
    try:
        run(machine, seed, sequences=20, length=25)
    finally:
        with capsys.disabled():
            sys.stdout.write(told(machine, seed))


@pytest.mark.long
def test_system_is_as_the_model_for_long(machine: type[Lifecycle], capsys: Any) -> None:
    first, end = a_seed(), time.monotonic() + MINUTES * 60
    seed = first
    while time.monotonic() < end:
        try:
            run(machine, seed, sequences=AT_A_TIME, length=40)
        finally:
            with capsys.disabled():
                sys.stdout.write(told(machine, seed))
        seed += 1


BREAKS = {
    "a lease that was superseded is taken": (outcomes, "_repeated", lambda *_: None),
    "errors are never retried": (failures, "is_retried", lambda *_: False),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_broken_system_is_found_out(machine: type[Lifecycle], monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    monkeypatch.setattr(*BREAKS[broken])
    with pytest.raises(AssertionError):
        run(machine, 7, sequences=100, length=40)
