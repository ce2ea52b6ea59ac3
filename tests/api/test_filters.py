"""Lists are narrowed by properties; what is hidden cannot be named."""

import pytest

from .world import TASK, Caller, Json


@pytest.fixture
def tasks(app: Caller) -> None:
    """Three tasks, told apart by title."""
    app.put("/functions/copy")
    for title, more in {
        "red": {"priority": 5, "tags": ["x", "a,b"], "correlation_id": "c-1", "external_id": "e-1"},
        "green": {"priority": -5, "tags": ["x", "y"], "function": "copy", "due_at": "2027-01-01T00:00:00Z"},
        "blue": {"start_at": "2027-06-01T00:00:00Z", "assignee": "user:member", "description": "The RED one? No."},
    }.items():
        app.made("/tasks", {**TASK, "title": title, **more})


def titles(caller: Caller, query: str) -> set[str]:
    answer = caller.get(f"/tasks?{query}")
    assert answer.status_code == 200, answer.content
    return {row["title"] for row in answer.json()["results"]}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "red green blue"), ("container=migrations,x", "red green blue"), ("container=x", ""),
        ("type=migration", "red green blue"),
        ("status=new", "red green blue"), ("status=complete,failed", ""), ("stage=todo,done", "red green blue"),
        ("stage=done", ""),
        ("function=copy,x", "green"), ("assignee=user:member", "blue"), ("assignee=none", "red green"),
        ("assignee=me", ""),
        ("reporter=none", "red green blue"), ("tag=x", "red green"), ("tag=y,z", "green"), ("tag=X", ""), ("tag=b", ""),
        ("correlation_id=c-1", "red"), ("external_id=e-1,e-2", "red"), ("priority_min=0", "red blue"),
        ("priority_max=-5", "green"),
        ("due_before=2027-01-02T00:00:00Z", "green"), ("due_after=2027-01-02T00:00:00Z", ""),
        ("start_after=2027-01-01T00:00:00Z", "blue"),
        ("created_after=2020-01-01T00:00:00Z", "red green blue"), ("created_before=2020-01-01T00:00:00%2B01:00", ""),
        ("updated_after=2020-01-01T00:00:00Z", "red green blue"), ("q=red", "red blue"), ("q=red one", "blue"),
        ("q=%25", ""),
        ("run=0193a1b2-0000-7000-8000-000000000001", ""), ("workflow=x", ""), ("tag=x&priority_min=0", "red"),
    ],
)  # fmt: skip
def test_filter(app: Caller, tasks: None, query: str, found: str) -> None:
    assert titles(app, query) == set(found.split())


def test_search_is_the_list_by_words(app: Caller, outsider: Caller, tasks: None) -> None:
    assert [row["title"] for row in app.get("/search?q=green").json()["results"]] == ["green"]
    assert outsider.get("/search?q=green").json()["results"] == []
    assert app.get("/search").status_code == 400
    assert app.get("/search?q=+").status_code == 400


def test_retried_attempts_are_left_out_unless_named(app: Caller, manager: Caller) -> None:
    task = app.made("/tasks", {**TASK, "title": "again"})
    app.post(f"/tasks/{task['id']}/fail", {"error": {"name": "Broken"}})
    newest = manager.post(f"/tasks/{task['id']}/retry").json()
    assert [row["id"] for row in app.get("/tasks").json()["results"]] == [newest["id"]]
    assert [row["id"] for row in app.get("/tasks?status=retried").json()["results"]] == [task["id"]]
    attempts = app.get(f"/tasks/{newest['id']}/attempts").json()["results"]
    assert [row["id"] for row in attempts] == [task["id"], newest["id"]]


# --- Fields ------------------------------------------------------------------------------------------


@pytest.fixture
def values(app: Caller) -> None:
    fields: list[Json] = [
        {"cutover_at": "2027-01-01T00:00:00Z", "lag_rows": 5, "tables": ["a", "bc"], "dry": True},
        {"cutover_at": "2027-06-01T00:00:00Z", "lag_rows": 50, "tables": []},
        {},
    ]
    for number, more in enumerate(fields, 1):
        app.made("/tasks", {**TASK, "title": str(number), "fields": {"source": f"s'{number}", "target": "t", **more}})


FIELD_QUERIES = [
    ("source=s'1", "1"), ("source=s'1,s'2", "1 2"), ("source=S'1", ""), ("source__contains='", "1 2 3"),
    ("source__contains=%25", ""),
    ("lag_rows=5", "1"), ("lag_rows=5.0", "1"), ("lag_rows=x", ""), ("lag_rows__gt=5", "2"), ("lag_rows__gte=5", "1 2"),
    ("lag_rows__lt=50", "1"), ("lag_rows__lte=1e2", "1 2"), ("lag_rows__lt=x", ""), ("cutover_at__gt=2027-03", "2"),
    ("cutover_at__isnull=true", "3"), ("cutover_at__isnull=false", "1 2"), ("tables__contains=bc", "1"),
    ("tables__contains=b", ""),
    ("tables__isnull=false", "1 2"), ("dry=true", "1"), ("dry=false", ""), ("dry=1", ""),
    ("frog__isnull=true", "1 2 3"), ("frog=x", ""),
]  # fmt: skip


@pytest.mark.parametrize(("query", "found"), FIELD_QUERIES)
def test_field_filter(app: Caller, values: None, query: str, found: str) -> None:
    assert titles(app, f"fields.{query}") == set(found.split())


@pytest.mark.parametrize("query", [query for query, _ in FIELD_QUERIES if query.startswith("lag_rows")])
def test_hidden_field_is_as_absent_as_a_typo(contributor: Caller, values: None, query: str) -> None:
    assert titles(contributor, f"fields.{query}") == titles(contributor, f"fields.typo{query}") == set()


def test_hidden_field_is_null(contributor: Caller, manager: Caller, values: None) -> None:
    assert titles(contributor, "fields.lag_rows__isnull=true") == {"1", "2", "3"}
    assert titles(contributor, "fields.lag_rows__isnull=false") == set()
    assert titles(manager, "fields.lag_rows__isnull=false") == {"1", "2"}


def test_two_fields_narrow_together(app: Caller, values: None) -> None:
    assert titles(app, "fields.lag_rows__gt=1&fields.tables__contains=a") == {"1"}
