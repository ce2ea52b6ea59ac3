"""POST /functions/{name}/pause and resume, and what callers of a paused function are answered."""

import pytest

from apps.actors import services as actors
from apps.actors.actor import SYSTEM
from apps.actors.models import Application, User
from apps.containers.models import Container

from .world import Caller

pytestmark = pytest.mark.django_db
REASON = "The mail server is down"


@pytest.fixture
def migrator(worker: str) -> Caller:
    caller = Caller(key=worker)
    assert caller.put("/functions/copy", {"breaker": {"failures": 5, "minutes": 1}}).status_code == 201
    return caller


def test_function_says_how_it_is_paused(migrator: Caller) -> None:
    assert migrator.get("/functions/copy").json()["paused"] is None
    paused = migrator.made("/functions/copy/pause", {"reason": REASON, "until": "2099-01-01T00:00:00Z"})
    assert paused["breaker"] == {"failures": 5, "minutes": 1}
    assert paused["paused"].pop("since")
    assert paused["paused"] == {"by": "application:migrator", "reason": REASON, "until": "2099-01-01T00:00:00Z"}
    assert migrator.made("/functions/copy/resume", {})["paused"] is None


def test_reason_is_required(migrator: Caller) -> None:
    answer = migrator.post("/functions/copy/pause", {})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/reason")


def test_time_that_is_over_is_refused(migrator: Caller) -> None:
    answer = migrator.post("/functions/copy/pause", {"reason": REASON, "until": "2020-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/until")


def test_owner_may_and_others_find_nothing(
    migrator: Caller, application: Application, owner: User, stranger: User
) -> None:
    actors.change_owners(actor=SYSTEM, application=application, users=[owner], teams=[])
    assert Caller(user=owner).made("/functions/copy/pause", {"reason": REASON})["paused"]["by"] == "user:owner"
    for verb in ("pause", "resume"):
        for name in ("copy", "none", "a\0"):
            answer = Caller(user=stranger).post(f"/functions/{name}/{verb}", {"reason": "x"} if verb == "pause" else {})
            assert answer.status_code == 404


def test_execution_of_a_paused_function_is_refused(migrator: Caller, container: Container) -> None:
    made = migrator("POST", "/functions/copy/execute", {"timeout": 0}, Idempotency_Key="before")
    migrator.made("/functions/copy/pause", {"reason": REASON})
    for body in ({"timeout": 0}, {"timeout": 0, "container": "migrations"}):
        answer = migrator.post("/functions/copy/execute", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "paused")
        assert REASON in answer.json()["detail"]
    again = migrator("POST", "/functions/copy/execute", {"timeout": 0}, Idempotency_Key="before")
    assert again.json()["id"] == made.json()["id"]


def test_manifest_leaves_the_pause_alone(migrator: Caller) -> None:
    migrator.made("/functions/copy/pause", {"reason": REASON})
    migrator.put("/manifest", {"functions": {"copy": {"description": "Copies"}}})
    function = migrator.get("/functions/copy").json()
    assert (function["description"], function["paused"]["reason"]) == ("Copies", REASON)
    assert migrator.get("/queue/stats").json()["results"][0]["paused_since"] == function["paused"]["since"]
