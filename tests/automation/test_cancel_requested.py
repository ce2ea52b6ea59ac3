"""A worker that is asked to stop cannot pass the task on as if nobody had."""

import pytest

from apps.actors.actor import Actor
from apps.automation import queue
from apps.core.errors import Conflict
from apps.tasks.models import Task
from apps.tasks.services import cancel_task, hand_over

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


def claim(actor: Actor) -> dict:
    (task,) = queue.claim(actor, {"functions": ["copy"]})["tasks"]
    return {"task": task["id"], "token": task["lease"]["token"]}


def test_hand_over_under_a_requested_cancel_is_refused(make_task: MakeTask, application_actor: Actor) -> None:
    task = make_task()
    lease = claim(application_actor)
    cancel_task(application_actor, task.key)
    with pytest.raises(Conflict):
        hand_over(application_actor, task.key, {"to": "user:member", "lease_token": lease["token"]})
    assert queue.confirm_cancel(application_actor, {"leases": [lease]})["results"][0]["ok"]
    assert Task.objects.get(pk=task.pk).status == "canceled"


def test_release_to_a_moment_that_nobody_can_tell_is_refused(make_task: MakeTask, application_actor: Actor) -> None:
    make_task()
    lease = claim(application_actor)
    (got,) = queue.release(application_actor, {"leases": [{**lease, "start_at": "9999-12-31T23:59:59-23:59"}]})[
        "results"
    ]
    assert (got["status"], got["errors"][0]["pointer"]) == (400, "/leases/0/start_at")
