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


def test_of_a_handover(app: Caller) -> None:
    task = app.made("/tasks", TASK)["id"]
    body = {
        "to": "user:nobody", "title": 5, "colour": 1, "actions": [{"name": "Go!", "effect": "return"}],
        "fields": ["typo", {"name": "source", "proposed": 5}], "due_at": "2099-01-01T00:00:00Z",
        "on_timeout": {"do": "submit", "action": "none", "fields": {"typo": 1, "target": 5}},
    }  # fmt: skip
    pointers = wrong(app.post(f"/tasks/{task}/hand-over", body), 400, "unknown_field")
    assert pointers == [
        "/actions/0/name", "/colour", "/fields/0", "/fields/1/proposed", "/on_timeout/action",
        "/on_timeout/fields/target", "/on_timeout/fields/typo", "/title", "/to",
    ]  # fmt: skip
    assert wrong(app.post(f"/tasks/{task}/hand-over", {"colour": 1}), 400, "unknown_field") == ["/colour", "/to"]


def test_of_a_handover_hidden_fields_are_as_typos(manager: Caller, contributor: Caller, desk: object) -> None:
    pay = {"type": "integer", "x-taskhub": {"read": ["manager"], "write": ["manager"]}}
    schema = {"type": "object", "properties": {"note": {"type": "string"}, "pay": pay}}
    manager.put("/containers/desk/types/card", {"title": "Card", "schema": schema})
    task = contributor.made("/tasks", {"container": "desk", "type": "card", "title": "Own"})["id"]
    for title in ("Well?", 5):
        answers = set()
        for name in ("pay", "pax"):
            late = {"do": "submit", "action": "submit", "fields": {name: "x"}}
            body = {"to": "user:owner", "title": title, "fields": [{"name": name, "proposed": "x"}], "on_timeout": late}
            answer = contributor.post(f"/tasks/{task}/hand-over", {**body, "due_at": "2099-01-01T00:00:00Z"})
            assert answer.status_code == 400
            answers.add(answer.content.replace(b"pax", b"pay"))
        assert len(answers) == 1


def test_of_many_tasks(app: Caller) -> None:
    tasks = [{**TASK, "title": 5, "fields": FIELDS}, TASK, {**TASK, "container": "none"}, {**TASK, "fields": FIELDS}]
    results = app.post("/tasks/bulk", {"tasks": tasks}).json()["results"]
    assert [result["ok"] for result in results] == [False, True, False, False]
    first = [f"/tasks/0{at}" for at in (*AT_FIELDS, "/title")]
    assert sorted(problem["pointer"] for problem in results[0]["errors"]) == first
    refused = app.post("/tasks/bulk", {"tasks": tasks, "atomic": True})
    last = [f"/tasks/3{at}" for at in AT_FIELDS]
    assert wrong(refused, 400, "unknown_field") == sorted([*first, "/tasks/2/container", *last])
    assert app.get("/tasks?count=true").json()["count"] == 1
    many = app.post("/tasks/bulk", {"tasks": [{"colour": 1}] * 300, "atomic": True}).json()
    assert len(many["errors"]) == 100


def test_of_an_answer(app: Caller, contributor: Caller) -> None:
    asked = {"to": "user:member", "fields": ["source", "tables"], "actions": ["return"]}
    handover = app.made("/tasks", {**TASK, "hand_over": asked})["handover"]
    answer = {"action": "none", "comment": 5, "fields": {"source": 5, "tables": "a", "typo": 1}}
    pointers = ["/action", "/comment", "/fields/source", "/fields/tables", "/fields/typo"]
    assert wrong(contributor.post(f"/handovers/{handover}/submit", answer), 400, "unknown_field") == pointers
