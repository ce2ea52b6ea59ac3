"""Making, reading and changing a task."""

from .world import TASK, Caller, Json


def test_made_task_is_answered_whole(app: Caller) -> None:
    answer = app.post("/tasks", TASK)
    task = answer.json()
    assert answer.status_code == 201
    assert answer.headers["ETag"] == f'"{task["version"]}"'
    assert task["fields"] == TASK["fields"]
    assert task["custody"] == {"holder": "application", "who": "application:migrator", "until": None}
    assert task["created_at"].endswith("Z")


def test_read_is_what_was_made(app: Caller, task: Json) -> None:
    for name in (task["id"], task["key"], task["key"].lower()):
        answer = app.get(f"/tasks/{name}")
        assert answer.json() == task
        assert answer.headers["ETag"] == f'"{task["version"]}"'


def test_hidden_field_is_missing(task: Json, contributor: Caller) -> None:
    seen = contributor.get(f"/tasks/{task['id']}").json()
    assert "lag_rows" not in seen["fields"]
    assert "lag_rows" not in seen["access"]
    assert seen["access"]["source"] == "locked"


def test_patch_merges_fields(app: Caller, task: Json) -> None:
    answer = app.patch(f"/tasks/{task['id']}", {"fields": {"target": "c"}, "tags": ["x"]})
    assert answer.status_code == 200
    assert answer.json()["fields"] == {"source": "a", "target": "c", "lag_rows": 5}
    assert answer.json()["version"] != task["version"]
    assert app.get(f"/tasks/{task['id']}").json() == answer.json()


def test_stale_version_is_refused(app: Caller, task: Json) -> None:
    path, tag = f"/tasks/{task['id']}", f'"{task["version"]}"'
    assert app.patch(path, {"title": "One"}, If_Match=tag).status_code == 200
    answer = app.patch(path, {"title": "Two"}, If_Match=tag)
    assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch")
    assert app.get(path).json()["title"] == "One"


def test_same_external_id_answers_the_same_task(app: Caller) -> None:
    body = {**TASK, "external_id": "x-1"}
    first, second = app.post("/tasks", body), app.post("/tasks", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert app.post("/tasks", {**body, "title": "Other"}).status_code == 409


def test_bulk_makes_what_is_good(app: Caller) -> None:
    answer = app.post("/tasks/bulk", {"tasks": [TASK, {"container": "nowhere"}, {**TASK, "frog": 1}, 5, TASK]})
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [201, 400, 400, 400, 201]
    assert results[2]["code"] == "unknown_field"
    assert results[2]["errors"][0]["pointer"] == "/tasks/2/frog"
    assert app.get("/tasks?count=true").json()["count"] == 2


def test_atomic_bulk_makes_all_or_none(app: Caller) -> None:
    answer = app.post("/tasks/bulk", {"tasks": [TASK, {**TASK, "fields": {"source": 1}}], "atomic": True})
    assert (answer.status_code, answer.json()["code"]) == (422, "schema_violation")
    assert answer.json()["errors"][0]["pointer"].startswith("/tasks/1/fields")
    assert app.get("/tasks?count=true").json()["count"] == 0
