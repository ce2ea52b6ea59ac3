"""A trial of a rule discloses nothing of fields that its author does not read."""

from typing import Any

import pytest

from tests.api.world import Caller, Json

OWN: Json = {"x-taskhub": {"read": ["application"], "write": ["application"]}}
ITEMS: Json = {"type": "array", "items": {"type": "string"}, **OWN}
CARD: Json = {
    "schema": {
        "type": "object",
        "properties": {"note": {"type": "string"}, "mood": {"type": "string", **OWN}, "marks": ITEMS},
    }
}


@pytest.fixture
def app(worker: str, container: Any) -> Caller:
    caller = Caller(key=worker)
    caller.put("/containers/migrations/types/card", CARD)
    return caller


@pytest.mark.parametrize("do", ["add_items", "remove_items"])
@pytest.mark.parametrize(("field", "values"), [("mood", [None, "x"]), ("marks", [None, ["x"], ["x", "y"]])])
def test_items_are_added_as_if_a_hidden_field_were_absent(
    app: Caller, owner: Any, do: str, field: str, values: list[Any]
) -> None:
    manager, rule = Caller(user=owner), {"on": "task.updated", "actions": [{"do": do, "fields": {field: ["x"]}}]}
    path, answers = "/containers/migrations/rules/look", set()
    manager.put(path, rule)
    for value in values:
        fields = {} if value is None else {field: value}
        task = app.made("/tasks", {"container": "migrations", "type": "card", "title": "A", "fields": fields})
        tried = manager.post(path + "/test", {"task": task["id"]})
        answers.add((tried.status_code, tried.content))
    assert len(answers) == 1
    assert {status for status, _body in answers} == {200}
