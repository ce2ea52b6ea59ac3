"""Taking a task away from its people, opening a container, and what is left out of a PUT."""

import pytest

from apps.containers.models import Container
from apps.events.dispatch import dispatch
from apps.events.models import Event
from apps.tasks.models import Task

from .world import TASK, Caller, Json


@pytest.fixture
def card(manager: Caller, desk: Container) -> Json:
    """A task of the manager in a container of people."""
    manager.put("/containers/desk/types/task", {"title": "Task"})
    return manager.made("/tasks", {"container": "desk", "title": "Theirs"})


@pytest.mark.parametrize("change", [{"privacy": "private", "private_to": "user:member"}, {"privacy": "private"}])
def test_a_colleague_does_not_make_it_private(contributor: Caller, manager: Caller, card: Json, change: Json) -> None:
    assert contributor.patch(f"/tasks/{card['id']}", {**change, "confirm_widen": True}).status_code == 403
    assert manager.patch(f"/tasks/{card['id']}", {**change, "confirm_widen": True}).status_code == 200


def test_an_assignee_may_make_it_private(contributor: Caller, manager: Caller, card: Json) -> None:
    manager.patch(f"/tasks/{card['id']}", {"assignee": "user:member"})
    change = {"privacy": "private", "private_to": "user:member"}
    assert contributor.patch(f"/tasks/{card['id']}", change).status_code == 200


@pytest.mark.parametrize("more", [{"privacy": "private"}, {"privacy": "private", "private_to": "user:member"}])
def test_who_assigned_it_to_themselves_does_not_make_it_private(
    contributor: Caller, manager: Caller, card: Json, more: Json
) -> None:
    path, change = f"/tasks/{card['id']}", {**more, "confirm_widen": True}
    assert contributor.patch(path, {"assignee": "user:member", **change}).status_code == 403
    assert contributor.patch(path, {"assignee": "user:member"}).status_code == 200
    assert contributor.patch(path, change).status_code == 403
    mine = contributor.put("/containers/mine", {"title": "Mine"}).json()["slug"]
    assert contributor.post(f"{path}/move", {"container": mine, "confirm_widen": True}).status_code == 403
    manager.patch(path, {"assignee": None})
    manager.patch(path, {"assignee": "user:member"})
    assert contributor.patch(path, change).status_code == 200


def test_a_colleague_does_not_move_it_away(contributor: Caller, card: Json) -> None:
    mine = contributor.put("/containers/mine", {"title": "Mine"}).json()["slug"]
    move = {"container": mine, "confirm_widen": True}
    assert contributor.post(f"/tasks/{card['id']}/move", move).status_code == 403
    own = contributor.made("/tasks", {"container": "desk", "title": "Own"})
    assert contributor.post(f"/tasks/{own['id']}/move", move).status_code == 200


def test_the_application_alone_opens_restricted_tasks_to_managers(app: Caller, manager: Caller) -> None:
    path, opened = "/containers/migrations", {"managers_see_restricted": True}
    app.made("/tasks", {**TASK, "privacy": "restricted"})
    assert manager.patch(path, {**opened, "confirm_widen": True}).status_code == 403
    refused = app.patch(path, opened)
    assert (refused.status_code, refused.json()["code"]) == (409, "confirm_widen")
    assert refused.json()["gains"][0]["tasks"] == 1
    assert app.patch(path, {**opened, "confirm_widen": True}).status_code == 200
    assert app.patch(path, {"managers_see_restricted": False}).status_code == 200
    told = Event.objects.filter(type="task.granted").order_by("id").values_list("data__did", "data__to")
    assert list(told) == [("granted", "managers"), ("revoked", "managers")]


def test_everybody_is_let_in_on_purpose(manager: Caller, card: Json) -> None:
    refused = manager.patch("/containers/desk", {"everyone": "viewer"})
    assert (refused.status_code, refused.json()["code"]) == (409, "confirm_widen")
    assert manager.patch("/containers/desk", {"everyone": "requester"}).status_code == 200
    assert manager.patch("/containers/desk", {"everyone": "viewer", "confirm_widen": True}).status_code == 200


