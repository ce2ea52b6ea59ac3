"""What a worker does of it: slots, jobs that end, hints, and queues of its own."""

import os
import signal
import time
from types import SimpleNamespace
from typing import Any

import pytest

from apps.automation.models import Function
from apps.automation.push import executor
from apps.automation.push.slots import slots
from apps.core import background, caches, shutdown
from apps.core.slots import Slots
from apps.tasks.models import Task
from taskhub import celery
from tests.automation.conftest import MakeTask

from .receiver import Receiver


def test_slots_are_as_many_as_said() -> None:
    some = Slots("test")
    some.bound(2)
    with some.one() as first, some.one() as second, some.one() as third:
        assert (first, second, third) == (True, True, False)
    with some.one() as again:
        assert again


def test_slot_is_free_after_an_error() -> None:
    some = Slots("test")
    with pytest.raises(ZeroDivisionError), some.one():
        raise ZeroDivisionError
    with some.one() as mine:
        assert mine


def test_forked_processes_share_them_and_a_killed_one_gives_them_back() -> None:
    some = Slots("test")
    some.bound(1)
    taken, told = os.pipe()
    child = os.fork()
    if not child:
        with some.one() as mine:
            os.write(told, b"y" if mine else b"n")
            time.sleep(60)
        os._exit(0)
    assert os.read(taken, 1) == b"y"
    with some.one() as mine:
        assert not mine
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with some.one() as mine:
        assert mine


def test_job_works_until_nothing_waits(make_task: MakeTask, receiver: Receiver) -> None:
    for _ in range(3):
        make_task()
    executor.run()
    assert Task.objects.filter(status="complete").count() == 3


def test_job_without_a_slot_claims_nothing(make_task: MakeTask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "count", 1)
    make_task()
    with slots.one():
        executor.run()
    assert Task.objects.get().status == "new"


def test_job_ends_when_the_process_does(make_task: MakeTask) -> None:
    make_task()
    shutdown.stopping.set()
    try:
        executor.run()
    finally:
        shutdown.stopping.clear()
    assert Task.objects.get().status == "new"


def test_job_ends_in_time_and_asks_for_another(make_task: MakeTask, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(background, "enqueue", lambda name, *_: sent.append(name))
    monkeypatch.setattr(executor, "JOB_SECONDS", 0.0)
    for _ in range(2):
        make_task()
    executor.run()
    assert Task.objects.filter(status="complete").count() == 1
    assert sent[-1] == "automation.push"


@pytest.fixture
def sent(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    settings.BACKGROUND_HINTS = True
    caches.clear_all()
    names: list[str] = []
    monkeypatch.setattr(background.messenger, "send", lambda name, ids=(): names.append(name) or True)
    return names


def test_new_task_is_hinted_at(make_task: MakeTask, sent: list[str], django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        make_task()
    assert "automation.push" in sent


def test_task_for_workers_is_not(make_task: MakeTask, sent: list[str], django_capture_on_commit_callbacks: Any) -> None:
    Function.objects.update(mode="pull")
    with django_capture_on_commit_callbacks(execute=True):
        make_task()
    assert "automation.push" not in sent


QUEUES = {"hints", "ticks", "push"}


@pytest.mark.parametrize(
    ("queues", "concurrency", "said", "calls"),
    [(QUEUES, 8, 0, 4), (QUEUES, 1, 0, 1), ({"push"}, 8, 0, 8), (QUEUES, 8, 3, 3), (QUEUES - {"push"}, 2, 0, 1)],
)
def test_half_of_a_worker_calls_at_most(
    monkeypatch: pytest.MonkeyPatch, settings: Any, queues: set[str], concurrency: int, said: int, calls: int
) -> None:
    settings.PUSH_CALLS = said
    monkeypatch.setattr(slots, "count", 1)
    consumed = [queue for queue in celery.app.conf.task_queues if queue.name in queues]
    monkeypatch.setattr(celery.app.amqp, "queues", consumed)
    celery.bound_calls(SimpleNamespace(concurrency=concurrency))
    assert slots.count == calls


def test_calls_have_a_queue_of_their_own() -> None:
    routes = celery.app.conf.task_routes
    assert routes["automation.push"] == {"queue": "push"}
    assert [name for name, route in routes.items() if route["queue"] == "push"] == ["automation.push"]
