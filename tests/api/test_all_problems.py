"""One answer names all that is wrong with a body: keys, types, fields that do not exist, values that do not fit."""

from .world import TASK, Caller, Json

FIELDS: Json = {"source": 5, "tables": "a", "cutover_at": "soon", "typo": 1}
AT_FIELDS = ["/fields/cutover_at", "/fields/source", "/fields/tables", "/fields/typo"]


def wrong(answer: Json, status: int, code: str) -> list[str]:
    document = answer.json()
    assert (answer.status_code, document["code"]) == (status, code), answer.content
    return sorted(problem["pointer"] for problem in document["errors"])


def test_of_a_new_task(app: Caller) -> None:
    body = {**TASK, "fields": FIELDS}
    assert wrong(app.post("/tasks", body), 400, "unknown_field") == AT_FIELDS
    more = wrong(app.post("/tasks", {**body, "colour": 1, "title": 5, "due_at": "x"}), 400, "unknown_field")
    assert more == ["/colour", "/due_at", *AT_FIELDS, "/title"]
    assert wrong(app.post("/tasks", {**body, "container": "none", "title": 5}), 400, "invalid") == ["/title"]


def test_of_a_request(contributor: Caller, app: Caller) -> None:
    """What does not fit and what is missing, though the two are judged by different rules."""
    kind: Json = {
        "schema": {
            "type": "object",
            "required": ["source", "who"],
            "properties": {
                "source": {"type": "string"},
                "rows": {"type": "integer"},
                "who": {"type": "string", "x-taskhub": {"kind": "user"}},
            },
        },
        "create": {"by": "contributor", "fields": ["source", "rows", "who"]},
    }
    app.put("/containers/migrations/types/asked", kind)
    body = {**TASK, "type": "asked", "fields": {"rows": "many", "who": "user:nobody"}}
    answer = contributor.post("/tasks", body)
    assert wrong(answer, 422, "schema_violation") == ["/fields/rows", "/fields/source", "/fields/who"]


def test_of_a_change(app: Caller) -> None:
    task = app.made("/tasks", TASK)["id"]
    assert wrong(app.patch(f"/tasks/{task}", {"fields": FIELDS}), 400, "unknown_field") == AT_FIELDS
    more = wrong(app.patch(f"/tasks/{task}", {"fields": FIELDS, "title": ""}), 400, "unknown_field")
    assert more == [*AT_FIELDS, "/title"]


def test_hidden_fields_are_as_typos_among_all_the_rest(app: Caller, contributor: Caller) -> None:
    task = app.made("/tasks", TASK)["id"]
    answers = [
        contributor.patch(f"/tasks/{task}", {"title": 5, "fields": {"source": 5, name: value}}).content
        for name, value in (("lag_rows", "x"), ("lag_rowz", "x"), ("lag_rows", 5))
    ]
    assert len({answer.replace(b"lag_rowz", b"lag_rows") for answer in answers}) == 1


def test_of_a_hidden_task_nothing_more_is_named(outsider: Caller, app: Caller) -> None:
    task = app.made("/tasks", TASK)["id"]
    answers = [
        outsider.patch(f"/tasks/{name}", {"title": 5, "fields": FIELDS}).content
        for name in (task, "0193a1b2-0000-7000-8000-000000000001")
    ]
    assert wrong(outsider.patch(f"/tasks/{task}", {"title": 5, "fields": FIELDS}), 400, "invalid") == ["/title"]
    assert answers[0] == answers[1]
