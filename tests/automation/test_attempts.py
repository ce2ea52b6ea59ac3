"""What a retry takes over, what stays with the attempt, and how the chain reads."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.actors.models import Team, User
from apps.automation import queue
from apps.automation.functions import services
from apps.core.errors import Conflict
from apps.tasks import access, queries
from apps.tasks.models import Grant, Link, Task, Watch
from apps.tasks.services import add_link, grant, reopen_task, retry_task, watch

from .conftest import MakeTask

pytestmark = pytest.mark.django_db
RETRY = {"retry_policy": {"enabled": True}}


@pytest.fixture(autouse=True)
def retried(function: object, application_actor: Actor) -> None:
    services.put_function(application_actor, "copy", RETRY)


def fail(actor: Actor, **error: Any) -> Task:
    """Claim the one task there is and fail it; what became of it."""
    Task.objects.filter(status="new", queued=False).update(start_at=timezone.now() - timedelta(seconds=1))
    (task,) = queue.claim(actor, {"functions": ["copy"]})["tasks"]
    lease = {"task": task["id"], "token": task["lease"]["token"]}
    queue.heartbeat(actor, {"leases": [{**lease, "checkpoint": {"row": len(task["previous_errors"])}}]})
    queue.fail(actor, {"failures": [{**lease, "error": {"name": "slow", **error}}]})
    return Task.objects.get(pk=task["id"])


def test_everything_follows_the_newest(
    make_task: MakeTask, application_actor: Actor, owner: User, owner_actor: Actor, team: Team
) -> None:
    parent, other = make_task(function=None), make_task(function=None)
    task = make_task(
        external_id="e-1", correlation_id="c-1", priority=7, tags=["a"], due_at="2100-01-01T00:00:00Z",
        fields={"rows": 3}, data={"n": 1}, parent=str(parent.pk), privacy="restricted", assignee="user:owner",
    )  # fmt: skip
    child = make_task(function=None, parent=str(task.pk))
    add_link(application_actor, task.key, kind="blocks", task=str(other.pk))
    add_link(application_actor, other.key, kind="relates", task=str(task.pk))
    watch(owner_actor, task.key)
    grant(application_actor, task.key, "team:dba")
    old = fail(application_actor)
    new = Task.objects.get(pk=old.retried_by_task_id)
    moved = ("key", "external_id", "creation_digest")
    copied = (
        "correlation_id", "priority", "tags", "due_at", "fields", "data", "parent_id", "privacy", "assignee_id",
        "container_id", "type_version_id", "function", "run_id", "step", "checkpoint",
    )  # fmt: skip
    assert [getattr(new, name) for name in moved] == [getattr(task, name) for name in moved]
    assert [getattr(old, name) for name in moved] == [None, None, None]
    assert [getattr(new, name) for name in copied] == [getattr(old, name) for name in copied]
    assert new.checkpoint == {"row": 0}
    assert Task.objects.get(pk=child.pk).parent_id == new.pk
    links = Link.objects.values_list("kind", "source", "target")
    assert {link for link in links if "parent" not in link} >= {
        ("blocks", new.pk, other.pk), ("relates", other.pk, new.pk),
    }  # fmt: skip
    assert not Link.objects.filter(source=old.pk).exists()
    assert not Link.objects.filter(target=old.pk).exists()
    assert Watch.objects.get().task_id == Grant.objects.get().task_id == new.pk


def test_board_place_stays(make_task: MakeTask, application_actor: Actor) -> None:
    task = make_task()
    old = fail(application_actor)
    new = Task.objects.get(pk=old.retried_by_task_id)
    assert (new.stage, new.rank) == (task.stage, old.rank)
    board = access.visible_to(application_actor).current()
    assert [row.pk for row in board] == [new.pk]


def test_chain_is_oldest_first_and_ends(make_task: MakeTask, application_actor: Actor) -> None:
    first, ids, waits = make_task(), [], []
    for _ in range(3):
        old = fail(application_actor)
        new = Task.objects.get(pk=old.retried_by_task_id)
        waits.append(round((new.start_at - new.created_at).total_seconds()))
        ids.append(str(old.pk))
        assert new.retry_for_task_ids == ids
    assert waits == [2, 5, 10]
    last = fail(application_actor)
    assert (last.status, last.key, last.checkpoint) == ("failed", first.key, {"row": 3})
    assert [error["name"] for error in last.previous_errors] == ["slow"] * 3
    assert set(Task.objects.values_list("newest", flat=True)) == {last.pk}


def test_old_ids_answer_as_attempts(make_task: MakeTask, application_actor: Actor) -> None:
    task = make_task()
    old = fail(application_actor)
    new = access.get_task(application_actor, task.key)
    assert new.pk == old.retried_by_task_id
    found = access.get_task(application_actor, str(old.pk))
    assert (found.status, found.retried_by_task_id, found.error["name"]) == ("retried", new.pk, "slow")
    for each in (found, new):
        assert [attempt.pk for attempt in queries.attempts(application_actor, each)] == [old.pk, new.pk]


def test_attempt_is_not_run_again(make_task: MakeTask, application_actor: Actor) -> None:
    make_task()
    old = fail(application_actor)
    with pytest.raises(Conflict) as refused:
        reopen_task(application_actor, str(old.pk))
    assert refused.value.code in ("already_ended", "conflict")
    assert Task.objects.get(pk=old.pk).status == "retried"


def test_retry_of_an_attempt_starts_the_one_that_waits_in_its_place(
    make_task: MakeTask, application_actor: Actor
) -> None:
    make_task()
    old = fail(application_actor)
    assert retry_task(application_actor, str(old.pk)).pk == old.retried_by_task_id
    assert Task.objects.get(pk=old.retried_by_task_id).queued
    assert Task.objects.get(pk=old.pk).status == "retried"
    with pytest.raises(Conflict):
        retry_task(application_actor, str(old.pk))


@pytest.mark.parametrize(("wish", "least", "most"), [(0, 1, 3), (60, 58, 61), (2**53 - 1, 86_398, 86_401)])
def test_wish_for_a_later_retry_is_kept_within_a_day(
    make_task: MakeTask, application_actor: Actor, wish: int, least: int, most: int
) -> None:
    make_task()
    old = fail(application_actor, retry_after_seconds=wish)
    new = Task.objects.get(pk=old.retried_by_task_id)
    assert least <= (new.start_at - new.created_at).total_seconds() <= most


def test_creating_it_again_finds_the_newest(make_task: MakeTask, application_actor: Actor) -> None:
    make_task(external_id="e-1")
    old = fail(application_actor)
    assert make_task(external_id="e-1").pk == old.retried_by_task_id


def test_retries_start_afresh_after_a_person(make_task: MakeTask, application_actor: Actor) -> None:
    services.put_function(application_actor, "copy", {"retry_policy": {"enabled": True, "max_retries": 1}})
    make_task()
    fail(application_actor)
    failed = fail(application_actor)
    assert failed.status == "failed"
    reopen_task(application_actor, failed.key)
    again = fail(application_actor)
    assert again.status == "retried"
    assert Task.objects.get(pk=again.retried_by_task_id).retry_for_task_ids[-1] == str(again.pk)
