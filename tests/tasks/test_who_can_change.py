"""Of each field that is not theirs to write, the reader learns why not, and who can change it."""

import pytest

from apps.actors.actor import Actor
from apps.api.task_actions import custody
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import access, services
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Task

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


def who(actor: Actor, task: Task) -> dict[str, list[str]]:
    permissions = TaskPermissions(actor, access.get_task(actor, task.pk))
    return {name: said["who"] for name, said in custody(permissions)["fields"].items()}


def test_the_application_of_a_free_task(make: MakeTask, member_actor: Actor) -> None:
    assert who(member_actor, make()) == {key: ["application:migrator"] for key in ("source", "rows", "cutover_at")}


def test_the_target_of_what_is_asked_and_nobody_of_the_rest(
    make: MakeTask, member_actor: Actor, application_actor: Actor
) -> None:
    task = make()
    services.hand_over(application_actor, str(task.pk), {"to": "team:dba", "fields": ["rows"]})
    asked = {"source": [], "rows": ["team:dba"], "cutover_at": []}
    assert who(member_actor, task) == asked
    services.claim_handover(member_actor, str(access.get_task(member_actor, task.pk).handovers.get().pk))
    assert who(member_actor, task)["rows"] == ["user:member"]


def test_nobody_after_the_end(make: MakeTask, member_actor: Actor, application_actor: Actor) -> None:
    task = make()
    services.complete_task(application_actor, task.pk)
    assert who(member_actor, task)["source"] == []


def test_single_users_are_told_to_themselves_alone(desk: Container, owner_actor: Actor, member_actor: Actor) -> None:
    field = {"type": "string", "x-taskhub": {"write": ["user:member", "team:quiet", "manager"]}}
    put_type(owner_actor, "desk", "trip", {"schema": {"type": "object", "properties": {"a": field}}})
    task = services.create_task(owner_actor, {"container": "desk", "type": "trip", "title": "Trip"})[0]
    assert who(member_actor, task) == {"a": ["manager", "user:member"]}
    assert who(owner_actor, task) == {"a": ["manager"]}
