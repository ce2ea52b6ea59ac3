"""`If-Match`: `*` and lists are taken on every write, and a weak version matches nothing (RFC 9110)."""

import pytest

from .world import MIGRATION, TASK, Caller, Json

RULE: Json = {"on": "task.created", "actions": [{"do": "add_note", "text": "x"}]}


def writes(app: Caller) -> list[tuple[str, str, str, Json]]:
    """What is read, and the call that changes it."""
    task = f"/tasks/{app.made('/tasks', TASK)['id']}"
    asked = f"/tasks/{app.made('/tasks', TASK)['id']}"
    handover = f"/handovers/{app.post(f'{asked}/hand-over', {'to': 'user:member'}).json()['id']}"
    app.put("/containers/migrations/rules/r", RULE)
    app.put("/functions/copy", {})
    return [
        (task, "PATCH", task, {"title": "New"}),
        (task, "POST", f"{task}/notes", {"text": "x"}),
        (task, "POST", f"{task}/complete", {}),
        (handover, "POST", f"{handover}/withdraw", {}),
        ("/containers/migrations", "PATCH", "/containers/migrations", {"title": "New"}),
        ("/containers/migrations/types/migration", "PUT", "/containers/migrations/types/migration", MIGRATION),
        ("/containers/migrations/rules/r", "PUT", "/containers/migrations/rules/r", {**RULE, "enabled": False}),
        ("/functions/copy", "PUT", "/functions/copy", {"description": "New"}),
    ]


@pytest.mark.parametrize(
    ("header", "fits"),
    [
        ("*", True), (" * ", True), ("{tag}", True), ('"old", {tag}', True), ('{tag} , W/"x"', True),
        ("W/{tag}", False), ('W/"1"', False), ('"old"', False), ('"old", W/{tag}, "older"', False),
    ],
)  # fmt: skip
def test_every_write_takes_every_form(app: Caller, header: str, fits: bool) -> None:
    for read, method, path, body in writes(app):
        given = header.format(tag=app.get(read).headers["ETag"])
        answer = app(method, path, body, If_Match=given)
        assert (answer.status_code in (200, 201)) is fits, (path, given, answer.content)
        if not fits:
            assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch"), path


@pytest.mark.parametrize("header", ['W/"1"', '"a", "b"'])
def test_hidden_is_as_absent(app: Caller, outsider: Caller, header: str) -> None:
    task = app.made("/tasks", TASK)["id"]
    for name in (task, "0193a1b2-0000-7000-8000-000000000001"):
        answer = outsider.patch(f"/tasks/{name}", {"title": "x"}, If_Match=header)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("number", [60, 60.0])
def test_a_whole_number_may_have_a_point(app: Caller, number: float) -> None:
    task = app.made("/tasks", {**TASK, "priority": number})
    assert task["priority"] == 60
    asked = {"to": "user:member", "due_at": "2099-01-01T00:00:00Z", "reminders": [number]}
    late = {"on_timeout": {"do": "escalate", "to": "team:dba", "due_in": number}}
    assert app.post(f"/tasks/{task['id']}/hand-over", {**asked, **late}).status_code == 201
    function = {"time_limit": number, "lease_seconds": number, "retry_policy": {"enabled": True, "max_retries": 3.0}}
    assert app.put("/functions/copy", function).json()["time_limit"] == 60
    claim = {"functions": ["copy"], "max": 1.0, "lease_seconds": number, "wait": 0.0}
    assert app.post("/queue/claim", claim).status_code == 200
    stages = [{"name": "open", "status": "new", "wip_limit": number}]
    assert app.put("/containers/migrations/types/other", {"stages": stages}).status_code == 201
