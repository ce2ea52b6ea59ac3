"""Operations over REST: planned, begun with the plan, worked off, counted until they have settled."""

from collections.abc import Callable

import pytest

from apps.events.models import Event
from apps.operations.models import Operation
from tests.api.world import TASK, Caller, Json

from .conftest import begin, counts, plan

RETRY: Json = {"kind": "retry", "filter": {"status": "failed", "function": "mail.send", "error": "SmtpDown"}}
Failed = Callable[..., list[str]]
Work = Callable[[], None]


def finish(app: Caller, count: int = 100, **outcome: object) -> None:
    """A worker completes what is ready, or fails it with the error given."""
    tasks = app.post("/queue/claim", {"functions": ["mail.send"], "max": count}).json()["tasks"]
    leases = [{"task": task["id"], "token": task["lease"]["token"]} for task in tasks]
    if outcome:
        app.post("/queue/fail", {"failures": [{**lease, **outcome} for lease in leases]})
    else:
        app.post("/queue/complete", {"results": leases})


def test_plan_counts_and_makes_nothing(app: Caller, failed: Failed) -> None:
    ids = failed(3)
    failed(1, error={"name": "Other"})
    planned = plan(app, RETRY)
    assert (planned["kind"], planned["matched"], planned["excluded"]) == ("retry", 3, [])
    assert planned["plan"].startswith("opl_")
    assert {app.get(f"/tasks/{id}").json()["status"] for id in ids} == {"failed"}
    assert not Operation.objects.exists()


def test_excluded_tasks_have_reasons_and_samples(app: Caller, failed: Failed) -> None:
    (done,) = failed(1)
    app.post(f"/tasks/{done}/retry")
    live = app.made("/tasks", TASK)["id"]
    (good,) = failed(1)
    absent = "01936b3e-8c1f-7a52-9d3e-5f6a7b8c9d0e"
    planned = plan(app, {"kind": "retry", "ids": [good, done, live, absent]})
    assert planned["matched"] == 1
    assert planned["excluded"] == [
        {"why": "already_retried", "count": 1, "sample": [done]},
        {"why": "not_failed", "count": 1, "sample": [live]},
        {"why": "not_found", "count": 1, "sample": [absent]},
    ]


def test_retry_ends_when_every_new_attempt_has_ended(app: Caller, failed: Failed, work: Work) -> None:
    ids = failed(3)
    operation = begin(app, RETRY, reason="SMTP is back")
    assert operation["state"] == "running"
    assert operation["reason"] == "SMTP is back"
    assert counts(app, operation["id"]) == {"matched": 3, "left": 3}
    work()
    assert counts(app, operation["id"]) == {"matched": 3, "done": 3, "running": 3}
    finish(app, 2)
    assert counts(app, operation["id"]) == {"matched": 3, "done": 3, "settled_ok": 2, "running": 1}
    finish(app, 1, error={"name": "Again"})
    assert counts(app, operation["id"]) == {"matched": 3, "done": 3, "settled_ok": 2, "settled_bad": 1}
    make_due()
    work()
    row = app.get(f"/operations/{operation['id']}").json()
    assert row["state"] == "done"
    assert row["ended_at"]
    items = app.get(f"/operations/{operation['id']}/items").json()["results"]
    assert {item["task"] for item in items} == set(ids)
    assert sorted(item["outcome"] for item in items) == ["settled_bad", "settled_ok", "settled_ok"]
    assert [item["code"] for item in items if item["outcome"] == "settled_bad"] == ["failed"]
    bad = app.get(f"/operations/{operation['id']}/items?outcome=settled_bad").json()["results"]
    assert len(bad) == 1
    types = Event.objects.filter(type__startswith="operation.").order_by("id").values_list("type", flat=True)
    assert list(types) == ["operation.changed", "operation.settled"]


def make_due() -> None:
    """The next look is due now."""
    Operation.objects.filter(due_at__isnull=False).update(due_at="2020-01-01T00:00:00Z")


def test_changed_world_is_a_conflict_with_the_new_plan(app: Caller, failed: Failed) -> None:
    failed(2)
    planned = plan(app, RETRY)
    failed(1)
    answer = app.post("/operations", {**RETRY, "plan": planned["plan"]})
    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["code"], problem["matched"]) == ("plan_changed", 3)
    assert app.post("/operations", {**RETRY, "plan": problem["plan"]}).status_code == 202


@pytest.mark.parametrize("token", ["opl_x", "opl_", "x", "opl_" + "0" * 64 + ":1vPmWZ:5KJ"])
def test_plan_of_no_dry_run_is_refused(app: Caller, failed: Failed, token: str) -> None:
    failed(1)
    assert app.post("/operations", {**RETRY, "plan": token}).json()["code"] == "plan_changed"


def test_plan_is_of_its_caller_and_question(app: Caller, manager: Caller, failed: Failed) -> None:
    failed(1)
    token = plan(app, RETRY)["plan"]
    assert manager.post("/operations", {**RETRY, "plan": token}).status_code == 409
    assert app.post("/operations", {**RETRY, "kind": "cancel", "plan": token}).status_code == 409


