"""Whatever is sent, the answer is a typed problem, nothing is written, and nothing is the server's fault."""

from typing import Any

import pytest

from apps.tasks.models import Task

from .world import TASK, Caller, Json

NESTED = b'{"container":"migrations","data":' + b"[" * 40 + b"]" * 40 + b"}"
BOMB = b"[" * 200_000
BODIES: list[tuple[str, bytes | Json, int, str, str | None]] = [
    ("unknown key", {**TASK, "frog": 1}, 400, "unknown_field", "/frog"),
    (
        "unknown inner key",
        {**TASK, "hand_over": {"to": "reporter", "frog": 1}},
        400,
        "unknown_field",
        "/hand_over/frog",
    ),
    ("number as text", {**TASK, "title": 5}, 400, "invalid", "/title"),
    ("text as number", {**TASK, "priority": "5"}, 400, "invalid", "/priority"),
    ("flag as number", {**TASK, "priority": True}, 400, "invalid", "/priority"),
    ("number as flag", {**TASK, "app_readable": 1}, 400, "invalid", "/app_readable"),
    ("fraction", {**TASK, "priority": 1.5}, 400, "invalid", "/priority"),
    ("text as list", {**TASK, "tags": "a"}, 400, "not_a_list", "/tags"),
    ("number as tag", {**TASK, "tags": ["a", 1]}, 400, "invalid", "/tags/1"),
    ("list as object", {**TASK, "fields": []}, 400, "not_a_dict", "/fields"),
    ("date without time", {**TASK, "start_at": "2026-01-01"}, 400, "invalid", "/start_at"),
    ("time without zone", {**TASK, "start_at": "2026-01-01T00:00:00"}, 400, "invalid", "/start_at"),
    ("no such day", {**TASK, "start_at": "2026-02-30T00:00:00Z"}, 400, "invalid", "/start_at"),
    ("number as time", {**TASK, "start_at": 5}, 400, "invalid", "/start_at"),
    ("far year", {**TASK, "due_at": "0001-01-01T00:00:00+14:00"}, 400, "invalid", "/due_at"),
    ("unknown privacy", {**TASK, "privacy": "secret"}, 400, "invalid_choice", "/privacy"),
    ("unknown container", {**TASK, "container": "nowhere"}, 400, "invalid", "/container"),
    ("unknown type", {**TASK, "type": "nothing"}, 400, "invalid", "/type"),
    ("unknown user", {**TASK, "assignee": "user:nobody"}, 400, "invalid", "/assignee"),
    ("no reference", {**TASK, "assignee": "nobody"}, 400, "invalid", "/assignee"),
    ("unknown parent", {**TASK, "parent": "01900000-0000-7000-8000-000000000000"}, 400, "invalid", "/parent"),
    ("parent is no id", {**TASK, "parent": "\u2603"}, 400, "invalid", "/parent"),
    ("undeclared field", {**TASK, "fields": {"frog": 1}}, 400, "unknown_field", "/fields/frog"),
    ("wrong value", {**TASK, "fields": {"source": 1, "target": "b"}}, 422, "schema_violation", "/fields/source"),
    ("missing value", {**TASK, "fields": {"source": "a"}}, 422, "schema_violation", "/fields/target"),
    ("long title", {**TASK, "title": "x" * 301}, 400, "max_length", "/title"),
    ("NaN", b'{"container":"migrations","priority":NaN}', 400, "invalid", "/priority"),
    ("infinity", b'{"container":"migrations","priority":-Infinity}', 400, "invalid", "/priority"),
    ("huge integer", b'{"container":"migrations","priority":9007199254740993}', 400, "invalid", "/priority"),
    ("huge float", b'{"container":"migrations","priority":1e999}', 400, "invalid", "/priority"),
    ("a thousand digits", b'{"priority":' + b"9" * 1000 + b"}", 400, "invalid", "/priority"),
    ("duplicate key", b'{"container":"migrations","title":"a","title":"b"}', 400, "invalid", "/title"),
    ("NUL", b'{"container":"migrations","title":"a\\u0000b"}', 400, "invalid", "/title"),
    ("lone surrogate", b'{"container":"migrations","title":"\\ud800"}', 400, "invalid", "/title"),
    ("surrogate key", b'{"\\ud800": 1}', 400, "invalid", None),
    ("bad UTF-8", b'{"container":"\xff"}', 400, "invalid", None),
    ("byte order mark", b'\xef\xbb\xbf{"container":"migrations"}', 400, "invalid", None),
    ("deep", NESTED, 400, "invalid", None),
    ("depth bomb", BOMB, 400, "invalid", None),
    ("not JSON", b"{", 400, "invalid", None),
    ("a list", b"[]", 400, "invalid", ""),
    ("a text", b'"x"', 400, "invalid", ""),
    ("null", b"null", 400, "invalid", ""),
    ("two megabytes", b'{"title":"' + b"x" * 2_000_000 + b'"}', 413, "too_large", None),
]


