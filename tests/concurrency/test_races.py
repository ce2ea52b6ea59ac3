"""64 at once: one winner, everywhere; and the race shows when its guard is taken out."""

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation import queue
from apps.automation.functions import services
from apps.automation.queue import sweeper
from apps.core import due
from apps.events.models import Event
from apps.tasks.models import Task
from tests.automation.conftest import MakeTask

from .processes import raced

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

PROCESSES, THREADS = 4, 16


def claim(actor: Actor, **body: object) -> dict:
    (task,) = queue.claim(actor, {"functions": ["copy"], **body})["tasks"]
    return {"task": task["id"], "token": task["lease"]["token"]}


def test_one_of_64_gets_the_only_task(make_task: MakeTask) -> None:
    task = make_task()
    with raced(PROCESSES, "migrator", "claim", THREADS) as programs:
        said = [program.hear() for program in programs]
    assert sum(each["won"] for each in said) == 1
    assert [why for each in said for why in each["refused"] if why != "1"] == []
    assert Event.objects.filter(task_id=task.pk, type="task.status_changed").count() == 1
    assert Task.objects.get(pk=task.pk).delivery == 1


def test_64_claims_of_20_tasks_get_each_once(make_task: MakeTask) -> None:
    for _ in range(20):
        make_task()
    with raced(PROCESSES, "migrator", "claim", THREADS) as programs:
        said = [program.hear() for program in programs]
    assert sum(each["won"] for each in said) == 20
    assert set(Task.objects.values_list("status", "delivery")) == {("in_progress", 1)}


def test_one_of_64_outcomes_counts(make_task: MakeTask, application_actor: Actor) -> None:
    task = make_task()
    lease = claim(application_actor)
    with raced(PROCESSES, "migrator", "complete", THREADS, lease["task"], lease["token"]) as programs:
        said = [program.hear() for program in programs]
    assert sum(each["won"] for each in said) == 1
    assert Event.objects.filter(task_id=task.pk, data__changes__status__1="complete").count() == 1


def test_one_of_64_transitions_happens(make_task: MakeTask) -> None:
    task = make_task()
    with raced(PROCESSES, "migrator", "cancel", THREADS, task.pk) as programs:
        said = [program.hear() for program in programs]
    assert sum(each["won"] for each in said) == 1
    assert {why for each in said for why in each["refused"]} == {"Conflict"}
    assert Event.objects.filter(task_id=task.pk, type="task.status_changed").count() == 1


def test_one_claim_id_from_many_gets_the_same_tasks(make_task: MakeTask) -> None:
    for _ in range(8):
        make_task()
    with raced(2, "migrator", "same_claim", 8, uuid4()) as programs:
        got = [program.hear()["got"] for program in programs for _ in range(8)]
    assert len(got[0]) == 2
    assert all(each == got[0] for each in got)
    assert Task.objects.filter(status="in_progress").count() == 2


def test_max_concurrency_holds_against_64(make_task: MakeTask, application_actor: Actor) -> None:
    services.put_function(application_actor, "copy", {"max_concurrency": 3})
    for _ in range(10):
        make_task()
    with raced(PROCESSES, "migrator", "claim", THREADS) as programs:
        said = [program.hear() for program in programs]
    assert sum(each["won"] for each in said) == 3
    assert Task.objects.filter(status="in_progress").count() == 3


def test_heartbeat_and_sweeper_never_both_win(make_task: MakeTask, application_actor: Actor) -> None:
    kept = swept = 0
    for _ in range(25):
        make_task()
        lease = claim(application_actor)
        Task.objects.filter(pk=lease["task"]).update(lease_expires_at=timezone.now() - timedelta(milliseconds=1))
        beat, sweep = at_once(
            lambda lease=lease: queue.heartbeat(application_actor, {"leases": [lease]})["results"][0]["ok"],
            sweeper.end_lost_leases,
        )
        status = Task.objects.get(pk=lease["task"]).status
        assert (beat, sweep, status) in {(True, 0, "in_progress"), (False, 1, "failed")}
        kept, swept = kept + beat, swept + sweep
        queue.complete(application_actor, {"results": [lease]})
    assert kept + swept == 25


def test_without_the_second_look_both_would_win(
    make_task: MakeTask, application_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: a sweeper that trusts its first look ends a lease that was kept meanwhile."""
    make_task()
    lease = claim(application_actor)
    Task.objects.filter(pk=lease["task"]).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    work_off = due.work_off

    def work_off_late(rows: Iterable[Any], attempt: Callable[..., object]) -> int:
        """The lease is kept between the two looks."""
        seen = list(rows)
        assert len(seen) == 1
        assert queue.heartbeat(application_actor, {"leases": [lease]})["results"][0]["ok"]
        return work_off(seen, attempt)

    monkeypatch.setattr(due, "work_off", work_off_late)
    assert sweeper.end_lost_leases() == 0
    monkeypatch.setattr(sweeper.leases, "expired", lambda: Task.objects.filter(lease_token__isnull=False))
    assert sweeper.end_lost_leases() == 1


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do them in threads that start together."""
    start, got = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index: int) -> None:
        connection.ensure_connection()
        start.wait()
        try:
            got[index] = acts[index]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[index]) for index in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got
