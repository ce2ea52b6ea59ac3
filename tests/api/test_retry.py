"""Retry now, and with other input: checked like an edit of the new attempt."""

from typing import Any

import pytest

from apps.actors.models import User
from apps.containers.models import Container
from apps.events.models import Event

from .world import Caller

pytestmark = pytest.mark.django_db
TYPE = {"schema": {"type": "object", "properties": {
    "rows": {"type": "integer", "minimum": 0},
    "secret": {"type": "string", "x-taskhub": {"read": ["manager"], "write": ["manager"]}},
}}}  # fmt: skip
SLOW = {"retry_policy": {"enabled": True, "delays": [3600]}}


@pytest.fixture
def migrator(worker: str, container: Container) -> Caller:
    caller = Caller(key=worker)
    caller.put("/containers/migrations/types/copy", TYPE)
    caller.put("/functions/copy", {})
    return caller


def failed(caller: Caller) -> str:
    body = {"container": "migrations", "type": "copy", "title": "Copy", "function": "copy", "fields": {"rows": 1}}
    task = caller.made("/tasks", {**body, "data": {"path": "a"}})["id"]
    (claimed,) = caller.made("/queue/claim", {"functions": ["copy"]})["tasks"]
    assert claimed["id"] == task
    failure = {"task": task, "token": claimed["lease"]["token"], "error": {"name": "Down"}}
    (result,) = caller.made("/queue/fail", {"failures": [failure]})["results"]
    return result["retried_by_task_id"] or str(task)


def claimed(caller: Caller) -> list[Any]:
    tasks: list[Any] = caller.made("/queue/claim", {"functions": ["copy"]})["tasks"]
    return tasks


def changes_of(task: str) -> list[Any]:
    return [event.data["changes"] for event in Event.objects.filter(task_id=task, type="task.updated").order_by("id")]


def test_retry_that_waits_starts_now(migrator: Caller, member: User) -> None:
    migrator.put("/functions/copy", SLOW)
    task = failed(migrator)
    assert claimed(migrator) == []
    answer = Caller(user=member).made(f"/tasks/{task}/retry", {})
    assert (answer["id"], answer["status"]) == (task, "new")
    assert [list(changes) for changes in changes_of(task)] == [["start_at"]]
    assert [each["id"] for each in claimed(migrator)] == [task]


def test_only_a_retry_starts_before_its_time(migrator: Caller) -> None:
    body = {"container": "migrations", "type": "copy", "title": "Copy", "start_at": "2099-01-01T00:00:00Z"}
    later = migrator.made("/tasks", {**body, "function": "copy"})["id"]
    assert migrator.post(f"/tasks/{later}/retry", {}).status_code == 409
    ready = migrator.made("/tasks", {"container": "migrations", "type": "copy", "title": "Copy"})["id"]
    assert migrator.post(f"/tasks/{ready}/retry", {}).status_code == 409


@pytest.mark.parametrize("policy", [{}, SLOW])
def test_retry_with_other_input(migrator: Caller, policy: dict[str, Any]) -> None:
    migrator.put("/functions/copy", policy)
    task = failed(migrator)
    newest = migrator.made(f"/tasks/{task}/retry", {"fields": {"rows": 2}, "data": {"path": "b"}})
    assert (newest["fields"], newest["data"]) == ({"rows": 2}, {"path": "b"})
    (changes,) = changes_of(newest["id"])
    assert changes["fields.rows"] == [1, 2]
    assert changes["data"] == ["•••", "•••"]
    (again,) = claimed(migrator)
    assert (again["id"], again["data"]) == (newest["id"], {"path": "b"})


@pytest.mark.parametrize(("fields", "status"), [({"rows": -1}, 422), ({"rows": "x"}, 422), ({"none": 1}, 400)])
def test_wrong_values_retry_nothing(migrator: Caller, fields: dict[str, Any], status: int) -> None:
    task = failed(migrator)
    answer = migrator.post(f"/tasks/{task}/retry", {"fields": fields})
    assert answer.status_code == status, answer.content
    assert migrator.get(f"/tasks/{task}").json()["status"] == "failed"


def test_people_write_what_an_edit_would_let_them(migrator: Caller, member: User) -> None:
    task, person = failed(migrator), Caller(user=member)
    locked = person.post(f"/tasks/{task}/retry", {"fields": {"rows": 2}})
    assert (locked.status_code, locked.json()["errors"][0]["code"]) == (403, "locked")
    for body in ({"data": 1}, {"fields": {"secret": "x"}}):
        assert person.post(f"/tasks/{task}/retry", body).json()["code"] == "unknown_field"
    assert person.post(f"/tasks/{task}/retry", {}).status_code == 200


def test_people_give_other_input_where_they_own_the_task(desk: Container, member: User, owner: User) -> None:
    manager, person = Caller(user=owner), Caller(user=member)
    assert manager.put("/containers/desk/types/card", TYPE).status_code == 201
    task = person.made("/tasks", {"container": "desk", "type": "card", "title": "Card", "fields": {"rows": 1}})["id"]
    person.made(f"/tasks/{task}/fail", {"error": {"name": "Down"}})
    assert person.made(f"/tasks/{task}/retry", {"fields": {"rows": 2}})["fields"]["rows"] == 2
