"""Operations while their processes are killed, and two of them over the same tasks: each task is repaired once."""

import time
from collections.abc import Callable, Iterable
from uuid import UUID

import pytest
from django.db import connection

from apps.actors.actor import Actor
from apps.automation.functions import services as functions
from apps.operations import queries, run, services
from apps.operations.models import Item, Operation
from apps.tasks.models import Task
from apps.tasks.queries import newest_attempt
from apps.tasks.services import retry_task
from tests.automation.conftest import MakeTask

from .backlog import copies_of
from .processes import Program, until
from .test_races import at_once

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

KILLS = 5


@pytest.fixture
def failed(make_task: MakeTask, application_actor: Actor) -> Callable[[int], list[UUID]]:
    """So many failed tasks."""
    functions.put_function(application_actor, "copy", {})

    def make(count: int) -> list[UUID]:
        task = make_task()
        Task.objects.filter(pk=task.pk).update(
            status="failed", queued=False, error={"name": "SmtpDown", "message": "No answer."}
        )
        return copies_of(task.pk, count)

    return make


def begun(actor: Actor, ids: Iterable[UUID] | None = None) -> Operation:
    """A retry of the tasks, or of all that failed."""
    about = {"filter": {"status": "failed"}} if ids is None else {"ids": [str(id) for id in ids]}
    body, options, plan = services.plan_operation(actor, {"kind": "retry", **about, "dry_run": True})
    return services.begin_operation(actor, {**body, "plan": plan.render()["plan"]}, options, plan)


def taken(operation: Operation) -> int:
    operation.refresh_from_db()
    return operation.taken


def true_counts(actor: Actor, operation: Operation) -> None:
    """The counts are those of the items, whatever is under way."""
    counts = queries.counts_of(actor, operation)
    assert counts["matched"] == counts["done"] + counts["refused"] + counts["left"]
    assert counts["done"] == counts["settled_ok"] + counts["settled_bad"] + counts["running"]


def repaired_once(ids: Iterable[UUID], operation: Operation) -> None:
    attempts = dict(Task.objects.filter(pk__in=list(ids)).values_list("pk", "retried_by_task_id"))
    assert set(attempts) == set(ids)
    assert len(set(attempts.values())) == len(attempts)
    assert None not in attempts.values()
    assert Task.objects.count() == 2 * len(attempts)
    assert Item.objects.filter(operation=operation, outcome="done").count() == len(attempts)


def kill_often(operation: Operation, actor: Actor, *, seconds: float) -> None:
    """A process works on it and is killed, again and again; the last one comes to the end."""
    for number in range(KILLS):
        with Program("operate") as program:
            program.hear()
            wanted = min(taken(operation) + 1 + number * run.BATCH // 2, operation.matched)
            until(lambda wanted=wanted: taken(operation) >= wanted, seconds)  # type: ignore[misc]
            program.kill()
            true_counts(actor, operation)
    with Program("operate") as one, Program("operate") as other:
        one.hear()
        other.hear()
        until(lambda: taken(operation) == operation.matched, seconds)
    true_counts(actor, operation)


def test_killed_processes_repair_each_task_once(failed: Callable[[int], list[UUID]], application_actor: Actor) -> None:
    ids = failed(1500)
    operation = begun(application_actor)
    assert operation.matched == len(ids)
    kill_often(operation, application_actor, seconds=120)
    repaired_once(ids, operation)


def test_two_operations_over_the_same_tasks(failed: Callable[[int], list[UUID]], application_actor: Actor) -> None:
    ids = failed(300)
    both = begun(application_actor), begun(application_actor, ids)
    with Program("operate") as one, Program("operate") as other:
        one.hear()
        other.hear()
        until(lambda: all(taken(each) == each.matched for each in both), 120)
    assert Task.objects.count() == 2 * len(ids)
    outcomes = Item.objects.values_list("outcome", flat=True)
    assert sorted(outcomes) == ["done"] * len(ids) + ["refused"] * len(ids)


def test_operation_and_a_retry_by_hand_end_in_one_attempt(
    failed: Callable[[int], list[UUID]], application_actor: Actor
) -> None:
    for _round in range(5):
        (id,) = failed(1)
        operation = begun(application_actor, [id])
        at_once(lambda pk=operation.pk: run.go_on(pk), lambda id=id: retry_task(application_actor, id))  # type: ignore[misc]
        until(lambda operation=operation: run.go_on(operation.pk) or taken(operation) == 1, 20)  # type: ignore[misc]
        attempts = Task.objects.filter(newest=newest_attempt(id)[0])
        assert attempts.count() == 2


def test_stop_takes_effect_within_a_second(failed: Callable[[int], list[UUID]], application_actor: Actor) -> None:
    failed(5000)
    operation = begun(application_actor)
    with Program("operate") as program:
        program.hear()
        until(lambda: taken(operation) > 0, 60)
        services.stop_operation(application_actor, str(operation.pk))
        at_stop = taken(operation)
        time.sleep(1)
        assert taken(operation) == at_stop < operation.matched


@pytest.mark.long
@pytest.mark.skipif(connection.vendor != "postgresql", reason="100,000 tasks need PostgreSQL")
def test_a_hundred_thousand(
    failed: Callable[[int], list[UUID]], application_actor: Actor, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prints how long the plan takes, how many are retried in a second, and how long a look at the counts takes."""
    ids = failed(100_000)
    start = time.monotonic()
    services.plan_operation(application_actor, {"kind": "retry", "filter": {"status": "failed"}, "dry_run": True})
    planned = time.monotonic() - start
    operation = begun(application_actor)
    start = time.monotonic()
    kill_often(operation, application_actor, seconds=600)
    worked = time.monotonic() - start
    repaired_once(ids, operation)
    start = time.monotonic()
    true_counts(application_actor, operation)
    looked = time.monotonic() - start
    with capsys.disabled():
        print(  # noqa: T201 - the figures are the report
            f"\nplan {planned:.2f} s, {len(ids) / worked:,.0f} retried/s with {KILLS} kills, a look {looked:.2f} s"
        )
