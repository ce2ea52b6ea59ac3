"""Among people nobody hands on a field that they could not write: by asking, escalating, delegating, taking over."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import SYSTEM, Actor
from apps.actors.models import User
from apps.automation.rules.services import put_rule
from apps.containers.models import Container, Membership
from apps.containers.services import put_type
from apps.core.errors import Forbidden, Invalid
from apps.events.dispatch import dispatch
from apps.tasks import services
from apps.tasks.models import Handover, Task
from tests import factories

pytestmark = pytest.mark.django_db

OWN: dict[str, Any] = {"type": "string", "x-taskhub": {"read": ["reporter"], "write": ["reporter"]}}
SHAPE: dict[str, Any] = {
    "schema": {
        "type": "object",
        "properties": {
            "reason": {"type": "string"},
            "grade": {"type": "integer", "x-taskhub": {"write": ["manager"]}},
            "pay": OWN,
        },
    },
    "create": {"by": "requester", "fields": ["reason"]},
}


@pytest.fixture
def colleague(desk: Container) -> User:
    user = factories.make_user("colleague")
    Membership.objects.create(container=desk, user=user, role="contributor")
    return user


@pytest.fixture
def task(desk: Container, owner_actor: Actor, member_actor: Actor, colleague: User) -> Task:
    """Reported by a contributor; every contributor reads `grade`, and managers write it."""
    put_type(owner_actor, "desk", "raise", SHAPE)
    return services.create_task(member_actor, {"container": "desk", "type": "raise", "title": "More"})[0]


def ask(actor: Actor, task: Task, **said: Any) -> Handover:
    return services.hand_over(actor, task.key, {"due_at": timezone.now() + timedelta(hours=1), **said})


@pytest.mark.parametrize("to", ["user:member", "user:colleague", "team:mixed", "reporter"])
def test_a_colleague_is_not_asked_for_what_neither_writes(
    task: Task, member_actor: Actor, owner_actor: Actor, colleague: User, owner: User, to: str
) -> None:
    factories.make_team("mixed").members.add(owner, colleague)
    with pytest.raises(Forbidden) as refused:
        ask(member_actor, task, to=to, fields=["reason", {"name": "grade"}])
    assert [(p.pointer, p.code) for p in refused.value.errors] == [("/fields/1", "locked")]
    ask(owner_actor, task, to=to, fields=["grade"])


def test_nor_is_somebody_by_escalation(task: Task, member_actor: Actor, owner_actor: Actor) -> None:
    last = {"do": "escalate", "to": "user:colleague"}
    for timeout in (last, {"do": "escalate", "to": "user:owner", "due_in": 5, "on_timeout": last}):
        with pytest.raises(Forbidden):
            ask(member_actor, task, to="user:owner", fields=["grade"], on_timeout=timeout)
    ask(member_actor, task, to="user:owner", fields=["reason"], on_timeout=last)


def test_nor_by_delegating_the_own_question(task: Task, member_actor: Actor, owner_actor: Actor) -> None:
    handover = ask(member_actor, task, to="user:owner", fields=["grade"])
    for to in ("user:member", "user:colleague"):
        with pytest.raises(Forbidden) as refused:
            services.delegate_handover(member_actor, handover.pk, to=to)
        assert [(p.pointer, p.code) for p in refused.value.errors] == [("/to", "locked")]
    services.delegate_handover(owner_actor, handover.pk, to="user:colleague")
    assert Handover.objects.get().to == "user:colleague"


def test_nor_by_taking_over(task: Task, member_actor: Actor) -> None:
    handover = services.take_over(member_actor, task.key)
    assert {item["name"] for item in handover.fields} == {"reason", "pay"}


def test_nor_is_a_field_that_managers_do_not_read_by_their_rule(
    task: Task, member_actor: Actor, owner_actor: Actor
) -> None:
    services.edit_task(member_actor, task.key, {"fields": {"pay": "4711"}})
    for name, field in (("a", "pay"), ("b", "grade")):
        hand = {"do": "hand_over", "to": "user:colleague" if field == "grade" else "user:owner", "fields": [field]}
        put_rule(owner_actor, "desk", name, {"on": "task.noted", "actions": [hand]})
    services.add_note(member_actor, task.key, text="Go", kind="comment")
    dispatch()
    assert [[item["name"] for item in one.fields] for one in Handover.objects.all()] == [["grade"]]


def test_the_system_asks_for_no_more_than_managers_read(task: Task) -> None:
    with pytest.raises(Invalid) as refused:
        ask(SYSTEM, task, to="user:owner", fields=["pay"])
    assert refused.value.code == "unknown_field"
