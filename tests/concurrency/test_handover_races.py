"""People at once: one claim, one answer, one end; and the race shows when its guard is taken out."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from apps.actors.actor import Actor
from apps.actors.models import Team
from apps.actors.references import actor_of_user
from apps.core.errors import Conflict, TaskHubError
from apps.tasks import services
from apps.tasks.models import Handover, Receipt, Task
from apps.tasks.services.handovers import answer
from tests.automation.conftest import MakeTask
from tests.factories import make_team, make_user

from .test_races import at_once

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
ROUNDS = 10


@pytest.fixture
def crew() -> list[Actor]:
    team: Team = make_team("crew")
    return [actor_of_user(make_user(f"crew{number}", team)) for number in range(6)]


def ask(actor: Actor, task: Task) -> Handover:
    said = {"to": "team:crew", "fields": ["rows"], "actions": ["complete"]}
    return services.hand_over(actor, task.pk, said)


def tried(act: Callable[..., Any], *arguments: Any, **more: Any) -> Callable[[], str]:
    def run() -> str:
        try:
            act(*arguments, **more)
        except TaskHubError as error:
            return error.code
        return "won"

    return run


def test_one_of_many_claims(make_task: MakeTask, application_actor: Actor, crew: list[Actor]) -> None:
    for _ in range(ROUNDS):
        handover = ask(application_actor, make_task())
        said = at_once(*[tried(services.claim_handover, actor, handover.pk) for actor in crew])
        assert sorted(said) == ["conflict"] * (len(crew) - 1) + ["won"]
        assert Handover.objects.get(pk=handover.pk).state == "claimed"


def test_takers_of_the_next_never_get_the_same(
    make_task: MakeTask, application_actor: Actor, crew: list[Actor]
) -> None:
    for _ in crew:
        ask(application_actor, make_task())
    got = at_once(*[lambda actor=actor: services.take_next(actor).pk for actor in crew])
    assert len(set(got)) == len(crew)


def test_an_answer_or_a_withdrawal_never_both(make_task: MakeTask, application_actor: Actor, crew: list[Actor]) -> None:
    for _ in range(ROUNDS):
        handover = ask(application_actor, make_task())
        submit = tried(services.submit_handover, crew[0], handover.pk, action="complete", fields={"rows": 1})
        said = at_once(submit, tried(services.withdraw_handover, application_actor, handover.pk))
        assert sorted(said) == ["conflict", "won"]
        found, task = Handover.objects.get(pk=handover.pk), Task.objects.get(pk=handover.task_id)
        ends = {"submitted": ("complete", 1, True), "withdrawn": ("new", None, False)}
        assert (task.status, task.fields.get("rows"), Receipt.objects.filter(handover=found).exists()) == ends[
            found.state
        ]


def test_without_the_guard_both_would_end_it(
    make_task: MakeTask, application_actor: Actor, crew: list[Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: a claim that trusts what it read is stopped by its conditional update alone."""
    handover = ask(application_actor, make_task())
    read = Handover.objects.get(pk=handover.pk)
    services.claim_handover(crew[0], handover.pk)
    lock, change = answer.lock_open, answer.change
    monkeypatch.setattr(answer, "lock_open", lambda *given: (lock(*given)[0], copy.copy(read)))
    with pytest.raises(Conflict):
        services.claim_handover(crew[1], handover.pk)
    monkeypatch.setattr(
        answer,
        "change",
        lambda permissions, handover, expected, **columns: change(
            permissions, handover, ["open", "claimed"], **columns
        ),
    )
    services.claim_handover(crew[1], handover.pk)
    assert Handover.objects.get(pk=handover.pk).claimed_by_id == crew[1].id
    connection.close()
