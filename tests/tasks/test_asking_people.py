"""Who asks in a container of people hands on nothing that they do not have themselves."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.core.errors import Forbidden, Invalid
from apps.tasks import services
from apps.tasks.models import Task

pytestmark = pytest.mark.django_db

SHAPE: dict[str, Any] = {
    "title": "Raise",
    "schema": {
        "type": "object",
        "properties": {
            "reason": {"type": "string"},
            "salary": {"type": "integer", "x-taskhub": {"read": ["manager"], "write": ["manager"]}},
            "grade": {"type": "integer", "x-taskhub": {"write": ["manager"]}},
        },
    },
    "create": {"by": "requester", "fields": ["reason"]},
}


@pytest.fixture
def task(desk: Container, owner_actor: Actor, member_actor: Actor) -> Task:
    """A contributor's own; the manager alone knows one field of it, and writes another."""
    put_type(owner_actor, "desk", "raise", SHAPE)
    return services.create_task(member_actor, {"container": "desk", "type": "raise", "title": "More"})[0]


def ask(actor: Actor, task: Task, **said: Any) -> None:
    due = timezone.now() + timedelta(hours=1)
    services.hand_over(actor, task.key, {"to": "user:owner", "due_at": due, **said})


@pytest.mark.parametrize("name", ["salary", "nothing"])
def test_hidden_field_cannot_be_asked_for(task: Task, member_actor: Actor, name: str) -> None:
    timeout = {"do": "submit", "action": "submit", "fields": {name: 9}}
    for said in ({"to": "user:member", "fields": [name]}, {"on_timeout": timeout}):
        with pytest.raises(Invalid) as refused:
            ask(member_actor, task, **said)
        assert refused.value.code == "unknown_field"


def test_default_answer_writes_only_what_the_asker_could(task: Task, member_actor: Actor, owner_actor: Actor) -> None:
    timeout = {"do": "submit", "action": "submit", "fields": {"grade": 9}}
    with pytest.raises(Forbidden) as refused:
        ask(member_actor, task, on_timeout=timeout)
    assert [problem.pointer for problem in refused.value.errors] == ["/on_timeout/fields/grade"]
    ask(owner_actor, task, fields=["grade", "salary"], on_timeout=timeout)


def test_contributor_asks_a_manager_for_what_only_they_write(task: Task, member_actor: Actor) -> None:
    ask(
        member_actor,
        task,
        fields=["reason", "grade"],
        on_timeout={"do": "submit", "action": "submit", "fields": {"reason": "x"}},
    )
    assert Task.objects.get(pk=task.pk).status == "handed_over"
