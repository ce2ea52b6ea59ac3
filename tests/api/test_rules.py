"""Rules over REST."""

import pytest

from .world import Caller, Json

RULE: Json = {"on": ["task.created"], "when": "fields.lag_rows > 1", "actions": [{"do": "set", "priority": 5}]}
PATH = "/containers/migrations/rules/late"


def test_put_read_list_try_delete(app: Caller, task: Json) -> None:
    made = app.put(PATH, RULE)
    assert (made.status_code, made.json()["changed"], made.json()["author"]) == (201, True, "application:migrator")
    again = app.put(PATH, RULE)
    assert (again.status_code, again.json()["changed"]) == (200, False)
    assert app.put(PATH, {**RULE, "enabled": False}, If_Match='"old"').status_code == 412
    assert [rule["name"] for rule in app.get("/containers/migrations/rules").json()["results"]] == ["late"]
    tried = app.post(PATH + "/test", {"task": task["key"]})
    assert tried.json() == {
        "matched": True, "did": [{"do": "set", "fields": [], "properties": ["priority"]}], "error": None,
    }  # fmt: skip
    assert app.get(f"/tasks/{task['key']}").json()["priority"] == 0
    assert app.delete(PATH).status_code == 204
    assert app.get(PATH).status_code == 404


def test_who_may(app: Caller, manager: Caller, contributor: Caller, outsider: Caller, other_app: Caller) -> None:
    app.put(PATH, RULE)
    for caller, reads, writes in (
        (manager, 200, 403),
        (contributor, 403, 403),
        (outsider, 404, 404),
        (other_app, 404, 404),
    ):
        assert caller.get(PATH).status_code == reads
        assert caller.put(PATH, RULE | {"title": "x"}).status_code == writes
        assert caller.delete(PATH).status_code == writes
        assert caller.post(PATH + "/test", {"task": "x"}).status_code == writes
    assert manager.put(PATH + "-2", RULE).status_code == 201


@pytest.mark.parametrize(("body", "pointer"), [({"task": "MIG-00000"}, "/task"), ({}, "/task"), ({"x": 1}, "/x")])
def test_wrong_trial(app: Caller, body: Json, pointer: str) -> None:
    app.put(PATH, RULE)
    answer = app.post(PATH + "/test", body)
    assert answer.status_code == 400
    assert pointer in [problem["pointer"] for problem in answer.json()["errors"]]
