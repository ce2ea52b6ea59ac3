"""One notion of empty at every door, and one reading of titles."""

import pytest

from .world import MIGRATION, TASK, Caller, Json

NOTHING = ["", " ", "\u200b", "\ufeff\u00a0"]
EMPTY: list[object] = [*NOTHING, [], {}, None]


@pytest.mark.parametrize("title", NOTHING)
def test_an_invisible_title_is_none(app: Caller, title: str) -> None:
    task = app.made("/tasks", {**TASK, "hand_over": {"to": "user:member"}})
    calls: list[tuple[str, str, Json]] = [
        ("POST", "/tasks", {**TASK, "title": title}),
        ("PATCH", f"/tasks/{task['id']}", {"title": title}),
        ("PUT", "/containers/migrations", {"title": title}),
        ("PUT", "/containers/migrations/types/migration", {**MIGRATION, "title": title}),
        ("POST", f"/tasks/{task['id']}/hand-over", {"to": "user:member", "title": title}),
    ]
    for method, path, body in calls:
        answer = app(method, path, body)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "blank"), (path, answer.content)


def test_blanks_around_a_title_are_no_part_of_it(app: Caller) -> None:
    title = "\u200b Move \n"
    task = app.made("/tasks", {**TASK, "title": title, "hand_over": {"to": "user:member", "title": title}})
    handover = app.get(f"/handovers/{task['handover']}").json()
    container = app.put("/containers/migrations", {"title": title}).json()
    kind = app.put("/containers/migrations/types/other", {"title": title}).json()
    assert [thing["title"] for thing in (task, handover, container, kind)] == ["Move"] * 4
    assert app.patch(f"/tasks/{task['id']}", {"title": " Move it "}).json()["title"] == "Move it"


@pytest.mark.parametrize("value", EMPTY)
def test_nothing_satisfies_required(app: Caller, contributor: Caller, value: object) -> None:
    anything = {"type": ["string", "array", "object", "null"]}
    schema = {"type": "object", "required": ["it"], "properties": {"it": anything}}
    app.put("/containers/migrations/types/all", {"schema": schema, "create": {"by": "contributor", "fields": ["it"]}})
    new = {"container": "migrations", "type": "all", "title": "T", "fields": {"it": value}}
    task = app.made("/tasks", {**new, "fields": {"it": "x"}})
    asked = app.post(f"/tasks/{task['id']}/hand-over", {"to": "user:member", "fields": ["it"]}).json()["id"]
    answers = [
        app.post("/tasks", new),
        contributor.post(f"/handovers/{asked}/submit", {"action": "submit", "fields": {"it": value}}),
        app.post(
            f"/tasks/{app.made('/tasks', {**new, 'fields': {'it': 'x'}})['id']}/complete", {"fields": {"it": value}}
        ),
    ]
    for answer in answers:
        assert answer.status_code == 422, answer.content
        assert answer.json()["errors"][0]["pointer"] == "/fields/it"