WRONG: list[tuple[Json, str]] = [
    ({"kind": "retry", "filter": {}}, "/plan"),
    ({"kind": "retry", "filter": {}, "dry_run": True, "plan": "opl_x"}, "/plan"),
    ({"kind": "retry", "dry_run": True}, ""),
    ({"kind": "retry", "filter": {}, "ids": ["01936b3e-8c1f-7a52-9d3e-5f6a7b8c9d0e"], "dry_run": True}, ""),
    ({"kind": "retry", "filter": {"nothing": "x"}, "dry_run": True}, "/filter/nothing"),
    ({"kind": "retry", "filter": {"status": "odd"}, "dry_run": True}, "/filter/status"),
    ({"kind": "retry", "filter": {"limit": 5}, "dry_run": True}, "/filter/limit"),
    ({"kind": "retry", "ids": ["x"], "dry_run": True}, "/ids/0"),
    ({"kind": "odd", "filter": {}, "dry_run": True}, "/kind"),
    ({"filter": {}, "dry_run": True}, "/kind"),
    ({"kind": "retry", "filter": {}, "dry_run": True, "to": "user:member"}, "/to"),
    ({"kind": "reassign", "filter": {}, "dry_run": True}, "/to"),
    ({"kind": "reassign", "filter": {}, "dry_run": True, "to": "user:nobody"}, "/to"),
    ({"kind": "set_fields", "filter": {}, "dry_run": True, "fields": {}}, "/fields"),
    ({"kind": "retry", "filter": {}, "dry_run": True, "canary": {"first": 0, "min_ok": 2}}, "/canary/first"),
    ({"kind": "retry", "filter": {}, "dry_run": True, "max_per_second": 0}, "/max_per_second"),
]


@pytest.mark.parametrize(("body", "pointer"), WRONG, ids=range(len(WRONG)))
def test_wrong_bodies(app: Caller, body: Json, pointer: str) -> None:
    answer = app.post("/operations", body)
    assert answer.status_code == 400, answer.content
    if pointer:
        assert pointer in [problem["pointer"] for problem in answer.json()["errors"]]


# --- Canary, stop, resume ----------------------------------------------------------------------------


def test_canary_that_goes_well_lets_the_others_follow(app: Caller, failed: Failed, work: Work) -> None:
    failed(5)
    operation = begin(app, RETRY, canary={"first": 2, "min_ok": 1})
    work()
    assert counts(app, operation["id"]) == {"matched": 5, "done": 2, "running": 2, "left": 3}
    assert app.get(f"/operations/{operation['id']}").json()["state"] == "canary"
    finish(app)
    make_due()
    work()
    assert counts(app, operation["id"]) == {"matched": 5, "done": 5, "settled_ok": 2, "running": 3}


def test_canary_that_fails_leaves_all_others_untouched(app: Caller, failed: Failed, work: Work) -> None:
    failed(5)
    operation = begin(app, RETRY, canary={"first": 2, "min_ok": 0.5})
    work()
    finish(app, error={"name": "Again"})
    make_due()
    work()
    row = app.get(f"/operations/{operation['id']}").json()
    assert (row["state"], row["done"], row["settled_bad"], row["left"]) == ("held", 2, 2, 3)
    assert len(app.get("/tasks?status=failed&error=SmtpDown").json()["results"]) == 3
    assert app.post(f"/operations/{operation['id']}/resume").json()["state"] == "running"
    work()
    assert counts(app, operation["id"])["done"] == 5


def test_stop_and_resume(app: Caller, failed: Failed, work: Work) -> None:
    failed(3)
    operation = begin(app, RETRY)
    assert app.post(f"/operations/{operation['id']}/stop").json()["state"] == "stopped"
    work()
    assert counts(app, operation["id"]) == {"matched": 3, "left": 3}
    assert app.post(f"/operations/{operation['id']}/stop").status_code == 409
    assert app.post(f"/operations/{operation['id']}/resume").json()["state"] == "running"
    assert app.post(f"/operations/{operation['id']}/resume").status_code == 409
    work()
    assert counts(app, operation["id"]) == {"matched": 3, "done": 3, "running": 3}


def test_stopped_operation_goes_on_to_settle(app: Caller, failed: Failed, work: Work) -> None:
    failed(3)
    operation = begin(app, RETRY, max_per_second=2)
    work()
    assert counts(app, operation["id"])["done"] == 2
    app.post(f"/operations/{operation['id']}/stop")
    finish(app)
    work()
    row = app.get(f"/operations/{operation['id']}/items?outcome=settled_ok").json()["results"]
    assert len(row) == 2
    assert Operation.objects.get().due_at is None


# --- Rights ------------------------------------------------------------------------------------------


