"""Break-glass: one task, for a while, with a reason, before everybody's eyes; and to look at only."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.actors.actor import SYSTEM, Actor
from apps.actors.models import User
from apps.actors.references import actor_of_user
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, TaskHubError
from apps.events.dispatch import dispatch
from apps.events.models import Event
from apps.notifications.models import Notification
from apps.tasks import access, queries, services
from apps.tasks.access import TaskPermissions
from apps.tasks.models import BreakGlass, Task
from tests.factories import make_user

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Actor:
    return actor_of_user(make_user("root", staff=True))


@pytest.fixture
def hidden(make: MakeTask, requester: User) -> Task:
    return make(privacy="private", private_to="user:ana", reporter="user:ana")


def opened(root: Actor, task: Task) -> BreakGlass:
    return services.break_glass(root, task.key, reason="Ana is ill", minutes=5)


def test_administrators_see_nothing_without_it(root: Actor, hidden: Task) -> None:
    assert not access.can_see(root, hidden)
    assert not access.visible_to(root).exists()


def test_it_shows_one_task_in_both_forms(root: Actor, hidden: Task, make: MakeTask) -> None:
    make(privacy="private", private_to="user:ana")
    opened(root, hidden)
    assert access.can_see(root, hidden)
    assert list(access.visible_to(root)) == [hidden]
    assert access.get_task(root, hidden.key) == hidden


def test_it_shows_attempts_too(root: Actor, hidden: Task) -> None:
    opened(root, hidden)
    Task.objects.filter(pk=hidden.pk).update(status="failed")
    newest = services.retry_task(SYSTEM, hidden.pk)
    assert {task.pk for task in queries.attempts(root, newest)} == {hidden.pk, newest.pk}


def test_it_ends_by_itself(root: Actor, hidden: Task) -> None:
    glass = opened(root, hidden)
    BreakGlass.objects.filter(pk=glass.pk).update(ends_at=timezone.now() - timedelta(seconds=1))
    assert not access.can_see(root, hidden)
    assert not access.visible_to(root).exists()
    assert opened(root, hidden).pk != glass.pk


def test_it_ends_by_hand(root: Actor, hidden: Task) -> None:
    services.end_break_glass(root, opened(root, hidden).pk)
    assert not access.can_see(root, hidden)


def test_it_ends_with_the_right_to_it(root: Actor, hidden: Task) -> None:
    opened(root, hidden)
    User.objects.filter(pk=root.id).update(is_superuser=False)
    assert not access.can_see(actor_of_user(User.objects.get(pk=root.id)), hidden)


def test_the_tasks_history_and_people_are_told(root: Actor, hidden: Task, member: User) -> None:
    Task.objects.filter(pk=hidden.pk).update(assignee=member)
    glass = opened(root, hidden)
    services.end_break_glass(root, glass.pk)
    told = Event.objects.filter(type="task.opened").order_by("sequence")
    assert [(event.data["did"], event.data.get("reason")) for event in told] == [
        ("opened", "Ana is ill"),
        ("closed", None),
    ]
    assert {event.audience for event in told} == {"task"}
    dispatch()
    rows = Notification.objects.filter(reason="opened")
    assert set(rows.values_list("user__username", flat=True)) == {"ana"}  # the assignee of a private task sees it not


def test_no_write_goes_through_it(root: Actor, hidden: Task, member: User) -> None:
    opened(root, hidden)
    own = services.create_task
    calls = [
        lambda: services.edit_task(root, hidden.key, {"title": "x"}), lambda: services.watch(root, hidden.key),
        lambda: services.add_note(root, hidden.key, text="x"), lambda: services.cancel_task(root, hidden.key),
        lambda: services.take_over(root, hidden.key), lambda: services.grant(root, hidden.key, "user:member"),
        lambda: services.complete_task(root, hidden.key),
        lambda: own(root, {"container": "migrations", "title": "x", "parent": hidden.key}),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(TaskHubError) as refused:
            call()
        assert refused.type in (Forbidden, NotFound, Invalid)
    levels = {field.level for field in access.visible_fields(TaskPermissions(root, hidden)).values()}
    assert levels <= {"read"}


@pytest.mark.parametrize(("reason", "minutes"), [("", 5), ("  ", 5), ("x" * 501, 5), ("x", 0), ("x", 61)])
def test_it_takes_a_reason_and_at_most_an_hour(root: Actor, hidden: Task, reason: str, minutes: int) -> None:
    with pytest.raises(Invalid):
        services.break_glass(root, hidden.key, reason=reason, minutes=minutes)


def test_it_is_for_administrators(owner_actor: Actor, application_actor: Actor, hidden: Task) -> None:
    for actor in (owner_actor, application_actor):
        for name in (hidden.key, "MIG-00000"):
            with pytest.raises(Forbidden):
                services.break_glass(actor, name, reason="x")


def test_what_is_seen_anyway_is_not_opened(root: Actor, make: MakeTask, hidden: Task) -> None:
    opened(root, hidden)
    with pytest.raises(Conflict):
        opened(root, hidden)
    with pytest.raises(Invalid):
        services.break_glass(root, "MIG-00000", reason="x")
