"""Editing: custody decides about fields, ownership about properties; stages move by the lifecycle."""

import pytest

from apps.actors.actor import Actor
from apps.containers.models import Container
from apps.containers.services.types import put_builtin
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound
from apps.tasks import services
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Note, Task

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(desk: Container, member_actor: Actor) -> Task:
    put_builtin(desk)
    return services.create_task(member_actor, {"container": "desk", "title": "Card"})[0]


def test_people_write_nothing_in_an_applications_container(make: MakeTask, member_actor: Actor) -> None:
    task = make()
    with pytest.raises(Forbidden) as refused:
        services.edit_task(member_actor, task.key, {"fields": {"rows": 1}})
    assert refused.value.errors[0].code == "locked"
    with pytest.raises(Forbidden):
        services.edit_task(member_actor, task.key, {"title": "mine"})


def test_requester_may_not_complete(make: MakeTask, requester_actor: Actor) -> None:
    with pytest.raises(Forbidden):
        services.complete_task(requester_actor, make(requester_actor).key)


def test_stranger_finds_nothing(make: MakeTask, stranger_actor: Actor) -> None:
    with pytest.raises(NotFound):
        services.edit_task(stranger_actor, make().key, {"title": "x"})


def test_ended_task_is_closed_for_writing(make: MakeTask, application_actor: Actor) -> None:
    task = make()
    services.complete_task(application_actor, task.key)
    with pytest.raises(Conflict) as refused:
        services.edit_task(application_actor, task.key, {"fields": {"rows": 1}})
    assert refused.value.code == "already_ended"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (["doing"], "in_progress"),
        (["doing", "todo"], "new"),
        (["done"], "complete"),
        (["done", "doing"], "in_progress"),
        (["doing", "done", "todo"], "new"),
    ],
)
def test_cards_move_by_stage(card: Task, member_actor: Actor, path: list[str], status: str) -> None:
    for stage in path:
        services.edit_task(member_actor, card.key, {"stage": stage})
    moved = Task.objects.get(pk=card.pk)
    assert (moved.status, moved.stage) == (status, path[-1])


def test_move_menu_offers_what_works(card: Task, member_actor: Actor, stranger_actor: Actor) -> None:
    assert services.reachable_stages(TaskPermissions(member_actor, card)) == ["doing", "done"]
    assert services.reachable_stages(TaskPermissions(stranger_actor, card)) == []
    with pytest.raises(Conflict):
        services.edit_task(member_actor, card.key, {"stage": "waiting"})
    with pytest.raises(Invalid):
        services.edit_task(member_actor, card.key, {"stage": "nowhere"})


def test_work_notes_are_for_those_who_work(make: MakeTask, requester_actor: Actor, member_actor: Actor) -> None:
    task = make(requester_actor)
    services.add_note(member_actor, task.key, text="inside", kind="work_note")
    services.add_note(requester_actor, task.key, text="hello", kind="comment")
    with pytest.raises(Forbidden):
        services.add_note(requester_actor, task.key, text="me too", kind="work_note")
    assert Note.objects.count() == 2


def test_cancel_by_the_reporter(make: MakeTask, requester_actor: Actor, stranger_actor: Actor) -> None:
    task = make(requester_actor)
    assert services.cancel_task(requester_actor, task.key).status == "canceled"
    with pytest.raises(Conflict):
        services.cancel_task(requester_actor, task.key)


def test_cancel_withdraws_what_is_open(make: MakeTask, application_actor: Actor, requester_actor: Actor) -> None:
    task = make(requester_actor)
    handover = services.hand_over(application_actor, task.key, {"to": "reporter"})
    assert services.cancel_task(application_actor, task.key).status == "canceled"
    handover.refresh_from_db()
    assert handover.state == "withdrawn"


def test_what_is_being_executed_is_not_retried_by_hand(make: MakeTask, application_actor: Actor) -> None:
    task = make()
    services.start_task(application_actor, task.key)
    with pytest.raises(Conflict):
        services.retry_task(application_actor, task.key)
    task.refresh_from_db()
    assert (task.status, task.retried_by_task_id) == ("in_progress", None)


def test_retry_by_hand_takes_the_key_along(make: MakeTask, application_actor: Actor, member_actor: Actor) -> None:
    task = make(function="f", external_id="e")
    Task.objects.filter(pk=task.pk).update(status="failed", queued=False, error={"name": "boom"})
    newest = services.retry_task(member_actor, task.key)
    old = Task.objects.get(pk=task.pk)
    assert (newest.key, newest.external_id, newest.queued) == (task.key, "e", True)
    assert (old.status, old.key, old.retried_by_task_id, old.newest) == ("retried", None, newest.pk, newest.pk)
    assert newest.retry_for_task_ids == [str(task.pk)]
    assert newest.previous_errors[0]["name"] == "boom"