def test_what_a_put_leaves_out_stays(app: Caller) -> None:
    path = "/containers/migrations"
    app.put(path, {"title": "M", "description": "D", "everyone": "requester", "managers_see_restricted": True})
    answer = app.put(path, {"title": "N"}).json()
    assert (answer["title"], answer["description"], answer["everyone"]) == ("N", "D", "requester")
    assert answer["managers_see_restricted"] is True


def failed(app: Caller) -> tuple[str, str]:
    """The ids of an attempt and of the task in its place."""
    made = app.made("/tasks", TASK)
    Task.objects.filter(pk=made["id"]).update(status="failed")
    return made["id"], app.post(f"/tasks/{made['id']}/retry").json()["id"]


def test_writes_to_an_attempt_are_of_its_newest_task(app: Caller) -> None:
    old, newest = failed(app)
    changed = app.patch(f"/tasks/{old}", {"title": "New title"})
    assert (changed.status_code, changed.json()["id"], changed.json()["title"]) == (200, newest, "New title")
    assert app.get(f"/tasks/{old}").json()["status"] == "retried"
    assert app.post(f"/tasks/{old}/notes", {"text": "x"}).status_code == 201
    canceled = app.post(f"/tasks/{old}/cancel", {})
    assert (canceled.status_code, canceled.json()["id"], canceled.json()["status"]) == (200, newest, "canceled")


def test_completing_what_has_ended_with_values(app: Caller, task: Json) -> None:
    app.post(f"/tasks/{task['id']}/complete", {})
    again = app.post(f"/tasks/{task['id']}/complete", {"fields": {"tables": ["x"]}})
    assert (again.status_code, again.json()["code"]) == (409, "already_ended")


def test_a_required_hidden_field_is_not_named(manager: Caller, contributor: Caller, desk: Container) -> None:
    pay = {"type": "integer", "x-taskhub": {"read": ["manager"], "write": ["manager"]}}
    kind = {"schema": {"type": "object", "required": ["pay"], "properties": {"pay": pay}}, "create": None}
    manager.put("/containers/desk/types/card", kind)
    made = contributor.post("/tasks", {"container": "desk", "type": "card", "title": "A"})
    assert (made.status_code, "pay" in made.content.decode()) == (201, False)


def test_an_external_id_does_not_name_a_hidden_task(app: Caller, contributor: Caller) -> None:
    hidden = {"privacy": "private", "private_to": "user:member", "app_readable": False}
    made = app.made("/tasks", {**TASK, **hidden, "external_id": "e"})
    for body in ({**TASK, **hidden, "external_id": "e"}, {**TASK, "external_id": "e"}):
        refused = app.post("/tasks", body)
        assert refused.status_code == 409
        assert made["id"] not in refused.content.decode()


def test_who_loses_a_task_is_told_once_by_title(contributor: Caller, manager: Caller, card: Json) -> None:
    manager.patch(f"/tasks/{card['id']}", {"assignee": "user:member"})
    manager.patch(f"/tasks/{card['id']}", {"privacy": "private", "private_to": "user:owner"})
    manager.patch(f"/tasks/{card['id']}", {"title": "Not theirs to know"})
    dispatch()
    rows = contributor.get("/notifications").json()["results"]
    assert [(row["reason"], row["title"]) for row in rows] == [("lost", "Theirs")]
    assert manager.get("/notifications").json()["results"] == []


def test_people_of_a_restricted_task_hear_that_managers_see_it(app: Caller, contributor: Caller) -> None:
    app.made("/tasks", {**TASK, "privacy": "restricted", "reporter": "user:member"})
    app.patch("/containers/migrations", {"managers_see_restricted": True, "confirm_widen": True})
    dispatch()
    rows = contributor.get("/notifications").json()["results"]
    assert [row["reason"] for row in rows] == ["shared"]
