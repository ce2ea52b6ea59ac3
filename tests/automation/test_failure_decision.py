"""What a failure does: the table of the domain, decided purely and applied by workers' errors and the sweeper."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.actors.models import Team
from apps.automation import failure_decision, queue
from apps.automation.functions import services
from apps.containers.models import Container
from apps.events.models import Event
from apps.tasks.models import Handover, Note, Task
from apps.tasks.services import cancel_task, submit_handover

from .conftest import TYPE, MakeTask, make_type

ON = {"enabled": True}
SLOW = {"name": "slow"}

# What is configured and happens → what becomes of the task.
DECISIONS: list[tuple[str, dict[str, Any], str]] = [
    ("nothing configured", {}, "failed"),
    ("policy enabled", {"policy": ON}, "retried"),
    ("policy not enabled", {"policy": {"enabled": False, "max_retries": 9}}, "failed"),
    ("not recoverable", {"policy": ON, "error": {"name": "slow", "recoverable": False}}, "failed"),
    ("recoverable is the default", {"policy": ON, "error": SLOW}, "retried"),
    ("its name is listed", {"policy": {**ON, "errors_to_retry": ["slow"]}}, "retried"),
    ("another name is listed", {"policy": {**ON, "errors_to_retry": ["full"]}}, "failed"),
    ("the last retry", {"policy": {**ON, "max_retries": 3}, "retries": 2}, "retried"),
    ("no retry left", {"policy": {**ON, "max_retries": 3}, "retries": 3}, "failed"),
    ("no retries allowed", {"policy": {**ON, "max_retries": 0}}, "failed"),
    ("fail-over", {"has_failover": True}, "handed_over"),
    ("retry comes before fail-over", {"policy": ON, "has_failover": True}, "retried"),
    ("fail-over when retries are used up", {"policy": ON, "retries": 3, "has_failover": True}, "handed_over"),
    (
        "fail-over of what is not recoverable",
        {"policy": ON, "error": {**SLOW, "recoverable": False}, "has_failover": True},
        "handed_over",
    ),
    ("a requested cancel wins", {"policy": ON, "has_failover": True, "cancel_requested": True}, "canceled"),
    ("lost worker, no policy", {"error": failure_decision.zombie(limit_passed=False)}, "failed"),
    ("lost worker, policy allows", {"error": failure_decision.zombie(limit_passed=False), "policy": ON}, "retried"),
    (
        "lost worker, policy names others",
        {"error": failure_decision.zombie(limit_passed=True), "policy": {**ON, "errors_to_retry": ["slow"]}},
        "failed",
    ),
    (
        "lost worker, fail-over",
        {"error": failure_decision.zombie(limit_passed=True), "has_failover": True},
        "handed_over",
    ),
    (
        "lost worker under a cancel",
        {"error": failure_decision.zombie(limit_passed=True), "cancel_requested": True},
        "canceled",
    ),
]


@pytest.mark.parametrize(("given", "outcome"), [row[1:] for row in DECISIONS], ids=[row[0] for row in DECISIONS])
def test_decision(given: dict[str, Any], outcome: str) -> None:
    usual = {"error": SLOW, "policy": None, "retries": 0, "has_failover": False, "cancel_requested": False}
    case = {**usual, **given}
    error = case.pop("error")
    assert failure_decision.decide(error, **case, random=lambda: 0.5).outcome == outcome


@pytest.mark.parametrize(("retries", "seconds"), [(0, 2), (1, 5), (2, 10)])
def test_delays_are_those_of_the_policy(retries: int, seconds: float) -> None:
    given: dict[str, Any] = {"policy": ON, "retries": retries, "has_failover": False, "cancel_requested": False}
    assert failure_decision.decide(SLOW, **given, random=lambda: 0.5).delay == seconds
    wish = {**SLOW, "retry_after_seconds": 60}
    assert failure_decision.decide(wish, **given, random=lambda: 0.5).delay == 60


# --- Applied ------------------------------------------------------------------------------------------

Lease = dict[str, str]
End = Callable[[Actor, Lease], str]


def report(actor: Actor, lease: Lease) -> str:
    """The worker says it."""
    (got,) = queue.fail(actor, {"failures": [{**lease, "error": {"name": "slow", "message": "Too slow."}}]})["results"]
    return str(got["decision"])


def lose(actor: Actor, lease: Lease) -> str:
    """Nobody says anything, until the sweeper looks."""
    Task.objects.filter(pk=lease["task"]).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert queue.sweep() == 1
    return str(Task.objects.get(pk=lease["task"]).status)


@pytest.fixture(params=[report, lose])
def end(request: pytest.FixtureRequest) -> End:
    return request.param  # type: ignore[no-any-return]


def claim(actor: Actor) -> Lease:
    (task,) = queue.claim(actor, {"functions": ["copy"]})["tasks"]
    return {"task": task["id"], "token": task["lease"]["token"]}


@pytest.mark.django_db
def test_failed(end: End, make_task: MakeTask, application_actor: Actor) -> None:
    task = make_task()
    assert end(application_actor, claim(application_actor)) == "failed"
    row = Task.objects.get(pk=task.pk)
    assert row.status == "failed"
    assert row.error["name"] == ("slow" if end is report else "zombieTaskCleaned")
    event = Event.objects.get(task_id=task.pk, type="task.failed")
    assert event.data["function_name"] == "copy"
    assert event.actor == ("application:migrator" if end is report else "system")


@pytest.mark.django_db
def test_retried(end: End, make_task: MakeTask, application_actor: Actor) -> None:
    services.put_function(application_actor, "copy", {"retry_policy": {"enabled": True, "delays": [40]}})
    task = make_task(fields={"rows": 3})
    assert end(application_actor, claim(application_actor)) == "retried"
    old = Task.objects.get(pk=task.pk)
    new = Task.objects.get(pk=old.retried_by_task_id)
    assert (old.status, old.key, new.status, new.key) == ("retried", None, "new", task.key)
    assert new.retry_for_task_ids == [str(old.pk)]
    assert new.fields == {"rows": 3}
    assert 35 < (new.start_at - timezone.now()).total_seconds() < 41
    assert not new.queued
    Task.objects.filter(pk=new.pk).update(start_at=timezone.now() - timedelta(seconds=1))
    (got,) = queue.claim(application_actor, {"functions": ["copy"]})["tasks"]
    assert [error["name"] for error in got["previous_errors"]] == [old.error["name"]]


@pytest.mark.django_db
def test_handed_over(end: End, make_task: MakeTask, application_actor: Actor, team: Team) -> None:
    services.put_function(application_actor, "copy", {"failover": {"to": "team:dba", "message": "It stopped."}})
    task = make_task()
    assert end(application_actor, claim(application_actor)) == "handed_over"
    handover = Handover.objects.get(task=task)
    assert (handover.to, handover.message, handover.reason) == ("team:dba", "It stopped.", "failed")
    assert Note.objects.get(task=task).kind == "work_note"
    row = Task.objects.get(pk=task.pk)
    assert (row.status, row.lease_token, row.queued) == ("handed_over", None, False)


@pytest.mark.django_db
def test_what_was_handed_over_and_returned_tells_its_error(
    end: End, make_task: MakeTask, application_actor: Actor, team: Team, member_actor: Actor
) -> None:
    retries = {"retry_policy": {**ON, "max_retries": 1, "delays": [0]}, "failover": {"to": "team:dba"}}
    services.put_function(application_actor, "copy", retries)
    make_task()
    assert [end(application_actor, claim(application_actor)) for _time in range(2)] == ["retried", "handed_over"]
    submit_handover(member_actor, str(Handover.objects.get().pk), action="return")
    (got,) = queue.claim(application_actor, {"functions": ["copy"]})["tasks"]
    assert len(got["previous_errors"]) == 2


@pytest.mark.django_db
def test_target_of_the_type_comes_before_that_of_the_function(
    make_task: MakeTask, application_actor: Actor, container: Container, team: Team, member: object
) -> None:
    make_type(container, application_actor, "watched", {**TYPE, "failover": {"to": "user:member"}})
    services.put_function(application_actor, "copy", {"failover": {"to": "team:dba"}})
    task = make_task(type="watched")
    report(application_actor, claim(application_actor))
    assert Handover.objects.get(task=task).to == "user:member"


@pytest.mark.django_db
def test_target_that_is_gone_leaves_it_failed(
    end: End, make_task: MakeTask, application_actor: Actor, member: Any
) -> None:
    services.put_function(application_actor, "copy", {"failover": {"to": "user:member"}})
    task = make_task()
    member.is_active = False
    member.save()
    assert end(application_actor, claim(application_actor)) == "failed"
    assert Task.objects.get(pk=task.pk).status == "failed"


@pytest.mark.django_db
def test_canceled(end: End, make_task: MakeTask, application_actor: Actor) -> None:
    services.put_function(application_actor, "copy", {"retry_policy": ON})
    task = make_task()
    lease = claim(application_actor)
    cancel_task(application_actor, task.pk)
    assert end(application_actor, lease) == "canceled"
    assert Task.objects.get(pk=task.pk).status == "canceled"


@pytest.mark.django_db
@pytest.mark.parametrize("policy", [{}, ON])
def test_same_failure_again_is_answered_alike(make_task: MakeTask, application_actor: Actor, policy: dict) -> None:
    services.put_function(application_actor, "copy", {"retry_policy": policy})
    make_task()
    lease = claim(application_actor)
    said = {"failures": [{**lease, "error": {"name": "slow", "details": {"n": 1}}, "note": "Hm."}]}
    first = queue.fail(application_actor, said)
    assert queue.fail(application_actor, said) == first
    assert first["results"][0]["ok"]
    assert Task.objects.count() == (2 if policy else 1)
    other = {"failures": [{**lease, "error": {"name": "full"}}]}
    assert queue.fail(application_actor, other)["results"][0]["status"] == 409


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "pointer"),
    [
        (None, "/failures/0/error"),
        ({}, "/failures/0/error/name"),
        ({"name": ""}, "/failures/0/error/name"),
        ({"name": "x", "recoverable": "no"}, "/failures/0/error/recoverable"),
        ({"name": "x", "retry_after_seconds": -1}, "/failures/0/error/retry_after_seconds"),
        ({"name": "x", "colour": 1}, "/failures/0/error/colour"),
        ("x", "/failures/0/error"),
    ],
)
def test_wrong_error_is_named(make_task: MakeTask, application_actor: Actor, error: object, pointer: str) -> None:
    make_task()
    (got,) = queue.fail(application_actor, {"failures": [{**claim(application_actor), "error": error}]})["results"]
    assert pointer in [problem["pointer"] for problem in got["errors"]]
    assert got["status"] == 400


@pytest.mark.django_db
def test_silent_automation_hands_over(make_task: MakeTask, application_actor: Actor, team: Team) -> None:
    services.put_function(application_actor, "copy", {"failover": {"to": "team:dba", "after": 60}})
    task = make_task()
    assert Task.objects.get(pk=task.pk).failover_at is not None
    assert queue.sweep() == 0
    Task.objects.filter(pk=task.pk).update(failover_at=timezone.now() - timedelta(seconds=1))
    assert queue.sweep() == 1
    assert Handover.objects.get(task=task).reason == "unclaimed"
    assert Task.objects.get(pk=task.pk).status == "handed_over"
    assert queue.claim(application_actor, {"functions": ["copy"]})["tasks"] == []


@pytest.mark.django_db
def test_scheduled_task_is_promoted_when_due(make_task: MakeTask, application_actor: Actor, team: Team) -> None:
    services.put_function(application_actor, "copy", {"failover": {"to": "team:dba", "after": 60}})
    task = make_task(start_at=timezone.now() + timedelta(hours=1))
    assert queue.sweep() == 0
    Task.objects.filter(pk=task.pk).update(start_at=timezone.now() - timedelta(seconds=1))
    assert queue.sweep() == 1
    row = Task.objects.get(pk=task.pk)
    assert row.queued
    assert 55 < (row.failover_at - timezone.now()).total_seconds() < 61
