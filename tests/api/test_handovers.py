"""A question to a person, from asking to the answer."""

import pytest

from .world import Caller, Json

ASKED: Json = {
    "to": "team:dba",
    "title": "When?",
    "message": "Please *say*.",
    "fields": [{"name": "cutover_at", "required": True}, {"name": "target", "required": False, "proposed": "c"}],
    "actions": ["complete", {"name": "back", "effect": "return", "needs_comment": True}],
    "key": "first",
}
ANSWER: Json = {"action": "complete", "fields": {"cutover_at": "2027-01-01T00:00:00Z"}}


@pytest.fixture
def asked(app: Caller, task: Json) -> Json:
    return app.made(f"/tasks/{task['id']}/hand-over", ASKED)


def test_question_stands_in_the_inbox(contributor: Caller, app: Caller, outsider: Caller, asked: Json) -> None:
    (row,) = contributor.get("/inbox").json()["results"]
    assert row["id"] == asked["id"]
    assert (row["task"], row["state"], row["to"], row["title"]) == (asked["task"], "open", "team:dba", "When?")
    assert [field["name"] for field in row["fields"]] == ["cutover_at", "target"]
    assert app.get("/inbox").json()["results"] == outsider.get("/inbox").json()["results"] == []
    assert [h["id"] for h in app.get(f"/handovers?task={asked['task']}&state=open").json()["results"]] == [asked["id"]]


def test_fields_are_the_targets_alone(contributor: Caller, app: Caller, asked: Json) -> None:
    path = f"/tasks/{asked['task']}"
    assert contributor.get(path).json()["access"]["cutover_at"] == "write"
    answer = app.patch(path, {"fields": {"cutover_at": "2027-01-01T00:00:00Z"}})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "locked")
    custody = app.get(path + "/custody").json()
    assert (custody["holder"], custody["who"]) == ("handover", "team:dba")
    assert "answered by" in custody["fields"]["cutover_at"]["reason"]


def test_same_key_answers_the_same_handover(app: Caller, asked: Json) -> None:
    path = f"/tasks/{asked['task']}/hand-over"
    again = app.post(path, ASKED)
    assert (again.status_code, again.json()["id"]) == (200, asked["id"])
    assert app.post(path, {**ASKED, "message": "Other"}).status_code == 409
    assert app.post(path, {**ASKED, "key": "second"}).status_code == 409


def test_answer_is_one_write(contributor: Caller, app: Caller, asked: Json) -> None:
    answer = contributor.post(f"/handovers/{asked['id']}/submit", ANSWER)
    assert (answer.status_code, answer.json()["state"]) == (200, "submitted")
    assert answer.json()["answer"]["fields"] == ANSWER["fields"]
    task = app.get(f"/tasks/{asked['task']}").json()
    assert (task["status"], task["handover"]) == ("complete", None)
    assert task["fields"]["cutover_at"] == "2027-01-01T00:00:00Z"
    assert app.post(f"/tasks/{asked['task']}/hand-over", ASKED).json()["state"] == "submitted"


def test_later_answer_hears_who_was_first(contributor: Caller, asked: Json) -> None:
    path = f"/handovers/{asked['id']}/submit"
    assert contributor.post(path, ANSWER).status_code == 200
    late = contributor.post(path, ANSWER)
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert "member" in late.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"action": "complete"}, 422, "/fields/cutover_at"),
        ({"action": "complete", "fields": {"cutover_at": "soon"}}, 422, "/fields/cutover_at"),
        ({"action": "complete", "fields": {"lag_rows": 1}}, 400, "/fields/lag_rows"),
        ({"action": "complete", "fields": {"frog": 1}}, 400, "/fields/frog"),
        ({"action": "complete", "fields": {"source": "x"}}, 403, "/fields/source"),
        ({"action": "frog"}, 400, "/action"),
        ({"action": "back"}, 400, "/comment"),
        ({}, 400, "/action"),
    ],
)
def test_wrong_answer_names_the_place_and_loses_nothing(
    contributor: Caller, asked: Json, body: Json, status: int, pointer: str
) -> None:
    contributor.put(f"/handovers/{asked['id']}/draft", {"fields": {"target": "typed"}})
    answer = contributor.post(f"/handovers/{asked['id']}/submit", body)
    assert answer.status_code == status, answer.content
    assert pointer in [problem["pointer"] for problem in answer.json()["errors"]]
    kept = contributor.get(f"/handovers/{asked['id']}").json()
    assert (kept["state"], kept["draft"]) == ("open", {"target": "typed"})


