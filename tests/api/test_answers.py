"""What answers say word by word where the contract is easy to miss: links, failures, times, lost sight."""

from apps.actors.models import Team, User

from .world import TASK, Caller


def test_parent_and_children_are_links(app: Caller) -> None:
    parent = app.made("/tasks", TASK)
    child = app.made("/tasks", {**TASK, "parent": parent["key"]})
    for end in (parent, child):
        (link,) = app.get(f"/tasks/{end['id']}/links").json()["results"]
        assert (link["kind"], link["task"], link["target"]) == ("parent", child["id"], parent["id"])


def test_hidden_child_is_no_link(app: Caller, contributor: Caller) -> None:
    parent = app.made("/tasks", TASK)
    app.made("/tasks", {**TASK, "parent": parent["key"], "privacy": "application"})
    assert contributor.get(f"/tasks/{parent['id']}/links").json()["results"] == []


def test_failure_says_id_function_and_the_error_as_reported(app: Caller) -> None:
    task = app.made("/tasks", {**TASK, "function": "f"})
    failed = app.post(f"/tasks/{task['id']}/fail", {"error": {"name": "Boom"}}).json()
    assert failed["error"]["recoverable"] is True
    events = app.get(f"/tasks/{task['id']}/events").json()["results"]
    (data,) = [event["data"] for event in events if event["type"] == "task.failed"]
    assert data == {"id": task["id"], "function_name": "f", "error": failed["error"]}


def test_who_gives_up_sight_still_hears_that_it_worked(app: Caller, member: User) -> None:
    hidden = {"privacy": "private", "private_to": member.reference, "app_readable": False}
    made = app.post("/tasks", {**TASK, **hidden})
    assert (made.status_code, list(made.json())) == (201, ["id"])
    assert app.get(f"/tasks/{made.json()['id']}").status_code == 404
    changed = app.patch(f"/tasks/{(seen := app.made('/tasks', TASK))['id']}", hidden)
    assert (changed.status_code, changed.json()) == (200, {"id": seen["id"]})


def test_times_end_in_z_wherever_they_stand(app: Caller, member: User, team: Team) -> None:
    path = f"/tasks/{app.made('/tasks', TASK)['id']}"
    app.patch(path, {"due_at": "2031-01-02T03:04:05+02:00", "start_at": "2030-01-02T03:04:05Z"})
    told = app.get(f"{path}/events").json()["results"][-1]["data"]["changes"]
    assert told["due_at"] == [None, "2031-01-02T01:04:05Z"]
    assert [moment[-1] for moment in told["start_at"]] == ["Z", "Z"]
    request = {"to": "team:dba", "due_at": "2031-01-01T00:00:00Z", "reminders": ["2030-12-31T01:00:00+01:00", 60]}
    assert app.made(f"{path}/hand-over", request)["reminders"] == ["2030-12-31T00:00:00Z", 60]


def test_what_hangs_on_a_task_is_written_on_the_version_that_was_read(app: Caller, member: User) -> None:
    task = app.made("/tasks", TASK)
    path = f"/tasks/{task['id']}"
    writes = (
        ("POST", f"{path}/notes", {"text": "x"}),
        ("POST", f"{path}/links", {"kind": "relates", "task": app.made("/tasks", TASK)["id"]}),
        ("PUT", f"{path}/grants/{member.reference}", {}),
    )
    for method, to, body in writes:
        assert app(method, to, body, If_Match='"old"').status_code == 412, to
        assert app(method, to, body, If_Match=app.get(path).headers["ETag"]).status_code == 201, to
