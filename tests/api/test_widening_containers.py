"""More people see the tasks of a container: confirmed with how many, and recorded in its log."""

from typing import Any

import pytest

from apps.actors.models import Team
from apps.events.models import Event
from apps.tasks.models import Task
from apps.tasks.services import container_exposure

from .world import TASK, Caller, Json

pytestmark = pytest.mark.usefixtures("stranger")


@pytest.fixture
def card(manager: Caller, desk: Any) -> Json:
    manager.put("/containers/desk/types/card", {"title": "Card"})
    return manager.made("/tasks", {"container": "desk", "type": "card", "title": "Theirs"})


def member(manager: Caller, who: str, role: str, **more: Any) -> Any:
    return manager.put(f"/containers/desk/members/{who}", {"role": role, **more})


def test_a_new_member_is_confirmed_with_the_number_of_tasks(manager: Caller, outsider: Caller, card: Json) -> None:
    refused = member(manager, "user:stranger", "viewer")
    assert (refused.status_code, refused.json()["code"]) == (409, "confirm_widen")
    (gain,) = refused.json()["gains"]
    assert (gain["who"], gain["what"], gain["tasks"]) == ("user:stranger", ["task"], 1)
    assert outsider.get(f"/tasks/{card['id']}").status_code == 404
    assert member(manager, "user:stranger", "viewer", confirm_widen=True).status_code == 201
    assert outsider.get(f"/tasks/{card['id']}").status_code == 200
    logged = Event.objects.filter(type="container.changed", data__did="member_set").latest("id").data
    assert (logged["member"], logged["role"], logged["tasks_opened"]) == ("user:stranger", "viewer", 1)
    assert member(manager, "user:stranger", "manager").status_code == 200


@pytest.mark.parametrize("who", ["team:ops", "application:billing"])
def test_teams_and_applications_too(manager: Caller, other_app: Caller, card: Json, who: str) -> None:
    Team.objects.create(slug="ops", title="Ops")
    assert member(manager, who, "requester").status_code == 201
    assert member(manager, who, "contributor").status_code == 409
    assert member(manager, who, "contributor", confirm_widen=True).status_code == 200


def test_who_sees_the_tasks_anyway_opens_nothing(manager: Caller, card: Json) -> None:
    manager.patch("/containers/desk", {"everyone": "viewer", "confirm_widen": True})
    assert member(manager, "user:stranger", "contributor").status_code == 201


def test_a_container_without_tasks_opens_none(manager: Caller, desk: Any) -> None:
    assert member(manager, "user:stranger", "viewer").status_code == 201
    logged = Event.objects.filter(type="container.changed").latest("id").data
    assert "tasks_opened" not in logged


def test_a_manager_comes_to_see_restricted_tasks_where_managers_do(app: Caller) -> None:
    app.made("/tasks", {**TASK, "privacy": "restricted"})
    path = "/containers/migrations/members/user:stranger"
    assert app.put(path, {"role": "manager"}).status_code == 201
    app.delete(path)
    app.patch("/containers/migrations", {"managers_see_restricted": True, "confirm_widen": True})
    refused = app.put(path, {"role": "manager"})
    assert (refused.status_code, refused.json()["gains"][0]["tasks"]) == (409, 1)


def test_a_manifest_confirms_it_in_the_member(app: Caller) -> None:
    app.made("/tasks", TASK)
    for role, status in (("viewer", 400), ({"role": "viewer"}, 400), ({"role": "viewer", "confirm_widen": True}, 200)):
        document = {"containers": {"migrations": {"members": {"user:stranger": role}}}}
        answer = app.put("/manifest", document)
        assert answer.status_code == status, answer.json()
        if status == 400:
            (problem,) = answer.json()["errors"]
            assert problem["pointer"].startswith("/containers/migrations/members/user:stranger")
    assert app.put("/manifest", document).json()["changed"] is False


def test_the_log_counts_what_everybody_comes_to_see(manager: Caller, card: Json) -> None:
    manager.patch("/containers/desk", {"everyone": "viewer", "confirm_widen": True})
    logged = Event.objects.filter(type="container.changed", data__did="changed").latest("id").data
    assert (logged["changes"], logged["tasks_opened"]) == ({"everyone": ["none", "viewer"]}, 1)


def test_a_large_container_notes_it_on_the_newest_tasks(app: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container_exposure, "MOST_NOTED", 2)
    made = [app.made("/tasks", {**TASK, "privacy": "restricted"}) for _ in range(3)]
    app.patch("/containers/migrations", {"managers_see_restricted": True, "confirm_widen": True})
    noted = Event.objects.filter(type="task.granted").values_list("task_id", flat=True)
    assert {str(pk) for pk in noted} == {task["id"] for task in made[1:]}
    assert Event.objects.filter(type="container.changed").latest("id").data["tasks_opened"] == 3
    assert Task.objects.count() == 3
