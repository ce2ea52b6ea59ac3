"""Changing who sees a task: who gains and who loses is told first, and letting somebody in is confirmed."""

from typing import Any

import pytest

from apps.actors.models import Team, User
from apps.containers.models import Container, Membership
from apps.events.models import Event

from .world import TASK, Caller, Json

LATER, EARLIER = "2030-01-01T00:00:00Z", "2020-01-01T00:00:00Z"


def whos(said: list[Json]) -> list[str]:
    return sorted(row["who"] for row in said)


@pytest.fixture
def restricted(app: Caller) -> Json:
    """The people of the task alone see it: its reporter `member`."""
    return app.made("/tasks", {**TASK, "privacy": "restricted", "reporter": "user:member"})


def test_who_gains_must_be_confirmed(app: Caller, manager: Caller, restricted: Json) -> None:
    path = f"/tasks/{restricted['id']}"
    refused = app.patch(path, {"privacy": "inherit", "title": "Other"})
    assert (refused.status_code, refused.json()["code"]) == (409, "confirm_widen")
    assert refused.json()["gains"] == [
        {"who": "user:owner", "title": "owner", "what": ["task", "work_notes"], "fields": []}
    ]
    assert refused.json()["errors"][0]["pointer"] == "/confirm_widen"
    assert app.get(path).json() == restricted
    assert manager.get(path).status_code == 404
    done = app.patch(path, {"privacy": "inherit", "confirm_widen": True})
    assert (done.status_code, done.json()["privacy"]) == (200, "inherit")
    assert manager.get(path).status_code == 200


def test_narrowing_needs_no_word(app: Caller, manager: Caller, task: Json) -> None:
    told = Event.objects.count()
    seen = app.patch(f"/tasks/{task['id']}?preview=true", {"privacy": "restricted"})
    assert seen.json() == {
        "widens": False, "gains": [],
        "loses": [{"who": "user:owner", "title": "owner"}, {"who": "user:member", "title": "member"}],
    }  # fmt: skip
    assert (Event.objects.count(), manager.get(f"/tasks/{task['id']}").status_code) == (told, 200)
    assert app.patch(f"/tasks/{task['id']}", {"privacy": "restricted"}).status_code == 200
    assert manager.get(f"/tasks/{task['id']}").status_code == 404


def test_a_preview_speaks_of_teams_and_everybody(
    app: Caller, container: Container, team: Team, restricted: Json
) -> None:
    Membership.objects.create(container=container, team=team, role="viewer")
    container.everyone = "viewer"
    container.save()
    path = f"/tasks/{restricted['id']}?preview=true"
    seen = app.patch(path, {"privacy": "inherit"}).json()
    assert (seen["widens"], whos(seen["gains"])) == (True, ["everyone", "team:dba", "user:owner"])
    seen = app.patch(path, {"privacy": "private", "private_to": "user:owner"}).json()
    assert (whos(seen["gains"]), whos(seen["loses"])) == (["user:owner"], ["user:member"])


def test_grants_and_open_handovers_stay(app: Caller, contributor: Caller, stranger: User, restricted: Json) -> None:
    path = f"/tasks/{restricted['id']}"
    app.put(f"{path}/grants/user:stranger", {"expires_at": LATER})
    app.put(f"{path}/grants/team:dba", {"expires_at": EARLIER})
    seen = app.patch(f"{path}?preview=true", {"privacy": "application"})
    assert whos(seen.json()["loses"]) == ["user:member", "user:stranger"]
    app.post(f"{path}/hand-over", {"to": "user:owner"})
    assert app.patch(f"{path}?preview=true", {"privacy": "application"}).status_code == 409
    seen = app.patch(f"{path}?preview=true", {"privacy": "private", "private_to": "user:owner"}).json()
    assert (seen["gains"], whos(seen["loses"])) == ([], ["user:member", "user:stranger"])


def test_app_readable_again_is_a_gain_too(contributor: Caller, app: Caller) -> None:
    private = {"privacy": "private", "private_to": "user:member"}
    made = app.made("/tasks", {**TASK, **private})
    seen = app.patch(f"/tasks/{made['id']}?preview=true", {"app_readable": False}).json()
    assert (seen["gains"], whos(seen["loses"])) == ([], ["application:migrator"])


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"title": "x"}, 400, "/title"), ({"privacy": "secret"}, 400, "/privacy"), ({"colour": 1}, 400, "/colour"),
        ({"privacy": "private", "private_to": "user:nobody"}, 400, "/private_to"),
    ],
)  # fmt: skip
def test_wrong_previews(app: Caller, task: Json, body: Json, status: int, pointer: str) -> None:
    answer = app.patch(f"/tasks/{task['id']}?preview=true", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)


def test_who_may_look(app: Caller, contributor: Caller, outsider: Caller, other_app: Caller, task: Json) -> None:
    for caller, status in ((contributor, 403), (outsider, 404), (other_app, 404)):
        assert caller.patch(f"/tasks/{task['id']}?preview=true", {"privacy": "inherit"}).status_code == status
    assert app.patch(f"/tasks/{task['id']}?preview=maybe", {"privacy": "inherit"}).status_code == 400
    assert app.get(f"/tasks/{task['id']}?preview=true").status_code == 400


def test_people_confirm_among_themselves(contributor: Caller, manager: Caller, desk: Container) -> None:
    manager.put("/containers/desk/types/task", {})
    made = contributor.made("/tasks", {"container": "desk", "title": "Tea", "privacy": "restricted"})
    refused: Any = contributor.patch(f"/tasks/{made['id']}", {"privacy": "inherit"})
    assert (refused.status_code, whos(refused.json()["gains"])) == (409, ["user:owner"])
    assert contributor.patch(f"/tasks/{made['id']}", {"privacy": "inherit", "confirm_widen": True}).status_code == 200
