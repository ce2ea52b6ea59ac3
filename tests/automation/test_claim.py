"""What a claim gives: the right tasks, in the right order, once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation import queue
from apps.automation.functions import services
from apps.containers.models import Container
from apps.core.errors import Forbidden, IdempotencyMismatch, Invalid
from apps.events.models import Event
from apps.tasks.models import Task

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


def claim(actor: Actor, **body: object) -> list[dict]:
    return queue.claim(actor, {"functions": ["copy"], **body})["tasks"]


def test_task_comes_with_its_lease(make_task: MakeTask, application_actor: Actor) -> None:
    task = make_task(data={"from": "A"}, fields={"rows": 7})
    (got,) = claim(application_actor, worker="copy-1", lease_seconds=30)
    assert got["id"] == str(task.pk)
    assert got["status"] == "in_progress"
    assert got["stage"] == "doing"
    assert got["custody"] == {"holder": "lease", "who": "application:migrator", "until": got["lease"]["expires_at"]}
    assert got["fields"] == {"rows": 7}
    assert "secret" not in got["access"]
    assert got["data"] == {"from": "A"}
    assert got["lease"]["delivery"] == 1
    assert len(got["lease"]["token"]) == 22
    assert (got["answers"], got["checkpoint"], got["previous_errors"]) == (None, None, [])


def test_rendering_is_that_of_a_read(make_task: MakeTask, application_actor: Actor) -> None:
    from apps.tasks.access import TaskPermissions, get_task
    from apps.tasks.rendering import render_task

    make_task(fields={"rows": 1})
    (got,) = claim(application_actor)
    read = render_task(TaskPermissions(application_actor, get_task(application_actor, got["id"])))
    assert {name: got[name] for name in read} == read


def test_order_is_priority_then_start_then_creation(make_task: MakeTask, application_actor: Actor) -> None:
    early = timezone.now() - timedelta(hours=1)
    names = {
        "third": make_task(),
        "fourth": make_task(),
        "second": make_task(start_at=early),
        "first": make_task(priority=1),
        "last": make_task(priority=-1, start_at=early),
    }
    got = [task["id"] for task in claim(application_actor, max=4)]
    assert got == [str(names[name].pk) for name in ("first", "second", "third", "fourth")]


def test_order_spans_functions(make_task: MakeTask, application_actor: Actor) -> None:
    services.put_function(application_actor, "check", {})
    low, high, middle = make_task(), make_task(function="check", priority=9), make_task(priority=5)
    got = queue.claim(application_actor, {"functions": ["copy", "check"], "max": 10})["tasks"]
    assert [task["id"] for task in got] == [str(task.pk) for task in (high, middle, low)]


def test_task_is_claimed_once(make_task: MakeTask, application_actor: Actor) -> None:
    make_task()
    assert len(claim(application_actor)) == 1
    assert claim(application_actor) == []


def test_future_task_waits_for_its_time(make_task: MakeTask, application_actor: Actor) -> None:
    task = make_task(start_at=timezone.now() + timedelta(hours=1))
    assert claim(application_actor) == []
    Task.objects.filter(pk=task.pk).update(start_at=timezone.now() - timedelta(seconds=1))
    assert len(claim(application_actor)) == 1


def test_private_task_that_the_application_cannot_read_is_never_claimed(
    make_task: MakeTask, application_actor: Actor, member: object
) -> None:
    task = make_task()
    Task.objects.filter(pk=task.pk).update(privacy="private", private_to=member, app_readable=False)
    assert claim(application_actor) == []


def test_other_application_gets_nothing(
    make_task: MakeTask, application_actor: Actor, other_application_actor: Actor
) -> None:
    make_task()
    services.put_function(other_application_actor, "copy", {})
    assert claim(other_application_actor) == []


def test_people_cannot_claim(member_actor: Actor) -> None:
    with pytest.raises(Forbidden):
        claim(member_actor)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"functions": []}, "/functions"),
        ({"functions": "copy"}, "/functions"),
        ({"functions": [1]}, "/functions/0"),
        ({"max": 0}, "/max"),
        ({"max": 101}, "/max"),
        ({"max": True}, "/max"),
        ({"lease_seconds": 9}, "/lease_seconds"),
        ({"lease_seconds": 3601}, "/lease_seconds"),
        ({"wait": 31}, "/wait"),
        ({"claim_id": "x"}, "/claim_id"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_wrong_body_is_named(application_actor: Actor, body: dict, pointer: str) -> None:
    with pytest.raises(Invalid) as error:
        claim(application_actor, **body)
    assert [problem.pointer for problem in error.value.errors] == [pointer]


def test_claim_is_repeatable(make_task: MakeTask, application_actor: Actor) -> None:
    make_task(), make_task(), make_task()
    body = {"claim_id": str(uuid4()), "max": 2}
    first = claim(application_actor, **body)
    assert claim(application_actor, **body) == first
    assert len(first) == 2
    assert Task.objects.filter(status="in_progress").count() == 2


def test_repeat_leaves_out_leases_that_ended(make_task: MakeTask, application_actor: Actor) -> None:
    make_task(), make_task()
    body = {"claim_id": str(uuid4()), "max": 2}
    first, second = claim(application_actor, **body)
    lease = {"task": first["id"], "token": first["lease"]["token"]}
    queue.release(application_actor, {"leases": [lease]})
    assert [task["id"] for task in claim(application_actor, **body)] == [second["id"]]


def test_repeat_with_another_body_is_refused(make_task: MakeTask, application_actor: Actor) -> None:
    make_task(), make_task()
    name = str(uuid4())
    claim(application_actor, claim_id=name)
    with pytest.raises(IdempotencyMismatch):
        claim(application_actor, claim_id=name, max=2)


def test_claim_that_found_nothing_can_be_made_again(make_task: MakeTask, application_actor: Actor) -> None:
    name = str(uuid4())
    services.put_function(application_actor, "copy", {})
    assert claim(application_actor, claim_id=name) == []
    make_task()
    assert len(claim(application_actor, claim_id=name)) == 1


def test_max_concurrency_is_kept(make_task: MakeTask, application_actor: Actor) -> None:
    services.put_function(application_actor, "copy", {"max_concurrency": 2})
    make_task(), make_task(), make_task()
    first, _ = claim(application_actor, max=10)
    assert claim(application_actor, max=10) == []
    queue.complete(application_actor, {"results": [{"task": first["id"], "token": first["lease"]["token"]}]})
    assert len(claim(application_actor, max=10)) == 1


def test_lease_never_outlasts_the_time_limit(make_task: MakeTask, application_actor: Actor) -> None:
    services.put_function(application_actor, "copy", {"time_limit": 15})
    make_task()
    (got,) = claim(application_actor, lease_seconds=60)
    task = Task.objects.get(pk=got["id"])
    assert task.lease_expires_at == task.lease_deadline
    assert 10 < (task.lease_deadline - timezone.now()).total_seconds() <= 16


def test_claim_tells_what_the_services_would(make_task: MakeTask, application_actor: Actor) -> None:
    task = make_task()
    claim(application_actor)
    row = Task.objects.get(pk=task.pk)
    event = Event.objects.get(task_id=task.pk, type="task.status_changed")
    assert event.data == {"changes": {"status": ["new", "in_progress"], "stage": ["todo", "doing"]}}
    assert (event.actor, event.sequence) == ("application:migrator", row.sequence)
    assert event.container_id == row.container_id
    assert row.sequence > task.sequence
    assert row.rank > task.rank
    assert row.status_changed_at > task.status_changed_at
    assert row.updated_at > task.updated_at
    assert not row.queued


def test_container_of_people_has_no_queue(desk: Container, application_actor: Actor) -> None:
    assert claim(application_actor) == []
