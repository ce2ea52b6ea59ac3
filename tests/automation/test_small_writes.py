"""Writes are short, and none is begun for nothing: on SQLite everybody else waits for the end of each."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation import queue
from apps.automation.models import Claim, Worker
from apps.automation.queue import postgresql, sweeper, workers
from apps.tasks.models import Task

from .conftest import MakeTask

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_caches", "function")]
LONG_AGO = timezone.now() - timedelta(days=2)


def claim(actor: Actor, **body: object) -> list[dict]:
    return queue.claim(actor, {"functions": ["copy"], **body})["tasks"]


def test_claim_in_vain_only_reads(make_task: MakeTask, application_actor: Actor) -> None:
    """Most claims are: workers ask again and again."""
    make_task(start_at=timezone.now() + timedelta(hours=1))
    claim(application_actor)  # notes the worker
    with CaptureQueriesContext(connection) as said:
        assert claim(application_actor) == []
    if not postgresql.is_possible():
        assert {query["sql"].split()[0] for query in said} == {"SELECT"}


def test_due_tasks_are_let_in_batch_by_batch(make_task: MakeTask, application_actor: Actor) -> None:
    for _ in range(3):
        make_task(start_at=timezone.now() + timedelta(hours=1))
    assert sweeper.promote() == 0
    Task.objects.update(start_at=LONG_AGO)
    assert [sweeper.promote(limit=2), sweeper.promote(limit=2), sweeper.promote(limit=2)] == [2, 1, 0]
    assert len(claim(application_actor, max=5)) == 3


def test_claims_are_forgotten_batch_by_batch(make_task: MakeTask, application_actor: Actor) -> None:
    for _ in range(3):
        make_task()
        claim(application_actor, claim_id=str(uuid4()))
    assert sweeper.forget_claims() == 0
    Claim.objects.update(created_at=LONG_AGO)
    assert [sweeper.forget_claims(limit=2), sweeper.forget_claims(limit=2), Claim.objects.count()] == [2, 1, 0]


def test_workers_are_forgotten_batch_by_batch(application_actor: Actor) -> None:
    for number in range(4):
        claim(application_actor, worker=f"copy-{number}")
    assert workers.forget() == 0
    Worker.objects.exclude(name="copy-0").update(last_seen=LONG_AGO)
    assert [workers.forget(limit=2), workers.forget(limit=2), workers.forget(limit=2)] == [2, 1, 0]
    assert Worker.objects.get().name == "copy-0"
