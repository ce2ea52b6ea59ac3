"""Ready tasks that nobody asks for are told once a spell, and again when somebody asks."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation import queue
from apps.automation.models import Function, Worker
from apps.automation.queue import unattended
from apps.events.models import Event
from apps.tasks.models import Task

from .conftest import MakeTask

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_caches")]
LONG_AGO = timedelta(minutes=6)


@pytest.fixture
def waiting(make_task: MakeTask) -> Task:
    """A task that has been ready for longer than anybody should wait."""
    task = make_task()
    age(task)
    return task


def age(task: Task) -> None:
    moment = timezone.now() - LONG_AGO
    Task.objects.filter(pk=task.pk).update(start_at=moment, status_changed_at=moment)


def told() -> list[str]:
    queue.attend()
    return list(Event.objects.filter(type__in=TYPES).order_by("id").values_list("type", flat=True))


TYPES = ("function.unattended", "function.attended")


def test_spell_is_told_once_and_its_end(waiting: Task, application_actor: Actor) -> None:
    assert told() == ["function.unattended"]
    assert told() == ["function.unattended"]
    event = Event.objects.get(type="function.unattended")
    assert (event.application_id, event.actor, event.data["name"]) == (application_actor.id, "system", "copy")
    assert event.data["last_seen"] is None
    assert queue.stats(application_actor)["results"][0]["unattended_since"] == event.data["since"]
    queue.claim(application_actor, {"functions": ["copy"]})
    assert told() == ["function.unattended", "function.attended"]
    assert told() == ["function.unattended", "function.attended"]
    assert queue.stats(application_actor)["results"][0]["unattended_since"] is None


def test_a_second_spell_is_told_again(waiting: Task, make_task: MakeTask, application_actor: Actor) -> None:
    told()
    (task,) = queue.claim(application_actor, {"functions": ["copy"]})["tasks"]
    told()
    queue.complete(application_actor, {"results": [{"task": task["id"], "token": task["lease"]["token"]}]})
    age(make_task())
    Worker.objects.update(last_seen=timezone.now() - LONG_AGO)
    assert told() == ["function.unattended", "function.attended", "function.unattended"]
    assert Event.objects.filter(type="function.unattended").latest("id").data["last_seen"] is not None


def asked_for(actor: Actor, task: Task) -> None:
    queue.claim(actor, {"functions": ["copy"], "max": 1})
    Task.objects.filter(pk=task.pk).update(status="new", queued=True, lease_token=None)


def leased(actor: Actor, task: Task) -> None:
    queue.claim(actor, {"functions": ["copy"], "max": 1})
    Task.objects.create(
        **{f.attname: getattr(task, f.attname) for f in Task._meta.concrete_fields if f.name not in ("id", "key")}
    )
    Worker.objects.all().delete()


def only_just_ready(actor: Actor, task: Task) -> None:
    Task.objects.filter(pk=task.pk).update(status_changed_at=timezone.now())


def gone(actor: Actor, task: Task) -> None:
    Task.objects.filter(pk=task.pk).update(status="canceled", queued=False)


@pytest.mark.parametrize("change", [asked_for, leased, only_just_ready, gone])
def test_attended_function_is_not_told(waiting: Task, application_actor: Actor, change: Any) -> None:
    change(application_actor, waiting)
    assert told() == []


def test_draining_worker_attends_nothing(waiting: Task, application_actor: Actor) -> None:
    queue.claim(application_actor, {"functions": ["copy"], "worker": "copy-1", "draining": True})
    assert told() == ["function.unattended"]


def test_function_that_is_called_is_asked_for_by_nobody(waiting: Task) -> None:
    assert told() == ["function.unattended"]
    Function.objects.update(mode="push")
    assert told() == ["function.unattended", "function.attended"]
    assert told() == ["function.unattended", "function.attended"]


def test_zero_turns_it_off(waiting: Task, settings: Any) -> None:
    settings.UNATTENDED_AFTER = timedelta(0)
    assert told() == []


def test_two_that_look_tell_once(waiting: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    ready, other = unattended.ready_by_priority, []

    def ready_late(function: Function) -> Any:
        """This node has found the function unattended; before it looks further, another one tells it."""
        monkeypatch.undo()
        other.append(queue.attend())
        return ready(function)

    monkeypatch.setattr(unattended, "ready_by_priority", ready_late)
    assert (queue.attend(), other) == (0, [1])
    assert Function.objects.get().unattended_since is not None
