"""Every write to a task that has ended is refused with `already_ended`, whatever else it says."""

import pytest

from .world import TASK, Caller, Json

WRITES: list[tuple[str, str, Json]] = [
    ("POST", "complete", {}),
    ("POST", "complete", {"fields": {"target": "c"}}),
    ("POST", "complete", {"fields": {"lag_rows": 1}, "result": 1, "note": "x"}),
    ("POST", "fail", {"error": {"name": "Late"}}),
    ("POST", "cancel", {}),
    ("POST", "start", {}),
    ("POST", "hand-over", {"to": "user:member"}),
    ("POST", "hand-over", {"to": "user:member", "fields": ["cutover_at"]}),
    ("POST", "move", {"container": "elsewhere"}),
    ("POST", "scheduled-updates", {"at": "2099-01-01T00:00:00Z", "set": {"priority": 1}}),
    ("PATCH", "", {"fields": {"target": "c"}}),
    ("PATCH", "", {"title": "Other"}),
    ("PATCH", "", {"stage": "doing"}),
    ("PATCH", "", {"assignee": "user:member"}),
]
ENDS: list[tuple[str, Json]] = [
    ("complete", {}),
    ("fail", {"error": {"name": "Boom"}}),
    ("cancel", {}),
]


@pytest.fixture(params=ENDS, ids=lambda end: end[0])
def ended(app: Caller, request: pytest.FixtureRequest) -> Json:
    """A task that has ended, in each of the ways."""
    app.put("/containers/elsewhere", {"title": "Elsewhere"})
    app.put("/containers/elsewhere/types/migration", {"schema": {"type": "object"}})
    task = app.made("/tasks", TASK)
    how, body = request.param
    ended: Json = app.post(f"/tasks/{task['id']}/{how}", body).json()
    return ended


@pytest.mark.parametrize(("method", "what", "body"), WRITES)
def test_ended_task_refuses_it_as_ended(app: Caller, ended: Json, method: str, what: str, body: Json) -> None:
    answer = app(method, f"/tasks/{ended['id']}" + (f"/{what}" if what else ""), body)
    assert (answer.status_code, answer.json().get("code")) == (409, "already_ended"), answer.content
    assert app.get(f"/tasks/{ended['id']}").json() == ended


def test_taking_it_over(manager: Caller, ended: Json) -> None:
    assert manager.post(f"/tasks/{ended['id']}/take-over").json()["code"] == "already_ended"


def test_retrying_what_did_not_fail(app: Caller, ended: Json) -> None:
    answer = app.post(f"/tasks/{ended['id']}/retry")
    expected = (200, None) if ended["status"] == "failed" else (409, "already_ended")
    assert (answer.status_code, answer.json().get("code")) == expected


def test_answer_to_an_ended_task(app: Caller, contributor: Caller) -> None:
    """Its handover ended with it."""
    task = app.made("/tasks", {**TASK, "hand_over": {"to": "user:member"}})
    app.post(f"/tasks/{task['id']}/cancel")
    for act, body in (
        ("claim", {}),
        ("submit", {"action": "complete"}),
        ("decline", {}),
        ("delegate", {"to": "team:dba"}),
    ):
        answer = contributor.post(f"/handovers/{task['handover']}/{act}", body)
        assert answer.status_code in (404, 409), act


def test_worker_hears_that_its_lease_is_over(app: Caller, ended: Json) -> None:
    answer = app.post(f"/tasks/{ended['id']}/hand-over", {"to": "user:member", "lease_token": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "lease_superseded")


def test_unknown_field_is_named_first(app: Caller, ended: Json) -> None:
    """A field that does not exist is the caller's mistake, whatever has become of the task."""
    answer = app.post(f"/tasks/{ended['id']}/complete", {"frog": 1})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_field")


def test_stranger_does_not_hear_that_it_ended(outsider: Caller, ended: Json) -> None:
    for method, what, body in WRITES:
        assert outsider(method, f"/tasks/{ended['id']}" + (f"/{what}" if what else ""), body).status_code == 404
