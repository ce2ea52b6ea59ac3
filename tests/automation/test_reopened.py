"""Reopened work starts clean: nothing that the run before left spares it a step."""

import pytest

from apps.actors.actor import Actor
from apps.automation import queue
from apps.tasks import services
from apps.tasks.models import Task

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


def test_checkpoint_and_answers_of_before_are_gone(make_task: MakeTask, application_actor: Actor) -> None:
    task = make_task()
    before = {"checkpoint": {"step": 3}, "answers": {"action": "approve", "fields": {}}}
    Task.objects.filter(pk=task.pk).update(status="complete", queued=False, **before)
    services.reopen_task(application_actor, str(task.pk))
    (claimed,) = queue.claim(application_actor, {"functions": ["copy"]})["tasks"]
    assert claimed["id"] == str(task.pk)
    assert (claimed["checkpoint"], claimed["answers"]) == (None, None)
