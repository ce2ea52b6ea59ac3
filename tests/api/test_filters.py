"""Lists are narrowed by properties; what is hidden cannot be named."""

import pytest

from apps.tasks.filters import FILTERS

from .world import TASK, Caller, Json


@pytest.fixture
def tasks(app: Caller) -> None:
    """Three tasks, told apart by title."""
    app.put("/functions/copy")
    for title, more in {
        "red": {"priority": 5, "tags": ["x", "a,b"], "correlation_id": "c-1", "external_id": "e-1"},
        "green": {"priority": -5, "tags": ["x", "y"], "function": "copy", "due_at": "2027-01-01T00:00:00Z"},
        "blue": {
            "start_at": "2027-06-01T00:00:00Z",
            "assignee": "user:member",
            "external_id": "e,3",
            "description": "The RED one? No.",
        },
    }.items():
        app.made("/tasks", {**TASK, "title": title, **more})


def titles(caller: Caller, query: str) -> set[str]:
    answer = caller.get(f"/tasks?{query}")
    assert answer.status_code == 200, answer.content
    return {row["title"] for row in answer.json()["results"]}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "red green blue"), ("container__in=migrations,x", "red green blue"),
        ("container=migrations,x", ""), ("container=x", ""),
        ("type=migration", "red green blue"),
        ("status=new", "red green blue"), ("status=complete,failed", ""), ("stage__in=todo,done", "red green blue"),
        ("stage=done", ""),
        ("function__in=copy,x", "green"), ("assignee=user:member", "blue"), ("assignee=none", "red green"),
        ("assignee=me", ""),
        ("reporter=none", "red green blue"), ("tag=x", "red green"), ("tag=y,z", "green"), ("tag=X", ""),
        ("tag=b", ""),
        ("correlation_id=c-1", "red"), ("external_id__in=e-1,e-2", "red"), ("external_id=e-1,e-2", ""),
        ("external_id=e,3", "blue"),
        ("external_id__in=e,3", ""), ("type_version=1", "red green blue"), ("type_version=2", ""),
        ("tag__in=y,z", "green"), ("status__in=new,failed", "red green blue"), ("origin_id=x", ""),
        ("priority_min=0", "red blue"),
        ("priority_max=-5", "green"),
        ("due_before=2027-01-02T00:00:00Z", "green"), ("due_after=2027-01-02T00:00:00Z", ""),
        ("start_after=2027-01-01T00:00:00Z", "blue"),
        ("created_after=2020-01-01T00:00:00Z", "red green blue"),
        ("created_before=2020-01-01T00:00:00%2B01:00", ""),
        ("updated_after=2020-01-01T00:00:00Z", "red green blue"), ("q=red", "red blue"), ("q=red one", "blue"),
        ("q=%25", ""),
        ("run=0193a1b2-0000-7000-8000-000000000001", ""), ("workflow=x", ""), ("tag=x&priority_min=0", "red"),
    ],
)  # fmt: skip
def test_filter(app: Caller, tasks: None, query: str, found: str) -> None:
    assert titles(app, query) == set(found.split())


@pytest.mark.parametrize("name", sorted(set(FILTERS)))
@pytest.mark.parametrize("value", ["", "x,,y"])
def test_no_filter_has_an_empty_value(app: Caller, name: str, value: str) -> None:
    """All properties that are filtered have a visible text, a number or a time: empty would ask for nothing."""
    if value and not (name.endswith("__in") or name in ("type", "status", "tag")):
        return
    answer = app.get(f"/tasks?{name}={value}")
    assert answer.status_code == 400, answer.content
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [f"/{name}"]


def test_each_filter_is_described(app: Caller) -> None:
    parameters = app.get("/openapi.json").json()["paths"]["/api/v1/tasks"]["get"]["parameters"]
    described = {parameter["name"] for parameter in parameters if parameter.get("description")}
    assert set(FILTERS) <= described


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
    assert {row["origin_id"] for row in attempts} == {task["id"]}
    assert {row["newest_id"] for row in attempts} == {newest["id"]}


def test_tasks_are_found_by_their_origin(app: Caller, manager: Caller) -> None:
    app.made("/tasks", {**TASK, "title": "other"})
    task = app.made("/tasks", {**TASK, "title": "first"})
    app.post(f"/tasks/{task['id']}/fail", {"error": {"name": "Broken"}})
    newest = manager.post(f"/tasks/{task['id']}/retry").json()
    assert [row["id"] for row in app.get(f"/tasks?origin_id={task['id']}").json()["results"]] == [newest["id"]]
    attempts = app.get(f"/tasks?origin_id__in={task['id']}&status__in=retried,new").json()["results"]
    assert {row["id"] for row in attempts} == {task["id"], newest["id"]}
    assert app.get(f"/tasks?origin_id={newest['id']}").json()["results"] == []


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
    ("source=s'1", "1"), ("source__in=s'1,s'2", "1 2"), ("source=s'1,s'2", ""), ("source=S'1", ""),
    ("source__contains='", "1 2 3"),
    ("source__contains=%25", ""),
    ("lag_rows=5", "1"), ("lag_rows=5.0", "1"), ("lag_rows=x", ""), ("lag_rows__gt=5", "2"),
    ("lag_rows__gte=5", "1 2"),
    ("lag_rows__lt=50", "1"), ("lag_rows__lte=1e2", "1 2"), ("lag_rows__lt=x", ""),
    ("cutover_at__gt=2027-03-01", "2"), ("cutover_at__gt=2027-03", ""),
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


