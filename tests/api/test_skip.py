"""POST /tasks/{id}/skip: the task ends, and counts as no failure anywhere."""

from typing import Any

import pytest

from apps.actors.models import User
from apps.containers.models import Container
from apps.events.models import Event
from apps.tasks.models import SKIPPED, Task

from .world import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def migrator(worker: str, container: Container) -> Caller:
    caller = Caller(key=worker)
    caller.put("/containers/migrations/types/copy", {})
    caller.put("/functions/copy", {})
    return caller


def made(caller: Caller, **more: Any) -> str:
    return str(caller.made("/tasks", {"container": "migrations", "type": "copy", "title": "Copy", **more})["id"])


def failed(caller: Caller) -> str:
    task = made(caller, function="copy")
    caller.made(f"/tasks/{task}/start", {})
    caller.made(f"/tasks/{task}/fail", {"error": {"name": "Down"}})
    return task


def types_of(task: str) -> list[str]:
    return list(Event.objects.filter(task_id=task).order_by("id").values_list("type", flat=True))


def test_skipped_is_its_own_word(migrator: Caller) -> None:
    task = made(migrator, function="copy")
    answer = migrator.made(f"/tasks/{task}/skip", {"note": "The database is gone"})
    assert (answer["status"], answer["skipped"], answer["error"]["name"]) == ("failed", True, "skipped")
    assert "task.skipped" in types_of(task)
    assert "task.failed" not in types_of(task)
    (note,) = migrator.get(f"/tasks/{task}/notes").json()["results"]
    assert (note["kind"], note["text"]) == ("work_note", "The database is gone")


def test_failed_task_is_skipped(migrator: Caller) -> None:
    task = failed(migrator)
    answer = migrator.made(f"/tasks/{task}/skip", {})
    assert (answer["status"], answer["skipped"]) == ("failed", True)
    assert Task.objects.get(pk=task).previous_errors[-1]["name"] == "Down"
    again = migrator.post(f"/tasks/{task}/skip", {})
    assert (again.status_code, again.json()["code"]) == (409, "already_ended")


def test_open_question_is_taken_back(migrator: Caller, member: User) -> None:
    task = made(migrator)
    handover = migrator.made(f"/tasks/{task}/hand-over", {"to": "user:member", "actions": ["complete"]})
    assert Caller(user=member).made(f"/tasks/{task}/skip", {})["skipped"]
    assert migrator.get(f"/handovers/{handover['id']}").json()["state"] == "withdrawn"


def test_task_of_a_worker_is_not_skipped(migrator: Caller) -> None:
    task = made(migrator, function="copy")
    migrator.post("/queue/claim", {"functions": ["copy"]})
    assert migrator.post(f"/tasks/{task}/skip", {}).status_code == 409


@pytest.mark.parametrize("end", ["complete", "cancel"])
def test_what_ended_otherwise_is_not_skipped(migrator: Caller, end: str) -> None:
    task = made(migrator)
    migrator.made(f"/tasks/{task}/{end}", {})
    assert migrator.post(f"/tasks/{task}/skip", {}).json()["code"] == "already_ended"


def test_who_may(migrator: Caller, member: User, stranger: User) -> None:
    task = made(migrator, reporter="user:stranger")
    assert Caller(user=stranger).post(f"/tasks/{task}/skip", {}).status_code == 403
    assert Caller(user=member).post(f"/tasks/{task}/skip", {}).status_code == 200
    hidden = made(migrator, privacy="application")
    assert Caller(user=member).post(f"/tasks/{hidden}/skip", {}).status_code == 404


def test_lists_of_failures_leave_it_out(migrator: Caller) -> None:
    skipped, other, live = failed(migrator), failed(migrator), made(migrator)
    migrator.made(f"/tasks/{skipped}/skip", {})

    def found(query: str) -> set[str]:
        return {row["id"] for row in migrator.get(f"/tasks?{query}").json()["results"]}

    assert found("status=failed") == found("status__in=failed") == {other}
    assert found("status=failed,new") == {other, live}
    assert found("skipped=true") == found("status=failed&skipped=true") == {skipped}
    assert found("skipped=false") == {other, live}
    assert found("container=migrations") == {skipped, other, live}
    assert migrator.get("/tasks?status=failed&count=true").json()["count"] == 1
    assert migrator.get("/tasks?skipped=perhaps").status_code == 400


def test_sql_and_object_agree(migrator: Caller) -> None:
    for task in (failed(migrator), made(migrator)):
        migrator.made(f"/tasks/{task}/skip", {})
    failed(migrator)
    made(migrator)
    skipped = set(Task.objects.filter(SKIPPED))
    assert skipped == {task for task in Task.objects.all() if task.is_skipped}
    assert len(skipped) == 2


def test_statistics_count_it_apart(migrator: Caller) -> None:
    migrator.made(f"/tasks/{made(migrator, function='copy')}/skip", {})
    (row,) = migrator.get("/queue/stats").json()["results"]
    assert row["skips"]["last_5_minutes"] > 0
    assert row["failures"]["last_5_minutes"] == 0


def test_skipped_task_can_be_retried(migrator: Caller) -> None:
    task = made(migrator, function="copy")
    migrator.made(f"/tasks/{task}/skip", {})
    newest = migrator.made(f"/tasks/{task}/retry", {})
    assert (newest["status"], newest["skipped"]) == ("new", False)
