"""Sweepers die in the middle, or hang with a task in their hands: each lost lease is still decided about, once."""

import os
import signal
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation import queue
from apps.automation.functions import services
from apps.events.models import Event
from apps.tasks.models import Task
from tests.automation.conftest import MakeTask

from .processes import Program, until

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def background(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children connect as Celery workers do: what stands still in a transaction is cut off."""
    monkeypatch.setenv("TASKHUB_PROCESS", "worker")


@pytest.fixture
def lost(make_task: MakeTask, application_actor: Actor) -> list[str]:
    """60 leases that end now, of a function that retries."""
    services.put_function(application_actor, "copy", {"retry_policy": {"enabled": True, "delays": [600]}})
    tasks = [str(make_task().pk) for _ in range(60)]
    queue.claim(application_actor, {"functions": ["copy"], "max": 100})
    Task.objects.filter(pk__in=tasks).update(lease_expires_at=timezone.now() - timedelta(milliseconds=1))
    return tasks


def require_decided_once(tasks: list[str], seconds: float) -> None:
    until(lambda: not Task.objects.filter(pk__in=tasks, status="in_progress").exists(), seconds)
    assert set(Task.objects.filter(pk__in=tasks).values_list("status", flat=True)) == {"retried"}
    assert Task.objects.exclude(pk__in=tasks).count() == len(tasks)
    changes = Event.objects.filter(task_id__in=tasks, data__changes__status__1="retried")
    assert changes.count() == len(tasks)


@pytest.mark.usefixtures("background")
def test_sweeper_killed_in_the_middle(lost: list[str]) -> None:
    """Three sweep; as soon as some are decided about, one is killed, one stopped, maybe with a row held."""
    with Program("sweep") as one, Program("sweep") as two, Program("sweep"):
        pids = [program.hear()["pid"] for program in (one, two)]
        until(lambda: Task.objects.filter(pk__in=lost, status="retried").exists(), 30)
        one.kill()
        if connection.vendor == "postgresql":  # on SQLite who stands still may hold the whole database
            os.kill(pids[1], signal.SIGSTOP)
        require_decided_once(lost, 60)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="one writer at a time")
@pytest.mark.usefixtures("background")
def test_sweeper_that_hangs_with_a_task_is_cut_off(lost: list[str]) -> None:
    """The others wait for no row of it, and get the task that it holds within ten seconds of the lease's end."""
    with Program("hang") as hanging:
        hanging.hear()
        assert hanging.hear() == {"hangs": True}
        with Program("sweep"):
            require_decided_once(lost, 20)
        last = Event.objects.filter(data__changes__status__1="retried").latest("time").time
        ends = Event.objects.filter(data__changes__status__1="in_progress").latest("time").time
        assert last - ends < timedelta(seconds=20)
