"""What failed, in groups."""

from collections.abc import Callable

from tests.api.world import TASK, Caller

from .conftest import plan

Failed = Callable[..., list[str]]


def test_groups_have_counts_times_samples_and_a_filter(app: Caller, failed: Failed) -> None:
    ids = failed(3)
    failed(1, error={"name": "Other"}, function="mail.read")
    answer = app.get("/failures").json()
    assert (answer["counted"], answer["counted_to"]) == (4, 10_000)
    other, down = answer["results"]
    assert (other["error"], other["function"], other["count"]) == ("Other", "mail.read", 1)
    assert (down["error"], down["function"], down["count"], down["type_version"]) == ("SmtpDown", "mail.send", 3, 1)
    assert down["sample"] == ids[::-1]
    assert down["first_seen"] <= down["last_seen"]
    assert (len(down["trend"]), sum(down["trend"])) == (12, 3)
    assert plan(app, {"kind": "retry", "filter": down["filter"]})["matched"] == 3


def test_what_is_hidden_is_not_counted(app: Caller, contributor: Caller, failed: Failed) -> None:
    failed(1)
    failed(1, privacy="application")
    assert contributor.get("/failures").json()["counted"] == 1
    assert [group["count"] for group in contributor.get("/failures").json()["results"]] == [1]


def test_retried_and_older_failures_are_left_out(app: Caller, failed: Failed) -> None:
    (id,) = failed(1)
    assert app.get("/failures?since=2026-01-01T00:00:00Z").json()["counted"] == 1
    app.post(f"/tasks/{id}/retry")
    assert app.get("/failures").json()["results"] == []


def test_wrong_since(app: Caller) -> None:
    for text in ("x", "2990-01-01T00:00:00Z"):
        assert app.get(f"/failures?since={text}").json()["errors"][0]["pointer"] == "/since"


def test_groups_cost_one_statement_however_many(
    app: Caller, failed: Failed, django_assert_max_num_queries: object
) -> None:
    failed(2, title=TASK["title"])
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        app.get("/failures")
