"""The worker protocol and functions over REST."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from apps.actors.models import Application
from apps.actors.references import actor_of_application
from apps.actors.services import issue_key

from .conftest import MakeTask

pytestmark = pytest.mark.django_db

Call = Any


def caller(key: str) -> Call:
    client = Client(headers={"authorization": f"Bearer {key}"})

    def call(method: str, path: str, body: Any = None) -> Any:
        return client.generic(method, f"/api/v1{path}", data=_json(body), content_type="application/json")

    return call


def _json(body: Any) -> bytes:
    import orjson

    return b"" if body is None else orjson.dumps(body)


@pytest.fixture
def call(worker: str) -> Call:
    return caller(worker)


def test_a_task_goes_through(call: Call, make_task: MakeTask) -> None:
    task = make_task(fields={"rows": 1})
    got = call("POST", "/queue/claim", {"claim_id": str(uuid4()), "functions": ["copy"], "worker": "w"}).json()
    assert got["retry_after"] == 0
    lease = {"task": got["tasks"][0]["id"], "token": got["tasks"][0]["lease"]["token"]}
    (beat,) = call("POST", "/queue/heartbeat", {"leases": [lease]}).json()["results"]
    assert beat["directive"] == "continue"
    read = call("GET", f"/tasks/{task.pk}").json()
    assert read["status"] == "in_progress"
    assert read["custody"]["until"] == beat["expires_at"]
    (done,) = call("POST", "/queue/complete", {"results": [{**lease, "result": {"n": 1}}]}).json()["results"]
    assert done["ok"]
    assert call("GET", f"/tasks/{task.pk}").json()["result"] == {"n": 1}
    empty = call("POST", "/queue/claim", {"functions": ["copy"]}).json()
    assert empty == {"tasks": [], "retry_after": 1.0}


def test_claim_renders_what_a_read_renders(call: Call, make_task: MakeTask) -> None:
    make_task(fields={"rows": 1}, tags=["a"], due_at=None)
    (got,) = call("POST", "/queue/claim", {"functions": ["copy"]}).json()["tasks"]
    read = call("GET", f"/tasks/{got['id']}").json()
    assert {name: got[name] for name in read} == read


@pytest.mark.parametrize("name", ["claim", "heartbeat", "complete", "fail", "release", "confirm-cancel"])
def test_queue_needs_a_key_and_post(call: Call, name: str) -> None:
    assert Client().post(f"/api/v1/queue/{name}").status_code == 401
    assert call("GET", f"/queue/{name}").status_code == 405
    refused = call("POST", f"/queue/{name}", {})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")


def test_function_is_put_read_and_deleted(call: Call) -> None:
    body = {"lease_seconds": 30, "retry_policy": {"enabled": True}, "max_concurrency": None}
    made = call("PUT", "/functions/migration.copy", body)
    assert (made.status_code, made.json()["changed"]) == (201, True)
    again = call("PUT", "/functions/migration.copy", body)
    assert (again.status_code, again.json()["changed"]) == (200, False)
    changed = call("PUT", "/functions/migration.copy", {})
    assert (changed.status_code, changed.json()["changed"]) == (200, True)
    read = call("GET", "/functions/migration.copy").json()
    assert read == {
        "name": "migration.copy",
        "description": "",
        "mode": "pull",
        "time_limit": None,
        "lease_seconds": 60,
        "default_priority": 0,
        "max_concurrency": None,
        "retry_policy": {"enabled": False, "errors_to_retry": [], "max_retries": 3, "delays": [2, 5, 10]},
        "failover": None,
        "schedule": None,
        "url": None,
        "callers": [],
        "breaker": None,
        "paused": None,
    }
    assert [row["name"] for row in call("GET", "/functions").json()["results"]] == ["migration.copy"]
    assert call("DELETE", "/functions/migration.copy").status_code == 204
    assert call("GET", "/functions/migration.copy").status_code == 404


def test_put_survives_its_own_reading(call: Call) -> None:
    policy = {"enabled": True, "backoff": {"initial": 1}}
    call("PUT", "/functions/copy", {"retry_policy": policy, "time_limit": 60})
    read = call("GET", "/functions/copy").json()
    assert call("PUT", "/functions/copy", read).json()["changed"] is False


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"mode": "pushed"}, "/mode"),
        ({"mode": "push"}, "/url"),
        ({"mode": "push", "url": "ftp://example.org"}, "/url"),
        ({"mode": "push", "url": "http://127.0.0.1/"}, "/url"),
        ({"mode": "push", "url": "http://8.8.8.8/", "secret": "hunter2"}, "/secret"),
        ({"url": "http://8.8.8.8/"}, "/url"),
        ({"schedule": {"every": 0}}, "/schedule/every"),
        ({"callers": "application:billing"}, "/callers"),
        ({"callers": ["application:nobody"]}, "/callers/0"),
        ({"callers": ["user:ana"]}, "/callers/0"),
        ({"callers": [1]}, "/callers/0"),
        ({"lease_seconds": 9}, "/lease_seconds"),
        ({"lease_seconds": "60"}, "/lease_seconds"),
        ({"time_limit": 0}, "/time_limit"),
        ({"max_concurrency": 0}, "/max_concurrency"),
        ({"default_priority": 2**53}, ""),
        ({"retry_policy": {"max_retries": -1}}, "/retry_policy/max_retries"),
        ({"retry_policy": {"colour": 1}}, "/retry_policy/colour"),
        ({"failover": {"to": "user:nobody"}}, "/failover/to"),
        ({"failover": {}}, "/failover/to"),
        ({"colour": 1}, "/colour"),
        ({"name": "other"}, "/name"),
    ],
)
def test_wrong_function_is_named(call: Call, body: dict, pointer: str) -> None:
    refused = call("PUT", "/functions/copy", body)
    assert refused.status_code == 400
    assert any(problem["pointer"].startswith(pointer) for problem in refused.json()["errors"])


@pytest.mark.parametrize("name", [".copy", "copy.", "a b", "a" * 201, "ü"])
def test_name_of_a_function_is_plain(call: Call, name: str) -> None:
    assert call("PUT", f"/functions/{name}", {}).status_code == 400


def test_function_is_its_applications_alone(call: Call, other_application: Application) -> None:
    call("PUT", "/functions/copy", {})
    other = caller(issue_key(actor=actor_of_application(other_application), application=other_application))
    assert other("GET", "/functions").json()["results"] == []
    assert other("GET", "/functions/copy").status_code == other("DELETE", "/functions/copy").status_code == 404
    assert other("PUT", "/functions/copy", {}).status_code == 201


def test_function_that_live_tasks_need_stays(call: Call, make_task: MakeTask) -> None:
    make_task()
    assert call("DELETE", "/functions/copy").status_code == 409


def test_people_have_no_functions(client: Client, member: Any) -> None:
    client.force_login(member)
    assert client.get("/api/v1/functions").status_code == 403
