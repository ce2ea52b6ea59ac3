"""A worker that dies is noticed, its task decided once, and nothing that it says later counts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation import queue
from apps.automation.functions import services
from apps.events.models import Event
from apps.tasks.models import Task
from tests.automation.conftest import MakeTask

from .processes import Program, until

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def status_of(task: Task) -> str:
    return str(Task.objects.values_list("status", flat=True).get(pk=task.pk))


def test_killed_worker_is_decided_about_once(make_task: MakeTask, application_actor: Actor) -> None:
    """Three sweepers look; the lease of a killed worker ends 1 s after its last heartbeat."""
    task = make_task()
    with Program("sweep"), Program("sweep"), Program("sweep"), Program("hold", "migrator", "1") as worker:
        lease = worker.hear()
        until(lambda: (Task.objects.get(pk=task.pk).lease_expires_at - timezone.now()).total_seconds() < 1.5, 10)
        worker.kill()
        ends = Task.objects.get(pk=task.pk).lease_expires_at
        until(lambda: status_of(task) == "failed", 15)
        assert timezone.now() - ends < timedelta(seconds=10)
    assert Task.objects.get(pk=task.pk).error["name"] == "zombieTaskCleaned"
    assert Event.objects.filter(task_id=task.pk, type="task.failed").count() == 1
    late = queue.complete(application_actor, {"results": [lease]})["results"][0]
    assert (late["status"], late["code"]) == (409, "lease_superseded")
    assert status_of(task) == "failed"


def test_living_worker_keeps_its_task(make_task: MakeTask) -> None:
    """Longer than the ten seconds that it claimed."""
    task = make_task()
    with Program("sweep"), Program("hold", "migrator", "3") as worker:
        worker.hear()
        later = timezone.now() + timedelta(seconds=12)
        until(lambda: timezone.now() > later, 15)
        row = Task.objects.get(pk=task.pk)
        assert (row.status, row.delivery) == ("in_progress", 1)


def test_retried_task_reaches_another_worker(make_task: MakeTask, application_actor: Actor) -> None:
    services.put_function(application_actor, "copy", {"retry_policy": {"enabled": True, "delays": [0.1]}})
    task = make_task(fields={"rows": 5})
    with Program("sweep"), Program("hold", "migrator", "1") as worker:
        lease = worker.hear()
        worker.kill()
        Task.objects.filter(pk=task.pk).update(lease_expires_at=timezone.now())
        got: list = []

        def claimed() -> bool:
            got.extend(queue.claim(application_actor, {"functions": ["copy"]})["tasks"])
            return bool(got)

        until(claimed, 15)
    assert got[0]["retry_for_task_ids"] == [str(task.pk)]
    assert got[0]["fields"] == {"rows": 5}
    done = {"task": got[0]["id"], "token": got[0]["lease"]["token"]}
    results = queue.complete(application_actor, {"results": [lease, done]})["results"]
    assert [result["status"] for result in results] == [409, 200]
    assert Task.objects.filter(status="complete").count() == 1