# --- One meaning on every database ---------------------------------------------------------------------

MIXED = ["number", "string", "boolean", "array", "null"]
WIDE: Json = {
    "title": "Wide",
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "at": {"type": "string", "format": "date-time"},
            "word": {"type": "string"},
            "size": {"type": "number"},
            "any": {"type": MIXED},
            "list": {"type": "array", "items": {}},
        },
    },
}
VALUES: dict[str, Json] = {
    "zurich": {"at": "2027-06-01T02:00:00+02:00"}, "utc": {"at": "2027-06-01T00:00:00Z"},
    "later": {"at": "2027-05-31T23:00:00.25-02:00"}, "latest": {"at": "2027-06-01t01:00:00.2500001z"},
    "leap": {"at": "2028-02-29T23:59:59+00:00"},
    "Anna": {"word": "Anna"}, "anna": {"word": "anna"}, "ärger": {"word": "ärger"}, "Zoe": {"word": "Zoe"},
    "percent": {"word": "100% a_b"},
    "nine": {"size": 9}, "ten": {"size": 10.0}, "tenth": {"size": 0.1}, "minus": {"size": -3},
    "n5": {"any": 5}, "t5": {"any": "5"}, "true": {"any": True}, "one": {"any": 1}, "null": {"any": None},
    "array": {"any": [5, "5", True]}, "long": {"any": "abc"},
    "numbers": {"list": [1, 2.5]}, "texts": {"list": ["1", "B"]}, "flags": {"list": [True, None, {"a": 1}]},
}  # fmt: skip
MATRIX = [
    ("at=2027-06-01T00:00:00Z", "zurich utc"), ("at=2027-06-01", "zurich utc"),
    ("at__gt=2027-06-01T00:00:00Z", "later latest leap"), ("at__lte=2027-06-01T01:00:00.25Z", "zurich utc later"),
    ("at__gte=2027-06-01T03:00:00.25%2B02:00", "later latest leap"),
    ("at__gt=2027-06-01T01:00:00.25Z", "latest leap"),
    ("at__lt=soon", ""), ("at__lt=2027-02-30T00:00:00Z", ""), ("at__contains=%2B02:00", "zurich"),
    ("at__in=2028-02-29T23:59:59Z,2027-06-01T00:00:00.000Z", "leap zurich utc"),
    ("word=anna", "anna"), ("word__contains=nn", "Anna anna"), ("word__contains=A", "Anna"),
    ("word__contains=_", "percent"),
    ("word__contains=Ä", ""), ("word__gt=Zoe", "anna ärger"), ("word__lt=a", "Anna Zoe percent"),
    ("word__gte=ä", "ärger"),
    ("word=", ""),
    ("size__gt=9", "ten"), ("size__gte=9.0", "nine ten"), ("size__lt=0.1", "minus"), ("size=1e1", "ten"),
    ("size=0.10", "tenth"),
    ("size__gt=a", ""), ("size__contains=1", ""),
    ("any=5", "n5 t5"), ("any=true", "true"), ("any=1", "one"), ("any__gt=0", "n5 t5 one long"),
    ("any__lt=9", "n5 t5 one"),
    ("any__gte=a", "long"), ("any__contains=5", "t5 array"), ("any__contains=true", "array"), ("any=null", ""),
    ("any__isnull=false", "n5 t5 true one array long"), ("any__in=1,abc", "one long"),
    ("list__contains=1", "numbers texts"), ("list__contains=2.50", "numbers"), ("list__contains=true", "flags"),
    ("list__contains=b", ""), ("list__contains=B", "texts"), ("list=1", ""),
]  # fmt: skip


def test_fields_compare_alike_on_every_database(app: Caller) -> None:
    app.put("/containers/migrations/types/wide", WIDE)
    for title, fields in VALUES.items():
        app.made("/tasks", {**TASK, "type": "wide", "title": title, "fields": fields})
    results = {query: titles(app, f"fields.{query}&limit=200") for query, _ in MATRIX}
    assert results == {query: set(found.split()) for query, found in MATRIX}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ARGER", "ärger"),
        ("ÄRGER", "ärger"),
        ("Anna", "Anna anna"),
        ("zOE", "Zoe"),
        ("straße", "straße"),
        ("STRASSE", "straße"),
    ],
)
def test_words_are_found_in_any_case(app: Caller, query: str, found: str) -> None:
    for title in ("ärger", "Anna", "anna", "Zoe", "straße"):
        app.made("/tasks", {**TASK, "title": title})
    assert titles(app, f"q={query}") == set(found.split())
