"""The cast of the API's tests, and a failed task as often as a test wants one."""

from collections.abc import Callable

import pytest

from apps.operations import run
from tests.api.conftest import app, contributor, manager, other_app, outsider
from tests.api.world import TASK, Caller, Json

__all__ = ["app", "contributor", "manager", "other_app", "outsider"]
ERROR: Json = {"name": "SmtpDown", "message": "No answer."}


@pytest.fixture
def failed(app: Caller) -> Callable[..., list[str]]:
    """Makes failed tasks of the function `mail.send`; answers their ids."""

    def make(count: int = 1, *, error: Json = ERROR, **more: object) -> list[str]:
        ids = [app.made("/tasks", {**TASK, "function": "mail.send", **more})["id"] for _ in range(count)]
        for id in ids:
            assert app.post(f"/tasks/{id}/fail", {"error": error}).status_code == 200
        return ids

    return make


@pytest.fixture
def work() -> Callable[[], None]:
    """The background's part, until nothing is due at this moment."""

    def work_off() -> None:
        while run.work_due():
            pass

    return work_off


def plan(caller: Caller, body: Json) -> Json:
    """What the dry run of an operation answers."""
    answer = caller.post("/operations", {**body, "dry_run": True})
    assert answer.status_code == 200, answer.content
    planned: Json = answer.json()
    return planned


def begin(caller: Caller, body: Json, **more: object) -> Json:
    """An operation that was planned just now."""
    answer = caller.post("/operations", {**body, "plan": plan(caller, body)["plan"], **more})
    assert answer.status_code == 202, answer.content
    begun: Json = answer.json()
    return begun


def counts(caller: Caller, id: str) -> dict[str, int]:
    """The counts that the operation has now."""
    names = ("matched", "done", "refused", "settled_ok", "settled_bad", "running", "left")
    row = caller.get(f"/operations/{id}").json()
    return {name: row[name] for name in names if row[name]}
