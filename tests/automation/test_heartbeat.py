"""Heartbeats keep leases, and store progress and checkpoints."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.actors.actor import Actor
from apps.automation import queue
from apps.automation.functions import services
from apps.tasks.models import Task

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease(make_task: MakeTask, application_actor: Actor) -> dict:
    make_task()
    (task,) = queue.claim(application_actor, {"functions": ["copy"], "lease_seconds": 10})["tasks"]
    return {"task": task["id"], "token": task["lease"]["token"]}


def beat(actor: Actor, *leases: dict) -> list[dict]:
    return queue.heartbeat(actor, {"leases": list(leases)})["results"]


def test_lease_is_extended(application_actor: Actor, lease: dict) -> None:
    before = Task.objects.get(pk=lease["task"])
    (got,) = beat(application_actor, {**lease, "extend_seconds": 120})
    assert (got["ok"], got["directive"]) == (True, "continue")
    left = parse_datetime(got["expires_at"]) - timezone.now()
    assert 110 < left.total_seconds() < 121
    after = Task.objects.get(pk=lease["task"])
    assert (after.sequence, after.updated_at) == (before.sequence, before.updated_at)


def test_progress_and_checkpoint_stay_until_they_are_said_anew(application_actor: Actor, lease: dict) -> None:
    progress, checkpoint = {"percent": 40, "message": "copying"}, {"table": "orders", "id": 7}
    beat(application_actor, {**lease, "progress": progress, "checkpoint": checkpoint})
    beat(application_actor, lease)
    task = Task.objects.get(pk=lease["task"])
    assert (task.progress, task.checkpoint) == (progress, checkpoint)
    queue.release(application_actor, {"leases": [lease]})
    (again,) = queue.claim(application_actor, {"functions": ["copy"]})["tasks"]
    assert (again["checkpoint"], again["progress"]) == (checkpoint, None)


def test_time_limit_is_the_end(make_task: MakeTask, application_actor: Actor, lease: dict) -> None:
    Task.objects.filter(pk=lease["task"]).update(lease_deadline=timezone.now() - timedelta(seconds=1))
    (got,) = beat(application_actor, {**lease, "extend_seconds": 60})
    assert got["directive"] == "abort"
    assert parse_datetime(got["expires_at"]) < timezone.now()


def test_late_heartbeat_before_anybody_decided_keeps_the_lease(application_actor: Actor, lease: dict) -> None:
    Task.objects.filter(pk=lease["task"]).update(lease_expires_at=timezone.now() - timedelta(seconds=5))
    assert beat(application_actor, lease)[0]["ok"]
    assert queue.sweep() == 0


def test_late_heartbeat_after_the_sweep_is_refused(application_actor: Actor, lease: dict) -> None:
    services.put_function(application_actor, "copy", {})
    Task.objects.filter(pk=lease["task"]).update(lease_expires_at=timezone.now() - timedelta(seconds=5))
    assert queue.sweep() == 1
    assert beat(application_actor, lease)[0]["code"] == "lease_superseded"


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"extend_seconds": 0}, "/leases/0/extend_seconds"),
        ({"extend_seconds": 3601}, "/leases/0/extend_seconds"),
        ({"progress": {"percent": 101}}, "/leases/0/progress/percent"),
        ({"progress": {"colour": 1}}, "/leases/0/progress/colour"),
        ({"progress": 5}, "/leases/0/progress"),
        ({"checkpoint": [1]}, "/leases/0/checkpoint"),
        ({"checkpoint": {"x": "y" * 65536}}, "/leases/0/checkpoint"),
    ],
)
def test_wrong_item_is_named(application_actor: Actor, lease: dict, more: dict, pointer: str) -> None:
    (got,) = beat(application_actor, {**lease, **more})
    assert got["status"] == 400
    assert [problem["pointer"] for problem in got["errors"]] == [pointer]


def test_wrong_token_beside_the_right_one_keeps_nothing(application_actor: Actor, lease: dict) -> None:
    results = beat(application_actor, {**lease, "token": "x" * 22}, lease, {**lease, "token": "y" * 22})
    assert [got["code"] for got in results] == ["lease_superseded", None, "lease_superseded"]


def test_unknown_and_foreign_read_the_same(
    application_actor: Actor, other_application_actor: Actor, lease: dict
) -> None:
    (unknown,) = beat(application_actor, {"task": str(uuid4()), "token": "x"})
    (foreign,) = beat(other_application_actor, lease)
    assert {**unknown, "task": ""} == {**foreign, "task": ""}
    assert unknown["code"] == "not_found"
