"""A property that says only who reads it: what people write by default never widens that."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import access, queries, search, services
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Task
from tests.tasks.conftest import MakeTask

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(desk: Container, owner_actor: Actor) -> Task:
    """In a container of people; `pay` says nothing but that managers read it."""
    fields = {"plain": {"type": "string"}, "pay": {"type": "string", "x-taskhub": {"read": ["manager"]}}}
    put_type(owner_actor, "desk", "card", {"schema": {"type": "object", "properties": fields}})
    said = {"container": "desk", "type": "card", "title": "Card", "fields": {"plain": "a", "pay": "quince"}}
    return services.create_task(owner_actor, said)[0]


def levels(actor: Actor, task: Task) -> dict[str, Any]:
    return {name: field.level for name, field in access.visible_fields(TaskPermissions(actor, task)).items()}


def test_contributors_neither_read_nor_write_what_managers_read(
    task: Task, owner_actor: Actor, member_actor: Actor
) -> None:
    assert levels(member_actor, task) == {"plain": "write"}
    assert levels(owner_actor, task) == {"plain": "write", "pay": "write"}


def test_its_words_find_nothing_for_them(task: Task, owner_actor: Actor, member_actor: Actor) -> None:
    def found(actor: Actor) -> bool:
        return queries.tasks_for(actor).filter(search.matching_text(actor, "quince")).exists()

    assert (found(owner_actor), found(member_actor)) == (True, False)


def test_an_application_reads_what_it_writes(make: MakeTask, application_actor: Actor, owner_actor: Actor) -> None:
    fields = {"pay": {"type": "string", "x-taskhub": {"read": ["manager"]}}}
    put_type(application_actor, "migrations", "bill", {"schema": {"type": "object", "properties": fields}})
    body = {"container": "migrations", "type": "bill", "title": "Bill", "fields": {"pay": "7"}}
    assert levels(application_actor, services.create_task(application_actor, body)[0]) == {"pay": "write"}
