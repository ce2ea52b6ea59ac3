"""What a POST of a task answers is what a GET answers then, though the task is not read for it."""

import pytest

from apps.actors.models import User
from apps.containers.models import Container
from apps.tasks.models import Task
from apps.tasks.services import create

from .world import TASK, Caller, Json

ASKED = {"to": "user:member", "fields": ["target"], "title": "Where to?"}
BODIES: dict[str, Json] = {
    "plain": TASK,
    "numbers": {**TASK, "data": {"bb": 9e15, "a": -0.0, "c": [1.0, 1e-7, 0.1, 9007199254740991, None, True, "é"]}},
    "times": {**TASK, "due_at": "2031-01-01T10:00:00.123456+02:00", "start_at": "2030-01-01T00:00:00Z"},
    "people": {**TASK, "reporter": "user:owner", "assignee": "user:member", "tags": ["b", "a"]},
    "private": {**TASK, "privacy": "private", "private_to": "user:owner", "app_readable": True},
    "asked": {**TASK, "hand_over": ASKED},
    "built in": {"title": "Nothing else"},
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("key", [None, "k"])
def test_an_application_is_answered_what_it_reads(
    app: Caller, owner: User, member: User, name: str, key: str | None
) -> None:
    made = app.post("/tasks", BODIES[name], **({"Idempotency_Key": key} if key else {}))
    assert made.status_code == 201, made.content
    read = app.get(f"/tasks/{made.json()['id']}")
    assert made.json() == read.json()
    assert made.headers["ETag"] == read.headers["ETag"]


@pytest.fixture
def job(manager: Caller, desk: Container) -> None:
    """A type in the container of people."""
    assert manager.put("/containers/desk/types/job", {"schema": {"type": "object"}}).status_code == 201


@pytest.mark.parametrize("privacy", ["inherit", "restricted", "private"])
def test_a_person_is_answered_what_they_read(contributor: Caller, job: None, privacy: str) -> None:
    made = contributor.post("/tasks", {"container": "desk", "type": "job", "title": "Mine", "privacy": privacy})
    assert made.status_code == 201, made.content
    read = contributor.get(f"/tasks/{made.json()['id']}")
    assert (made.json(), made.headers["ETag"]) == (read.json(), read.headers["ETag"])


def test_a_task_that_its_maker_does_not_see_is_not_answered(contributor: Caller, job: None) -> None:
    body = {"container": "desk", "type": "job", "title": "Theirs", "privacy": "private", "private_to": "user:owner"}
    made = contributor.post("/tasks", body, Idempotency_Key="k")
    assert made.json() == {"id": str(Task.objects.get().pk)}


def test_a_key_that_is_taken_is_drawn_anew(app: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    first = app.made("/tasks", TASK)
    keys = [first["key"], first["key"], "MIG-FREE1"]
    monkeypatch.setattr(create, "new_key", lambda *_: keys.pop(0))
    made = app.post("/tasks", TASK, Idempotency_Key="k")
    assert (made.status_code, made.json()["key"]) == (201, "MIG-FREE1")
    assert made.json() == app.post("/tasks", TASK, Idempotency_Key="k").json()
    assert Task.objects.count() == 2
