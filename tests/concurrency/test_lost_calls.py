"""An executor of push functions that dies is found like a worker that dies; two never call with the same task."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation import queue
from apps.automation.functions import services
from apps.tasks.models import Task
from tests.automation.conftest import MakeTask
from tests.automation.push.receiver import Receiver, receiving

from .processes import Program, until

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
LOOPBACK = "127.0.0.1/32"


@pytest.fixture
def receiver(make_task: MakeTask, application_actor: Actor, settings: Any) -> Any:
    """The function `copy` is pushed to it, and retried at once."""
    settings.EGRESS_ALLOW = [LOOPBACK]
    with receiving() as listening:
        policy = {"enabled": True, "delays": [0]}
        body = {"mode": "push", "url": listening.url, "retry_policy": policy}
        services.put_function(application_actor, "copy", body)
        yield listening


def status_of(task: Task) -> str:
    return str(Task.objects.values_list("status", flat=True).get(pk=task.pk))


def test_killed_executor_is_decided_about_like_a_worker(
    make_task: MakeTask, receiver: Receiver, application_actor: Actor
) -> None:
    """Killed in the middle of a call; its lease ends, the task is retried, and the call's answer counts for nothing."""
    silent = threading.Event()
    receiver.answer = lambda connection: silent.wait(60)
    task = make_task()
    with Program("call", LOOPBACK) as executor:
        until(lambda: len(receiver.heard) == 1, 30)
        executor.kill()
    silent.set()
    assert status_of(task) == "in_progress"
    receiver.says(200, {"by": "another"})
    Task.objects.filter(pk=task.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    with Program("sweep"), Program("call", LOOPBACK):
        until(lambda: status_of(task) == "retried", 30)
        newest = Task.objects.get(pk=Task.objects.get(pk=task.pk).newest)
        until(lambda: status_of(newest) == "complete", 30)
    assert Task.objects.get(pk=task.pk).error["name"] == "zombieTaskCleaned"
    lease = {"task": str(task.pk), "token": receiver.tasks[0]["lease"]["token"], "result": "late"}
    late = queue.complete(application_actor, {"results": [lease]})["results"][0]
    assert (late["status"], late["code"]) == (409, "lease_superseded")
    assert Task.objects.get(pk=newest.pk).result == {"by": "another"}


def test_several_executors_call_once_with_each_task(make_task: MakeTask, receiver: Receiver) -> None:
    tasks = {str(make_task().pk) for _ in range(20)}
    with Program("call", LOOPBACK), Program("call", LOOPBACK), Program("call", LOOPBACK):
        until(lambda: Task.objects.filter(status="complete").count() == 20, 60)
    assert sorted(told["id"] for told in receiver.tasks) == sorted(tasks)