def same_problem(answer: Any, status: int, code: str, pointer: str | None) -> None:
    body = answer.json()
    assert answer.status_code == status, body
    assert answer.headers["Content-Type"] == "application/problem+json"
    codes = [body["code"], *(problem["code"] for problem in body["errors"])]
    assert code in codes
    assert body["status"] == status
    if pointer is not None:
        assert pointer in [problem["pointer"] for problem in body["errors"]]


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"), [line[1:] for line in BODIES], ids=[b[0] for b in BODIES]
)
def test_bad_body_of_a_task(app: Caller, body: Any, status: int, code: str, pointer: str | None) -> None:
    same_problem(app.post("/tasks", body), status, code, pointer)
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("multipart/form-data; boundary=x", 415),
     ("application/json; charset=latin-1", 415), ("", 415), ("application/json;charset=UTF-8", 201)],
)  # fmt: skip
def test_content_type(app: Caller, content_type: str, status: int) -> None:
    answer = app.client.post("/api/v1/tasks", b'{"container":null}', content_type=content_type, headers=app.headers)
    assert answer.status_code == status, answer.content


def test_form_of_two_megabytes_by_session(manager: Caller) -> None:
    answer = manager.client.post(
        "/api/v1/tasks", b"a=" + b"x" * 2_000_000, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code in (413, 415)
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "name", ["nothing", "0", "-1", "%00", "%FF", "%F0%9F%90%B8", "a" * 3000, "x%2F..%2Fy", "MIG-00000"]
)
@pytest.mark.parametrize(
    "path", ["/tasks/{}", "/tasks/{}/notes", "/handovers/{}", "/containers/{}", "/containers/{}/types"]
)
def test_names_that_are_none(app: Caller, path: str, name: str) -> None:
    same_problem(app.get(path.format(name)), 404, "not_found", None)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST", "OPTIONS", "TRACE", "FROG"])
def test_methods_that_are_none(app: Caller, method: str, task: Json) -> None:
    answer = app(method, f"/tasks/{task['id']}")
    same_problem(answer, 405, "method_not_allowed", None)
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "query",
    ["frog=1", "limit=0", "limit=201", "limit=x", "limit=-1", "limit=1&limit=2", "cursor=x", "cursor=%00", "count=1",
     "order=frog", "order=-", "status=frog", "priority_min=x", "priority_min=1e5", "priority_max=99999999999999999999",
     "created_after=yesterday", "due_before=2026-13-01T00:00:00Z", "q=%00", "fields.=1", "fields.source__like=x",
     "fields.source__isnull=1", "fields.__class__=x", "tag=" + "a," * 200],
)  # fmt: skip
def test_bad_query(app: Caller, query: str) -> None:
    same_problem(app.get(f"/tasks?{query}"), 400, "invalid", None)


@pytest.mark.parametrize(
    "query",
    ["fields.frog=1", "fields.frog__gt=x", "q=%22%27%25_", "type=frog", "container=%F0%9F%90%B8", "assignee=frog",
     "run=frog", "tag=a'", "fields.source=%27"],
)  # fmt: skip
def test_query_that_matches_nothing(app: Caller, task: Json, query: str) -> None:
    answer = app.get(f"/tasks?{query}")
    assert (answer.status_code, answer.json()["results"]) == (200, [])


@pytest.mark.parametrize("header", ["x", '"', '"a" "b"', "W/", '"a",'])
def test_malformed_if_match(app: Caller, task: Json, header: str) -> None:
    same_problem(app.patch(f"/tasks/{task['id']}", {"title": "x"}, If_Match=header), 400, "invalid", None)


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9", "a\tb"])
def test_malformed_idempotency_key(app: Caller, key: str) -> None:
    same_problem(app.post("/tasks", TASK, Idempotency_Key=key), 400, "invalid", None)
    assert not Task.objects.exists()


def test_time_with_a_far_offset_is_kept(app: Caller) -> None:
    made = app.made("/tasks", {**TASK, "start_at": "2030-01-01T00:00:00-23:59"})
    assert made["start_at"] == "2030-01-01T23:59:00Z"
