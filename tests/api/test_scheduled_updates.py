"""Scheduled updates over REST."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.tasks.models import ScheduledUpdate
from apps.tasks.services.scheduled_updates import run as scheduled_updates_run

from .world import Caller, Json

AT = "2031-05-03T10:00:00Z"


def test_planned_listed_dropped(app: Caller, task: Json) -> None:
    path = f"/tasks/{task['id']}/scheduled-updates"
    made = app.post(path, {"at": AT, "set": {"title": "Moved", "due_at": AT}}, Idempotency_Key="one")
    assert made.status_code == 201
    assert app.post(path, {"at": AT, "set": {"title": "Moved", "due_at": AT}}, Idempotency_Key="one").json() == (
        made.json()
    )
    said = {key: made.json()[key] for key in ("at", "set", "transition", "created_by", "state", "error")}
    assert said == {
        "at": AT, "set": {"title": "Moved", "due_at": AT}, "transition": None, "created_by": "application:migrator",
        "state": "pending", "error": None,
    }  # fmt: skip
    assert app.get(path).json()["results"] == [made.json()]
    assert app.delete(f"/scheduled-updates/{made.json()['id']}").status_code == 204
    assert app.get(path).json()["results"] == []
    assert app.delete(f"/scheduled-updates/{made.json()['id']}").status_code == 404


def test_what_was_done_stays_in_the_list(app: Caller, task: Json) -> None:
    path = f"/tasks/{task['id']}/scheduled-updates"
    made = app.made(path, {"at": AT, "set": {"title": "Moved"}})
    ScheduledUpdate.objects.update(at=timezone.now() - timedelta(seconds=1))
    scheduled_updates_run.update_due()
    (shown,) = app.get(path).json()["results"]
    assert (shown["state"], app.get(f"/tasks/{task['id']}").json()["title"]) == ("done", "Moved")
    assert app.delete(f"/scheduled-updates/{made['id']}").json()["code"] == "already_ended"


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 400, "/at"),
        ({"at": "tomorrow", "set": {"title": "x"}}, 400, "/at"),
        ({"at": "2020-01-01T00:00:00Z", "set": {"title": "x"}}, 400, "/at"),
        ({"at": AT}, 400, "/set"),
        ({"at": AT, "set": {"status": "complete"}}, 400, "/set/status"),
        ({"at": AT, "set": {"priority": "high"}}, 400, "/set/priority"),
        ({"at": AT, "set": {"fields": {"lag_rows": "x"}}}, 422, "/set/fields/lag_rows"),
        ({"at": AT, "transition": "fly"}, 400, "/transition"),
        ({"at": AT, "set": {"title": "x"}, "when": 1}, 400, "/when"),
    ],
)
def test_what_is_wrong_is_named(app: Caller, task: Json, body: Json, status: int, pointer: str) -> None:
    answer = app.post(f"/tasks/{task['id']}/scheduled-updates", body)
    assert answer.status_code == status
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [pointer]


def test_hidden_is_absent(app: Caller, manager: Caller, contributor: Caller, outsider: Caller, task: Json) -> None:
    path = f"/tasks/{task['id']}/scheduled-updates"
    hidden = app.made(path, {"at": AT, "set": {"fields": {"lag_rows": 7}}})
    assert contributor.get(path).json()["results"] == []
    assert len(manager.get(path).json()["results"]) == 1
    for caller in (contributor, outsider):
        answers: list[Any] = [caller.delete(f"/scheduled-updates/{name}") for name in (hidden["id"], task["id"])]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert len({answer.json()["detail"] for answer in answers}) == 1
    assert outsider.get(path).status_code == 404
    wrong = contributor.post(path, {"at": AT, "set": {"fields": {"lag_rows": 7}}}).json()
    typo = contributor.post(path, {"at": AT, "set": {"fields": {"lag_rowz": 7}}}).json()
    assert {**wrong, "errors": 0} == {**typo, "errors": 0}
