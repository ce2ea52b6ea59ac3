"""Nothing of a paused function is claimed or pushed; its tasks wait, and so does the clock of fail-over."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors import services as actors
from apps.actors.actor import SYSTEM, Actor
from apps.actors.models import Application, Team, User
from apps.actors.references import actor_of_user
from apps.automation import queue
from apps.automation.functions import pausing, services
from apps.automation.models import FailedExecution, Function
from apps.automation.push import executor
from apps.automation.queue import portable, sweeper
from apps.automation.queue.requests import read_claim
from apps.core.errors import Invalid, NotFound
from apps.events.models import Event
from apps.events.unit_of_work import unit_of_work
from apps.tasks.models import Task
from tests.factories import make_application

from .conftest import MakeTask

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_caches")]
REASON = "The mail server is down"


def claim(actor: Actor, **body: object) -> list[Any]:
    tasks: list[Any] = queue.claim(actor, {"functions": ["copy"], **body})["tasks"]  # type: ignore[assignment]
    return tasks


def events(type: str) -> list[Event]:
    return list(Event.objects.filter(type=type).order_by("id"))


def pause(actor: Actor, **more: Any) -> Function:
    return pausing.pause_function(actor, "copy", **{"reason": REASON, **more})


@pytest.mark.parametrize("limit", [None, 2])
@pytest.mark.parametrize("repeatable", [True, False])
def test_nothing_of_a_paused_function_is_claimed(
    make_task: MakeTask, application_actor: Actor, limit: int | None, repeatable: bool
) -> None:
    services.put_function(application_actor, "copy", {"max_concurrency": limit})
    make_task()
    pause(application_actor)
    more = {"claim_id": "0193a000-0000-7000-8000-000000000001"} if repeatable else {}
    assert claim(application_actor, **more) == []
    assert claim(application_actor, wait=0.3) == []
    pausing.resume_function(application_actor, "copy")
    assert len(claim(application_actor, **more)) == 1


def test_pause_between_choosing_and_leasing_wins(make_task: MakeTask, application_actor: Actor) -> None:
    task = make_task()
    pause(application_actor)
    request = read_claim({"functions": ["copy"]})
    with unit_of_work():
        assert portable.lease(application_actor, request, [task.pk]) == []
    task.refresh_from_db()
    assert task.status == "new"


def test_other_functions_of_the_claim_go_on(make_task: MakeTask, application_actor: Actor) -> None:
    services.put_function(application_actor, "other", {})
    make_task()
    other = make_task(function="other")
    pause(application_actor)
    assert [task["id"] for task in claim(application_actor, functions=["copy", "other"], max=5)] == [str(other.pk)]


def test_nothing_of_it_is_pushed(make_task: MakeTask, application_actor: Actor) -> None:
    make_task()
    Function.objects.update(mode="push", url="http://127.0.0.1:9/")
    assert [row.name for row in executor.waiting()] == ["copy"]
    pause(application_actor)
    assert executor.waiting() == []
    assert queue.claim_to_call(application_actor, "copy", worker="push", lease_seconds=45) is None


def test_what_executes_runs_to_its_end(make_task: MakeTask, application_actor: Actor) -> None:
    make_task()
    (task,) = claim(application_actor)
    pause(application_actor)
    lease = {"task": task["id"], "token": task["lease"]["token"]}
    assert queue.heartbeat(application_actor, {"leases": [lease]})["results"][0]["directive"] == "continue"
    assert queue.complete(application_actor, {"results": [lease]})["results"][0]["ok"]


def test_pause_and_resume_are_events_once(function: Function, application_actor: Actor) -> None:
    pause(application_actor)
    pause(application_actor)
    (event,) = events("function.paused")
    assert (event.actor, event.application_id) == (str(application_actor), function.application_id)
    assert event.data == {"name": "copy", "reason": REASON, "until": None}
    since = Function.objects.get().paused_at
    pause(application_actor, reason="Another reason")
    assert len(events("function.paused")) == 2
    assert Function.objects.get().paused_at == since
    pausing.resume_function(application_actor, "copy")
    pausing.resume_function(application_actor, "copy")
    assert [event.actor for event in events("function.resumed")] == [str(application_actor)]


def test_it_is_resumed_when_its_time_is_over(function: Function, application_actor: Actor) -> None:
    with pytest.raises(Invalid):
        pause(application_actor, until=timezone.now() - timedelta(seconds=1))
    pause(application_actor, until=timezone.now() + timedelta(hours=1))
    sweeper.sweep()
    assert Function.objects.get().paused_at is not None
    Function.objects.update(paused_until=timezone.now() - timedelta(seconds=1))
    assert pausing.resume_due() == 1
    assert pausing.resume_due() == 0
    (event,) = events("function.resumed")
    assert event.actor == "system"
    assert Function.objects.get().paused_until is None


def test_publishing_leaves_the_pause_alone(function: Function, application_actor: Actor) -> None:
    pause(application_actor)
    services.put_function(application_actor, "copy", {"description": "Copies"})
    function = Function.objects.get()
    assert (function.description, function.pause_reason) == ("Copies", REASON)


# --- Who ----------------------------------------------------------------------------------------------


def test_owners_pause_and_resume(
    function: Function, application: Application, owner: User, member: User, team: Team
) -> None:
    actors.change_owners(actor=SYSTEM, application=application, users=[owner], teams=[team])
    assert pause(actor_of_user(owner)).paused_by == "user:owner"
    assert pausing.resume_function(actor_of_user(member), "copy").paused_at is None


def test_for_others_there_is_no_such_function(
    function: Function, stranger_actor: Actor, owner_actor: Actor, other_application_actor: Actor
) -> None:
    for actor in (stranger_actor, owner_actor, other_application_actor, SYSTEM):
        with pytest.raises(NotFound):
            pause(actor)
        with pytest.raises(NotFound):
            pausing.resume_function(actor, "copy")
    assert Function.objects.get().paused_at is None


def test_owner_of_two_says_whose_function(function: Function, application: Application, owner: User) -> None:
    other = make_application("second")
    for each in (application, other):
        actors.change_owners(actor=SYSTEM, application=each, users=[owner], teams=[])
    Function.objects.create(application=other, name="copy")
    with pytest.raises(Invalid) as error:
        pause(actor_of_user(owner))
    assert error.value.errors[0].pointer == "/application"
    pause(actor_of_user(owner), application="second")
    assert Function.objects.get(paused_at__isnull=False).application == other


# --- The clock of fail-over ---------------------------------------------------------------------------


def left(task: Task) -> timedelta:
    task.refresh_from_db()
    assert task.failover_at is not None
    return task.failover_at - timezone.now()


def test_the_clock_of_failover_stands_still(application_actor: Actor, make_task: MakeTask, member: User) -> None:
    services.put_function(application_actor, "copy", {"failover": {"to": "user:member", "after": 600}})
    before, due, during = make_task(), make_task(), make_task()
    pause(application_actor)
    now = timezone.now()
    Function.objects.update(paused_at=now - timedelta(seconds=3600))  # an hour ago
    Task.objects.filter(pk=before.pk).update(failover_at=now - timedelta(seconds=3600 - 200))
    Task.objects.filter(pk=due.pk).update(failover_at=now - timedelta(seconds=3601))
    Task.objects.filter(pk=during.pk).update(failover_at=now - timedelta(seconds=10))
    assert sweeper.hand_over_unclaimed() == 0
    pausing.resume_function(application_actor, "copy")
    assert abs(left(before) - timedelta(seconds=200)) < timedelta(seconds=20)
    assert abs(left(during) - timedelta(seconds=600)) < timedelta(seconds=20)
    assert sweeper.hand_over_unclaimed() == 1
    due.refresh_from_db()
    assert due.status == "handed_over"


def test_clocks_of_others_go_on(application_actor: Actor, make_task: MakeTask, member: User) -> None:
    for name in ("copy", "other"):
        services.put_function(application_actor, name, {"failover": {"to": "user:member", "after": 600}})
    other = make_task(function="other")
    pause(application_actor)
    Task.objects.update(failover_at=timezone.now() - timedelta(seconds=1))
    assert sweeper.hand_over_unclaimed() == 1
    other.refresh_from_db()
    assert other.status == "handed_over"


# --- The breaker --------------------------------------------------------------------------------------

BREAKER = {"breaker": {"failures": 3, "minutes": 5}}


def fail(actor: Actor, make_task: MakeTask, times: int) -> None:
    for _ in range(times):
        make_task()
        (task,) = claim(actor)
        failure = {"task": task["id"], "token": task["lease"]["token"], "error": {"name": "Down"}}
        assert queue.fail(actor, {"failures": [failure]})["results"][0]["ok"]


def test_breaker_pauses_after_so_many_failures(application_actor: Actor, make_task: MakeTask) -> None:
    services.put_function(application_actor, "copy", BREAKER)
    fail(application_actor, make_task, 2)
    sweeper.sweep()
    assert Function.objects.get().paused_at is None
    fail(application_actor, make_task, 1)
    sweeper.sweep()
    sweeper.sweep()
    (event,) = events("function.paused")
    assert (event.actor, event.data["failures"]) == ("system", 3)
    assert "3 tasks" in event.data["reason"]


def test_breaker_counts_lost_tasks_and_retried_ones(application_actor: Actor, make_task: MakeTask) -> None:
    retry = {"enabled": True, "max_retries": 1}
    services.put_function(application_actor, "copy", {**BREAKER, "retry_policy": retry})
    fail(application_actor, make_task, 2)
    make_task()
    claim(application_actor)
    Task.objects.filter(lease_token__isnull=False).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    sweeper.sweep()
    assert Function.objects.get().paused_by == "system"


def test_breaker_counts_the_last_minutes_alone(application_actor: Actor, make_task: MakeTask) -> None:
    services.put_function(application_actor, "copy", BREAKER)
    fail(application_actor, make_task, 2)
    FailedExecution.objects.update(at=timezone.now() - timedelta(minutes=6))
    fail(application_actor, make_task, 2)
    sweeper.sweep()
    assert Function.objects.get().paused_at is None


def test_breaker_counts_afresh_after_a_resume(application_actor: Actor, make_task: MakeTask) -> None:
    services.put_function(application_actor, "copy", BREAKER)
    fail(application_actor, make_task, 3)
    sweeper.sweep()
    pausing.resume_function(application_actor, "copy")
    sweeper.sweep()
    assert Function.objects.get().paused_at is None
    assert not FailedExecution.objects.exists()


def test_breaker_leaves_a_persons_pause_alone(application_actor: Actor, make_task: MakeTask) -> None:
    services.put_function(application_actor, "copy", BREAKER)
    fail(application_actor, make_task, 3)
    pause(application_actor)
    sweeper.sweep()
    assert Function.objects.get().pause_reason == REASON


def test_without_a_breaker_nothing_is_counted(application_actor: Actor, make_task: MakeTask) -> None:
    fail(application_actor, make_task, 1)
    assert not FailedExecution.objects.exists()


def test_old_failures_are_forgotten(application_actor: Actor, make_task: MakeTask) -> None:
    services.put_function(application_actor, "copy", BREAKER)
    fail(application_actor, make_task, 1)
    FailedExecution.objects.update(at=timezone.now() - timedelta(days=2))
    sweeper.sweep()
    assert not FailedExecution.objects.exists()
