"""Many answers in one call: each for itself."""

import pytest

from apps.actors.models import Team

from .world import TASK, Caller, Json


@pytest.fixture
def asked(app: Caller, team: Team) -> list[str]:
    """Three questions to the team."""
    ask = {"to": "team:dba", "actions": ["complete", {"name": "no", "effect": "cancel", "needs_comment": True}]}
    tasks = [app.made("/tasks", TASK)["id"] for _ in range(3)]
    return [app.made(f"/tasks/{task}/hand-over", ask)["id"] for task in tasks]


def test_one_refused_spoils_no_other(contributor: Caller, app: Caller, asked: list[str]) -> None:
    answers: list[object] = [
        {"handover": asked[0], "action": "complete"},
        {"handover": asked[1], "action": "no"},
        {"handover": asked[1], "action": "complete", "fields": {"nothing": 1}},
        {"handover": asked[0], "action": "complete"},
        {"handover": "0193-nothing", "action": "complete"},
        {"action": "complete"},
        5,
        {"handover": asked[2], "action": "complete"},
    ]
    answer = contributor.post("/handovers/bulk-submit", {"answers": answers}, Idempotency_Key="k")
    results = answer.json()["results"]
    assert [row["status"] for row in results] == [200, 400, 400, 409, 404, 400, 400, 200]
    assert [row["handover"] for row in results][:2] == asked[:2]
    assert results[1]["errors"][0]["pointer"] == "/answers/1/comment"
    assert results[2]["errors"][0]["pointer"] == "/answers/2/fields/nothing"
    assert contributor.get(f"/handovers/{asked[1]}").json()["state"] == "open"
    again = contributor.post("/handovers/bulk-submit", {"answers": answers}, Idempotency_Key="k")
    assert again.json() == answer.json()


def test_others_cannot(outsider: Caller, app: Caller, asked: list[str]) -> None:
    body: Json = {"answers": [{"handover": asked[0], "action": "complete"}]}
    assert outsider.post("/handovers/bulk-submit", body).json()["results"][0]["status"] == 404
    assert app.post("/handovers/bulk-submit", body).json()["results"][0]["status"] == 403
    assert outsider.post("/handovers/bulk-submit", {"answers": [{}] * 101}).status_code == 400
