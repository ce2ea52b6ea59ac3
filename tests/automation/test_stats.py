"""`GET /queue/stats`: how an application's queue stands, counted from its rows, for itself alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation import queue
from apps.automation.functions import services
from apps.automation.queue import statistics
from apps.core.errors import Forbidden
from apps.tasks.models import Task

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


def of(actor: Actor, name: str = "copy") -> dict[str, Any]:
    (row,) = [row for row in queue.stats(actor)["results"] if row["function"] == name]
    return row


def claim(actor: Actor) -> dict:
    (task,) = queue.claim(actor, {"functions": ["copy"]})["tasks"]
    return {"task": task["id"], "token": task["lease"]["token"]}


def waits_for(task: Task, **since: float) -> None:
    moment = timezone.now() - timedelta(**since)
    Task.objects.filter(pk=task.pk).update(start_at=moment, status_changed_at=moment)


def test_counts_what_waits_and_what_is_leased(make_task: MakeTask, application_actor: Actor) -> None:
    for _ in range(3):
        make_task()
    make_task(start_at=timezone.now() + timedelta(hours=1))
    claim(application_actor)
    row = of(application_actor)
    assert (row["ready"], row["scheduled"], row["leased"]) == (2, 1, 1)
    assert row["workers_last_seen"] is not None


def test_nothing_there_is_said_as_such(application_actor: Actor) -> None:
    services.put_function(application_actor, "idle", {})
    none = {"last_5_minutes": 0.0, "last_60_minutes": 0.0}
    assert of(application_actor, "idle") == {
        "function": "idle", "ready": 0, "scheduled": 0, "leased": 0, "oldest_ready_age": None, "priorities": [],
        "throughput": none, "retries": none, "failovers": none, "skips": none, "failures": none,
        "workers_last_seen": None, "unattended_since": None, "schedule_failing_since": None,
        "paused_since": None,
    }  # fmt: skip


def test_starving_priority_is_visible(make_task: MakeTask, application_actor: Actor) -> None:
    waits_for(make_task(priority=-5), hours=2)
    waits_for(make_task(priority=9), seconds=10)
    waits_for(make_task(priority=9), seconds=5)
    row = of(application_actor)
    assert [each["priority"] for each in row["priorities"]] == [-5, 9]
    starving, served = (each["oldest_ready_age"] for each in row["priorities"])
    assert 7200 <= starving < 7300
    assert 10 <= served < 100
    assert row["oldest_ready_age"] == starving


def test_age_counts_from_when_it_was_ready_again(make_task: MakeTask, application_actor: Actor) -> None:
    make_task()
    Task.objects.update(start_at=timezone.now() - timedelta(days=7))
    queue.release(application_actor, {"leases": [claim(application_actor)]})
    assert of(application_actor)["oldest_ready_age"] < 3600


def test_many_priorities_are_told_lowest_first(
    make_task: MakeTask, application_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "MOST_PRIORITIES", 2)
    for priority in (3, 1, 2):
        make_task(priority=priority)
    assert [each["priority"] for each in of(application_actor)["priorities"]] == [1, 2]


def test_rates_are_of_the_last_minutes(make_task: MakeTask, application_actor: Actor) -> None:
    for _ in range(12):
        make_task()
    ended = [claim(application_actor) for _ in range(10)]
    queue.complete(application_actor, {"results": ended})
    older = [lease["task"] for lease in ended[:4]]
    Task.objects.filter(pk__in=older).update(status_changed_at=timezone.now() - timedelta(minutes=30))
    Task.objects.filter(pk=older[0]).update(status_changed_at=timezone.now() - timedelta(minutes=90))
    failure = {**claim(application_actor), "error": {"name": "full"}}
    queue.fail(application_actor, {"failures": [failure]})
    services.put_function(application_actor, "copy", {"retry_policy": {"enabled": True}})
    queue.fail(application_actor, {"failures": [{**claim(application_actor), "error": {"name": "slow"}}]})
    row = of(application_actor)
    assert row["throughput"] == {"last_5_minutes": 6 / 5, "last_60_minutes": 9 / 60}
    assert row["failures"] == row["retries"] == {"last_5_minutes": 0.2, "last_60_minutes": round(1 / 60, 3)}


def test_counts_stop_and_rates_do_not(
    make_task: MakeTask, application_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "COUNTED_TO", 3)
    for _ in range(8):
        make_task()
    ended = [claim(application_actor) for _ in range(4)]
    queue.complete(application_actor, {"results": ended})
    Task.objects.filter(status="complete").update(status_changed_at=timezone.now() - timedelta(seconds=60))
    answer = queue.stats(application_actor)
    assert (answer["counted_to"], answer["results"][0]["ready"]) == (3, 3)
    rates = answer["results"][0]["throughput"]
    assert 1 < rates["last_60_minutes"] == rates["last_5_minutes"] <= 3, "three in about the last minute"


def test_only_own_functions(make_task: MakeTask, application_actor: Actor, other_application_actor: Actor) -> None:
    make_task()
    claim(application_actor)
    services.put_function(other_application_actor, "copy", {})
    row = of(other_application_actor)
    assert (row["ready"], row["leased"], row["workers_last_seen"]) == (0, 0, None)
    assert queue.stats(other_application_actor)["workers"] == []


def test_task_that_the_application_cannot_read_is_not_counted(
    make_task: MakeTask, application_actor: Actor, member: object
) -> None:
    task = make_task()
    Task.objects.filter(pk=task.pk).update(privacy="private", private_to=member, app_readable=False)
    row = of(application_actor)
    assert (row["ready"], row["scheduled"], row["oldest_ready_age"]) == (0, 0, None)


def test_people_have_no_queue(member_actor: Actor) -> None:
    with pytest.raises(Forbidden):
        queue.stats(member_actor)


def test_functions_without_work_cost_no_query_of_their_own(application_actor: Actor) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            queue.stats(application_actor)
        return len(queries)

    few = cost()
    for index in range(10):
        services.put_function(application_actor, f"idle-{index}", {})
    assert cost() == few == 3


def test_failovers_and_skips_are_counted_apart_from_failures(
    make_task: MakeTask, application_actor: Actor, owner: Any
) -> None:
    services.put_function(application_actor, "copy", {"failover": {"to": owner.reference, "privacy": "inherit"}})
    make_task()
    queue.fail(application_actor, {"failures": [{**claim(application_actor), "error": {"name": "boom"}}]})
    skipped = make_task()
    Task.objects.filter(pk=skipped.pk).update(status="failed", error={"name": "skipped"}, queued=False)
    failed = make_task()
    Task.objects.filter(pk=failed.pk).update(status="failed", error={"name": "boom"}, queued=False)
    row = of(application_actor)
    counts = {name: row[name]["last_5_minutes"] for name in ("failovers", "skips", "failures", "retries")}
    assert counts == {"failovers": 0.2, "skips": 0.2, "failures": 0.2, "retries": 0.0}