def test_draft_holds_the_comment_until_the_answer(contributor: Caller, app: Caller, asked: Json) -> None:
    path = f"/handovers/{asked['id']}"
    saved = contributor.put(path + "/draft", {"fields": {"target": "x"}, "comment": "Because"}).json()
    assert (saved["draft"], saved["draft_comment"]) == ({"target": "x"}, "Because")
    assert contributor.put(path + "/draft", {"fields": {}}).json()["draft_comment"] == "Because"
    assert app.get(path).json()["draft_comment"] is None
    assert contributor.put(path + "/draft", {"fields": {}, "comment": ""}).json()["draft_comment"] == ""
    assert contributor.put(path + "/draft", {"fields": {}, "comment": "x" * 100_001}).status_code == 400
    contributor.put(path + "/draft", {"fields": {}, "comment": "Typed"})
    assert contributor.post(path + "/submit", ANSWER).json()["draft_comment"] is None


def test_claim_shuts_others_out(contributor: Caller, manager: Caller, asked: Json) -> None:
    path = f"/handovers/{asked['id']}"
    assert contributor.post(path + "/claim").json()["claimed_by"] == "user:member"
    assert contributor.post(path + "/claim").status_code == 409
    assert manager.post(path + "/claim").status_code == 403
    assert contributor.post(path + "/release").json()["state"] == "open"


def test_take_next_claims_one(contributor: Caller, outsider: Caller, asked: Json) -> None:
    assert contributor.post("/inbox/take-next", {"team": "team:dba"}).json()["id"] == asked["id"]
    empty = contributor.post("/inbox/take-next")
    assert (empty.status_code, empty.content) == (204, b"")
    assert contributor.post("/inbox/take-next", {"team": "dba"}).status_code == 204
    assert outsider.post("/inbox/take-next", {"team": "dba"}).status_code == 404


def test_delegated_one_is_somebody_elses(contributor: Caller, manager: Caller, asked: Json) -> None:
    path = f"/handovers/{asked['id']}"
    assert contributor.post(path + "/delegate", {"to": "user:owner"}).json()["to"] == "user:owner"
    assert contributor.post(path + "/submit", ANSWER).status_code == 403
    assert manager.post(path + "/submit", ANSWER).status_code == 200


def test_declined_and_withdrawn_go_back(contributor: Caller, app: Caller, asked: Json) -> None:
    assert contributor.post(f"/handovers/{asked['id']}/decline", {"comment": "No"}).json()["state"] == "declined"
    task = app.get(f"/tasks/{asked['task']}").json()
    assert (task["status"], task["custody"]["holder"]) == ("in_progress", "application")
    second = app.made(f"/tasks/{asked['task']}/hand-over", {**ASKED, "key": "second"})
    assert app.post(f"/handovers/{second['id']}/withdraw").json()["state"] == "withdrawn"


def test_version_is_asked_of_the_handover(contributor: Caller, asked: Json) -> None:
    path = f"/handovers/{asked['id']}"
    tag = contributor.get(path).headers["ETag"]
    assert contributor.put(path + "/draft", {"fields": {"target": "x"}}, If_Match=tag).status_code == 200
    assert contributor.post(path + "/submit", ANSWER, If_Match=tag).status_code == 412
    fresh = contributor.get(path).headers["ETag"]
    assert contributor.post(path + "/submit", ANSWER, If_Match=fresh).status_code == 200


def test_person_takes_over(contributor: Caller, app: Caller, task: Json) -> None:
    taken = contributor.post(f"/tasks/{task['id']}/take-over").json()
    assert (taken["status"], taken["custody"]["who"]) == ("handed_over", "user:member")
    handover = contributor.get(f"/handovers/{taken['handover']}").json()
    assert "lag_rows" not in [field["name"] for field in handover["fields"]]
    done = contributor.post(f"/handovers/{taken['handover']}/submit", {"action": "complete", "fields": {"target": "z"}})
    assert done.status_code == 200
    assert app.get(f"/tasks/{task['id']}").json()["status"] == "complete"