def test_each_task_needs_the_right_at_that_moment(app: Caller, contributor: Caller, work: Work) -> None:
    ids = [app.made("/tasks", TASK)["id"] for _ in range(3)]
    operation = begin(contributor, {"kind": "cancel", "ids": ids})
    assert app.patch(f"/tasks/{ids[0]}", {"privacy": "restricted"}).status_code == 200
    assert app.post(f"/tasks/{ids[1]}/complete").status_code == 200
    work()
    items = contributor.get(f"/operations/{operation['id']}/items").json()["results"]
    assert [(item["task"], item["outcome"], item["code"]) for item in items] == [
        (ids[0], "refused", "not_found"), (ids[1], "refused", "already_ended"), (ids[2], "done", None),
    ]  # fmt: skip


def test_who_may_not_work_has_everything_excluded(app: Caller, failed: Failed, outsider: Caller) -> None:
    app.patch("/containers/migrations", {"everyone": "viewer", "confirm_widen": True})
    failed(2)
    planned = plan(outsider, RETRY)
    assert (planned["matched"], [each["why"] for each in planned["excluded"]]) == (0, ["forbidden"])


def test_operations_are_their_authors_alone(app: Caller, other_app: Caller, manager: Caller, failed: Failed) -> None:
    failed(1)
    id = begin(app, RETRY)["id"]
    for caller in (other_app, manager):
        assert caller.get("/operations").json()["results"] == []
        for path in (f"/operations/{id}", f"/operations/{id}/items"):
            assert caller.get(path).status_code == 404
        assert caller.post(f"/operations/{id}/stop").status_code == 404


def test_owner_of_the_application_sees_it_without_numbers_and_stops_it(
    app: Caller, stranger: object, outsider: Caller, application: object, failed: Failed
) -> None:
    application.owners.add(stranger)  # type: ignore[attr-defined]
    failed(1)
    id = begin(app, RETRY, reason="SMTP is back")["id"]
    row = outsider.get(f"/operations/{id}").json()
    assert (row["reason"], row["state"], row["matched"], row["filter"]) == ("SMTP is back", "running", None, None)
    assert outsider.get(f"/operations/{id}/items").json()["results"] == []
    assert outsider.post(f"/operations/{id}/stop").json()["state"] == "stopped"


def test_deactivated_author_repairs_nothing(
    contributor: Caller, member: object, app: Caller, failed: Failed, work: Work
) -> None:
    failed(2)
    operation = begin(contributor, RETRY)
    type(member).objects.filter(pk=member.pk).update(is_active=False)  # type: ignore[attr-defined]
    work()
    row = Operation.objects.get(pk=operation["id"])
    assert (row.done, row.refused, row.state) == (0, 2, "done")
    assert len(app.get("/tasks?status=failed").json()["results"]) == 2


# --- Other kinds -------------------------------------------------------------------------------------


def test_cancel_reassign_and_set_fields(app: Caller, work: Work) -> None:
    ids = [app.made("/tasks", TASK)["id"] for _ in range(2)]
    for body in (
        {"kind": "reassign", "ids": ids, "to": "user:member"},
        {"kind": "set_fields", "ids": ids, "fields": {"source": "c"}},
        {"kind": "cancel", "ids": ids},
    ):
        operation = begin(app, body)
        work()
        make_due()
        work()
        assert counts(app, operation["id"]) == {"matched": 2, "done": 2, "settled_ok": 2}, body
    for id in ids:
        task = app.get(f"/tasks/{id}").json()
        assert (task["status"], task["assignee"], task["fields"]["source"]) == ("canceled", "user:member", "c")


def test_values_that_do_not_fit_are_refused_task_by_task(app: Caller, work: Work) -> None:
    id = app.made("/tasks", TASK)["id"]
    operation = begin(app, {"kind": "set_fields", "ids": [id], "fields": {"source": 5}})
    work()
    (item,) = app.get(f"/operations/{operation['id']}/items").json()["results"]
    assert (item["outcome"], item["code"]) == ("refused", "schema_violation")


def test_values_are_sealed_at_rest(app: Caller) -> None:
    id = app.made("/tasks", TASK)["id"]
    begin(app, {"kind": "set_fields", "ids": [id], "fields": {"source": "hush"}})
    assert "hush" not in Operation.objects.get().options


def test_fail_over_gives_tasks_to_people(app: Caller, contributor: Caller, work: Work) -> None:
    app.put("/functions/mail.send", {"failover": {"to": "team:dba"}})
    ready = app.made("/tasks", {**TASK, "function": "mail.send"})["id"]
    alone = app.made("/tasks", TASK)["id"]
    operation = begin(app, {"kind": "fail_over", "ids": [ready, alone]})
    work()
    items = app.get(f"/operations/{operation['id']}/items").json()["results"]
    assert [(item["task"], item["outcome"], item["code"]) for item in items] == [
        (ready, "settled_ok", None), (alone, "refused", "conflict"),
    ]  # fmt: skip
    assert [row["task"] for row in contributor.get("/inbox").json()["results"]] == [ready]
