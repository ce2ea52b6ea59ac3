"""Moving a task to another container of its owner."""

import pytest

from apps.actors.models import User
from apps.containers.models import Container, Membership
from apps.events.models import Event
from apps.tasks.models import Task
from tests import factories

from .world import MIGRATION, TASK, Caller, Json


@pytest.fixture
def archive(app: Caller, owner: User) -> str:
    """Another container of the application, with a type of the same name; `ben` looks into it."""
    app.put("/containers/archive", {"title": "Archive"})
    app.put("/containers/archive/types/migration", MIGRATION)
    factories.make_user("ben")
    app.put("/containers/archive/members/user:ben", {"role": "viewer"})
    return "archive"


def test_a_move_is_looked_at_confirmed_and_done(app: Caller, manager: Caller, task: Json, archive: str) -> None:
    path = f"/tasks/{task['id']}/move"
    app.post(f"/tasks/{task['id']}/notes", {"text": "Stays", "kind": "comment"})
    told = Event.objects.count()
    seen = app.post(f"{path}?preview=true", {"container": archive}).json()
    assert seen == {
        "widens": True, "gains": [{"who": "user:ben", "title": "ben", "what": ["task"], "fields": []}],
        "loses": [{"who": "user:owner", "title": "owner"}, {"who": "user:member", "title": "member"}],
    }  # fmt: skip
    refused = app.post(path, {"container": archive})
    assert (refused.status_code, refused.json()["code"], refused.json()["gains"]) == (
        409,
        "confirm_widen",
        seen["gains"],
    )
    assert (Event.objects.count(), app.get(f"/tasks/{task['id']}").json()["container"]) == (told, "migrations")
    moved = app.post(path, {"container": archive, "confirm_widen": True}).json()
    assert (moved["container"], moved["key"], moved["fields"]) == (archive, task["key"], task["fields"])
    assert manager.get(f"/tasks/{task['id']}").status_code == 404
    assert len(app.get(f"/tasks/{task['id']}/notes").json()["results"]) == 1
    last = app.get(f"/tasks/{task['id']}/events").json()["results"][-1]
    assert last["data"]["changes"] == {"container": [None, archive]}
    assert [row["id"] for row in app.get(f"/tasks?container={archive}").json()["results"]] == [task["id"]]


def test_only_to_a_type_that_fits(app: Caller, task: Json, archive: str) -> None:
    path = f"/tasks/{task['id']}/move"
    app.put(
        "/containers/archive/types/other", {"schema": {"type": "object", "properties": {"source": {"type": "string"}}}}
    )
    refused = app.post(path, {"container": archive, "type": "other", "confirm_widen": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert {row["pointer"] for row in refused.json()["errors"]} == {"/fields/target", "/fields/lag_rows"}
    app.delete("/containers/archive/types/migration")
    refused = app.post(path, {"container": archive})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/type")


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 400, "/container"), ({"container": "nowhere"}, 400, "/container"), ({"container": 5}, 400, "/container"),
        ({"container": "migrations"}, 400, "/container"), ({"container": "hidden"}, 400, "/container"),
        ({"container": "archive", "type": "typo"}, 400, "/type"), ({"container": "archive", "x": 1}, 400, "/x"),
    ],
)  # fmt: skip
def test_wrong_places(app: Caller, task: Json, archive: str, body: Json, status: int, pointer: str) -> None:
    factories.make_container("hidden")
    for query in ("", "?preview=true"):
        answer = app.post(f"/tasks/{task['id']}/move{query}", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)


def test_who_may(
    app: Caller, contributor: Caller, outsider: Caller, other_app: Caller, task: Json, archive: str, desk: Container
) -> None:
    for caller, status in ((contributor, 403), (outsider, 404), (other_app, 404)):
        assert caller.post(f"/tasks/{task['id']}/move", {"container": archive}).status_code == status
    Membership.objects.create(container=desk, application=task_owner(), role="contributor")
    refused = app.post(f"/tasks/{task['id']}/move", {"container": "desk", "type": "task"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


def task_owner() -> object:
    return Task.objects.get().application


def test_not_while_somebody_has_it(app: Caller, archive: str) -> None:
    asked = app.made("/tasks", {**TASK, "hand_over": {"to": "user:member"}})
    leased = app.made("/tasks", {**TASK, "function": "copy"})
    app.post("/queue/claim", {"functions": ["copy"]})
    ended = app.made("/tasks", TASK)
    app.post(f"/tasks/{ended['id']}/cancel")
    for task in (asked, leased, ended):
        answer = app.post(f"/tasks/{task['id']}/move", {"container": archive, "confirm_widen": True})
        assert answer.status_code == 409
        assert app.get(f"/tasks/{task['id']}").json()["container"] == "migrations"


def test_attempts_and_external_ids_go_along(app: Caller, archive: str) -> None:
    policy = {"retry_policy": {"enabled": True}}
    app.put("/functions/copy", policy)
    first = app.made("/tasks", {**TASK, "function": "copy", "external_id": "e-1"})
    (leased,) = app.post("/queue/claim", {"functions": ["copy"]}).json()["tasks"]
    failed = {"task": first["id"], "token": leased["lease"]["token"], "error": {"name": "oops"}}
    (result,) = app.post("/queue/fail", {"failures": [failed]}).json()["results"]
    newest = result["retried_by_task_id"]
    app.made("/tasks", {**TASK, "container": archive, "external_id": "e-1"})
    refused = app.post(f"/tasks/{newest}/move", {"container": archive, "confirm_widen": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    Task.objects.filter(container__slug=archive).update(external_id=None)
    assert app.post(f"/tasks/{newest}/move", {"container": archive, "confirm_widen": True}).status_code == 200
    assert set(Task.objects.filter(newest=newest).values_list("container__slug", flat=True)) == {archive}


def test_hidden_values_do_not_become_readable(contributor: Caller, manager: Caller, desk: Container) -> None:
    secret = {"type": "string", "x-taskhub": {"read": ["manager"], "write": ["manager"]}}
    kind = {"schema": {"type": "object", "properties": {"pay": secret, "note": {"type": "string"}}}}
    manager.put("/containers/desk/types/person", kind)
    ana = {"container": "desk", "type": "person", "title": "Ana", "assignee": "user:member", "fields": {"pay": "4711"}}
    made = manager.made("/tasks", ana)
    mine = contributor.put("/containers/mine", {"title": "Mine"}).json()["slug"]
    open_to_all = {"schema": {"type": "object", "properties": {"pay": {"type": "string"}}}}
    contributor.put(f"/containers/{mine}/types/person", open_to_all)
    refused = contributor.post(f"/tasks/{made['id']}/move", {"container": mine, "confirm_widen": True})
    assert refused.status_code == 409
    assert "pay" not in refused.content.decode()
    Membership.objects.create(container=Container.objects.get(slug=mine), user=User.objects.get(username="owner"),
                              role="contributor")  # fmt: skip
    moved = manager.post(f"/tasks/{made['id']}/move", {"container": mine, "confirm_widen": True})
    assert (moved.status_code, moved.json()["fields"]) == (200, {"pay": "4711"})
