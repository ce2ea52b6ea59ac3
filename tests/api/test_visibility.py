"""Who gets what from every URL of a task: hidden is the same as absent, and 403 is only for what is visible."""

from typing import Any

import pytest

from apps.actors.models import User
from apps.containers.models import Container, Membership, Role
from tests.factories import make_user

from .world import TASK, Caller, Json

ABSENT = "01900000-0000-7000-8000-000000000000"
ASKED = {"to": "team:dba", "fields": ["cutover_at"], "actions": ["complete", "fail"]}
# method, path below the task, body
CALLS: list[tuple[str, str, Any]] = [
    ("GET", "", None), ("PATCH", "", {"title": "Changed"}), ("GET", "/custody", None), ("GET", "/notes", None),
    ("POST", "/notes", {"text": "Hello"}), ("POST", "/notes", {"text": "Inside", "kind": "work_note"}),
    ("GET", "/events", None),
    ("GET", "/attempts", None), ("GET", "/links", None), ("PUT", "/watchers/me", {}), ("DELETE", "/watchers/me", None),
    ("POST", "/links", {"kind": "relates", "task": ABSENT}), ("PUT", "/grants/user:ana", {}),
    ("DELETE", "/grants/user:ana", None),
    ("POST", "/start", {}), ("POST", "/complete", {}), ("POST", "/fail", {"error": {"name": "X"}}),
    ("POST", "/cancel", {}),
    ("POST", "/retry", {}), ("POST", "/reopen", {}), ("POST", "/take-over", {}), ("POST", "/hand-over", ASKED),
]  # fmt: skip
# What each gets for the calls above, in their order, on a task that waits for the DBA team (contributors are in it).
ANSWERS = {
    "app":         "200 200 200 200 201 201 200 200 200 403 204 400 201 404 409 409 409 200 409 409 403 409",
    "manager":     "200 403 200 200 201 201 200 200 200 200 204 400 403 403 403 403 403 200 409 409 409 403",
    "contributor": "200 403 200 200 201 201 200 200 200 200 204 400 403 403 403 403 403 200 409 409 409 403",
    "viewer":      "200 403 200 200 403 403 200 200 200 200 204 403 403 403 403 403 403 403 403 403 403 403",
    "requester":   "200 403 200 200 201 403 200 200 200 200 204 403 403 403 403 403 403 200 403 403 403 403",
    "target":      "200 403 200 200 201 201 200 200 200 200 204 403 403 403 403 403 403 403 403 403 403 403",
    "outsider":    "404 " * len(CALLS),
    "other_app":   "404 " * len(CALLS),
}  # fmt: skip


@pytest.fixture
def requester(container: Container) -> Caller:
    """Ana asks for migrations."""
    user = make_user("ana")
    Membership.objects.create(container=container, user=user, role=Role.REQUESTER)
    return Caller(user=user)


@pytest.fixture
def viewer(container: Container) -> Caller:
    user = make_user("vera")
    Membership.objects.create(container=container, user=user, role=Role.VIEWER)
    return Caller(user=user)


@pytest.fixture
def target(team: Any) -> Caller:
    """In the DBA team, and in no container."""
    return Caller(user=make_user("dora", team))


@pytest.fixture
def waiting(app: Caller, requester: Caller) -> Json:
    return app.made("/tasks", {**TASK, "reporter": "user:ana", "hand_over": ASKED})


@pytest.fixture
def callers(
    app: Caller, manager: Caller, contributor: Caller, viewer: Caller, requester: Caller, target: Caller,
    outsider: Caller, other_app: Caller,
) -> dict[str, Caller]:  # fmt: skip
    return {name: value for name, value in locals().items() if name in ANSWERS}


@pytest.mark.parametrize("who", ANSWERS)
@pytest.mark.parametrize("index", range(len(CALLS)), ids=[f"{m} {p}" for m, p, _ in CALLS])
def test_matrix(callers: dict[str, Caller], waiting: Json, who: str, index: int) -> None:
    method, path, body = CALLS[index]
    answer = callers[who](method, f"/tasks/{waiting['id']}{path}", body)
    assert answer.status_code == int(ANSWERS[who].split()[index]), answer.content


@pytest.mark.parametrize("who", ["outsider", "other_app"])
@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_hidden_reads_as_absent(
    callers: dict[str, Caller], waiting: Json, who: str, method: str, path: str, body: Any
) -> None:
    hidden = callers[who](method, f"/tasks/{waiting['id']}{path}", body)
    absent = callers[who](method, f"/tasks/{ABSENT}{path}", body)
    assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content)


@pytest.mark.parametrize("who", ["outsider", "other_app"])
def test_hidden_handover_reads_as_absent(callers: dict[str, Caller], waiting: Json, who: str) -> None:
    calls = [("GET", "", None), ("PUT", "/draft", {"fields": {}}), ("POST", "/submit", {"action": "complete"}),
             ("POST", "/delegate", {"to": "user:stranger"})]  # fmt: skip
    calls += [("POST", f"/{verb}", {}) for verb in ("claim", "release", "decline", "withdraw")]
    for method, path, body in calls:
        hidden = callers[who](method, f"/handovers/{waiting['handover']}{path}", body)
        absent = callers[who](method, f"/handovers/{ABSENT}{path}", body)
        assert hidden.status_code == 404
        assert hidden.content == absent.content


@pytest.mark.parametrize("who", ["outsider", "other_app"])
def test_hidden_is_in_no_list(callers: dict[str, Caller], waiting: Json, who: str) -> None:
    for path in (
        "/tasks",
        "/handovers",
        "/inbox",
        "/notifications",
        "/search?q=orders",
        f"/handovers?task={waiting['id']}",
    ):
        page = callers[who].get(path + ("&" if "?" in path else "?") + "count=true").json()
        assert page == {"results": [], "next": None, "count": 0}


@pytest.mark.parametrize("key", ["parent", "link"])
def test_hidden_id_in_a_body_is_an_unknown_one(outsider: Caller, waiting: Json, stranger: User, key: str) -> None:
    """The problem is the same to the letter."""
    place = outsider.put("/containers/own", {"title": "Own"}).json()["slug"]
    own = outsider.made("/tasks", {"container": place, "title": "Mine"})
    answers = []
    for name in (waiting["id"], waiting["key"], ABSENT):
        if key == "parent":
            answers.append(outsider.post("/tasks", {"container": place, "title": "Child", "parent": name}))
        else:
            answers.append(outsider.post(f"/tasks/{own['id']}/links", {"kind": "blocks", "task": name}))
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1
