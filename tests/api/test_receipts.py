"""Versions of handovers, receipts, delegation that returns, over REST."""

import pytest

from apps.actors.models import Team, User

from .world import Caller, Json

ASK: Json = {"to": "team:dba", "fields": ["tables"], "actions": ["complete"], "exclude": ["reporter"]}


@pytest.fixture
def asked(app: Caller, task: Json, team: Team) -> Json:
    return app.made(f"/tasks/{task['id']}/hand-over", ASK)


def test_a_stale_answer_names_what_changed(app: Caller, contributor: Caller, task: Json, asked: Json) -> None:
    path = f"/handovers/{asked['id']}"
    seen = contributor.get(path)
    assert seen.headers["ETag"] == f'"{seen.json()["version"]}"'
    contributor.put(path + "/draft", {"fields": {"tables": ["b"]}})
    app.patch(f"/tasks/{task['id']}", {"title": "Move all"})
    said = {"action": "complete", "fields": {"tables": ["a"]}}
    for refused in (
        contributor.post(path + "/submit", {**said, "version": seen.json()["version"]}),
        contributor.post(path + "/submit", said, If_Match=seen.headers["ETag"]),
    ):
        assert (refused.status_code, refused.json()["code"]) == (412, "version_mismatch")
        assert [problem["pointer"] for problem in refused.json()["errors"]] == ["/task/title"]
    version = contributor.get(path).json()["version"]
    assert contributor.post(path + "/submit", {**said, "version": version}).status_code == 200


def test_the_receipt(contributor: Caller, outsider: Caller, manager: Caller, asked: Json) -> None:
    path = f"/handovers/{asked['id']}"
    assert contributor.get(path + "/receipt").status_code == 404
    contributor.post(path + "/submit", {"action": "complete", "fields": {"tables": ["a"]}})
    shown = contributor.get(path + "/receipt").json()
    assert (shown["by"], shown["handover"]) == ("user:member", asked["id"])
    assert [field["name"] for field in shown["fields"] if field["asked"]] == ["tables"]
    assert "lag_rows" not in [field["name"] for field in shown["fields"]]
    assert manager.get(path + "/receipt").json() == shown
    assert outsider.get(path + "/receipt").json() == {
        **outsider.get(path).json(),
        "detail": "There is no such handover.",
    }


def test_delegated_and_resolved(contributor: Caller, manager: Caller, owner: User, asked: Json) -> None:
    path = f"/handovers/{asked['id']}"
    assert contributor.post(path + "/delegate", {"to": "user:owner", "returns": True}).json()["delegated_by"] == (
        "user:member"
    )
    assert manager.post(path + "/submit", {"action": "complete"}).status_code == 409
    manager.post(path + "/resolve", {"fields": {"tables": ["x"]}, "comment": "Looked"})
    back = contributor.get(path).json()
    assert (back["to"], back["draft"], back["delegated_by"]) == ("user:member", {"tables": ["x"]}, None)


def test_a_chain_is_checked_at_its_place(app: Caller, task: Json, team: Team) -> None:
    chain = {"do": "escalate", "to": "team:dba", "due_in": 60, "on_timeout": {"do": "escalate", "due_in": "x"}}
    answer = app.post(f"/tasks/{task['id']}/hand-over", {**ASK, "on_timeout": chain})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/on_timeout/on_timeout/due_in"
