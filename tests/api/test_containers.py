"""Containers, members and types over REST."""

import pytest

from .world import MIGRATION, Caller, Json


def test_put_creates_then_changes_nothing_then_changes(other_app: Caller) -> None:
    first = other_app.put("/containers/bills", {"title": "Bills"})
    assert (first.status_code, first.json()["changed"]) == (201, True)
    assert first.json()["application"] == "billing"
    again = other_app.put("/containers/bills", {"title": "Bills"})
    assert (again.status_code, again.json()["changed"]) == (200, False)
    other = other_app.put("/containers/bills", {"title": "Invoices", "everyone": "viewer"})
    assert (other.status_code, other.json()["changed"]) == (200, True)


def test_etag_of_a_put_is_that_of_a_read(other_app: Caller) -> None:
    put = other_app.put("/containers/bills", {"title": "Bills"})
    assert put.headers["ETag"] == other_app.get("/containers/bills").headers["ETag"]


def test_stale_version_is_refused(other_app: Caller) -> None:
    stale = other_app.put("/containers/bills", {"title": "Bills"}).headers["ETag"]
    assert other_app.patch("/containers/bills", {"title": "B"}, If_Match=stale).status_code == 200
    for answer in (
        other_app.patch("/containers/bills", {"title": "C"}, If_Match=stale),
        other_app.put("/containers/bills", {"title": "C"}, If_Match=stale),
        other_app.delete("/containers/bills", If_Match=stale),
        other_app.put("/containers/new", {"title": "C"}, If_Match=stale),
    ):
        assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch")
    assert other_app.get("/containers/bills").json()["title"] == "B"


def test_delete_is_refused_while_there_are_tasks(app: Caller, task: Json, other_app: Caller) -> None:
    assert app.delete("/containers/migrations").status_code == 409
    other_app.put("/containers/bills")
    assert other_app.delete("/containers/bills").status_code == 204
    assert other_app.get("/containers/bills").status_code == 404


def test_hidden_container_reads_as_absent(app: Caller, outsider: Caller) -> None:
    for method, path, body in [
        ("GET", "", None), ("PATCH", "", {}), ("DELETE", "", None), ("GET", "/members", None), ("GET", "/types", None),
        ("GET", "/types/migration", None), ("PUT", "/types/migration", {}), ("DELETE", "/types/migration", None),
        ("GET", "/types/migration/versions", None), ("DELETE", "/members/user:owner", None),
        ("PUT", "/members/user:owner", {"role": "viewer"}),
    ]:  # fmt: skip
        hidden = outsider(method, f"/containers/migrations{path}", body)
        absent = outsider(method, f"/containers/nowhere{path}", body)
        assert (hidden.status_code, hidden.content) == (404, absent.content), (method, path)


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"frog": 1}, "unknown_field", "/frog"),
        ({"title": 5}, "invalid", "/title"),
        ({"everyone": "manager"}, "invalid", "/everyone"),
        ({"managers_see_restricted": 1}, "invalid", "/managers_see_restricted"),
    ],
)
def test_bad_body(other_app: Caller, body: Json, code: str, pointer: str) -> None:
    answer = other_app.put("/containers/bills", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert other_app.get("/containers/bills").status_code == 404


def test_members_come_and_go(app: Caller, outsider: Caller) -> None:
    path = "/containers/migrations/members/user:stranger"
    assert app.put(path, {"role": "frog"}).status_code == 400
    assert app.put(path, {"role": "viewer"}).status_code == 201
    again = app.put(path, {"role": "viewer"})
    assert (again.status_code, again.json()["changed"]) == (200, False)
    assert outsider.get("/containers/migrations").json()["role"] == "viewer"
    members = outsider.get("/containers/migrations/members").json()["results"]
    assert {row["member"] for row in members} == {"user:owner", "user:member", "user:stranger"}
    assert app.delete(path).status_code == 204
    assert app.delete(path).status_code == 404


def test_type_versions(app: Caller, contributor: Caller) -> None:
    path = "/containers/migrations/types/migration"
    assert app.put(path, MIGRATION).json()["changed"] is False
    assert app.put(path, {**MIGRATION, "title": "Move"}).json()["version"] == 2
    assert [row["version"] for row in app.get(path + "/versions").json()["results"]] == [2, 1]
    assert "lag_rows" not in contributor.get(path).json()["schema"]["properties"]
    assert [row["name"] for row in app.get("/containers/migrations/types").json()["results"]] == ["migration"]
    assert app.delete(path).status_code == 204
    assert app.get("/containers/migrations/types").json()["results"] == []


def test_type_problems_point_into_the_body(app: Caller) -> None:
    answer = app.put("/containers/migrations/types/x", {"schema": {"type": "object", "properties": {"a": {"type": 5}}}})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith("/schema/properties/a")
