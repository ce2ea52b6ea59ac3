"""Tasks that a worker or a person had when their type was migrated follow by themselves when they are free."""

import pytest

from apps.containers.models import TypeMigration
from apps.events.models import Event
from apps.tasks.models import Task
from apps.tasks.services.type_migration import migrate_due

from .test_migrate import PATH, without
from .world import TASK, Caller, Json

MIGRATE = PATH + "/migrate"


def version_of(app: Caller, task: Json) -> int:
    return app.get(f"/tasks/{task['id']}").json()["type_version"]


def counts(app: Caller) -> tuple[int, int, int]:
    now = app.get(MIGRATE).json()
    return now["converts"], now["needs_person"], now["held"]


def claim(app: Caller) -> Json:
    (leased,) = app.post("/queue/claim", {"functions": ["copy"]}).json()["tasks"]
    return {"task": leased["id"], "token": leased["lease"]["token"]}


@pytest.fixture
def asked(app: Caller) -> Json:
    return app.made(
        "/tasks", {**TASK, "hand_over": {"to": "team:dba", "fields": ["cutover_at"], "actions": ["return"]}}
    )


def end_handover(app: Caller, contributor: Caller, how: str, made: Json) -> None:
    at = f"/handovers/{made['handover']}"
    if how == "withdraw":
        assert app.post(at + "/withdraw").status_code == 200
    else:
        body = {"action": "return"} if how == "submit" else {"comment": "No"}
        assert contributor.post(f"{at}/{how}", body).status_code == 200


@pytest.mark.parametrize("how", ["submit", "decline", "withdraw"])
def test_after_a_handover(app: Caller, contributor: Caller, asked: Json, how: str) -> None:
    app.put(PATH, without("tables"))
    app.post(MIGRATE, {})
    assert migrate_due() == 0
    assert (version_of(app, asked), counts(app)) == (1, (0, 0, 1))
    end_handover(app, contributor, how, asked)
    assert migrate_due() == 1
    assert (version_of(app, asked), counts(app)) == (2, (1, 0, 0))
    assert Task.objects.filter(follows__isnull=False).count() == 0
    moves = [
        event for event in Event.objects.filter(task_id=asked["id"]) if "type_version" in event.data.get("changes", {})
    ]
    assert [(event.actor, event.data["changes"]["type_version"]) for event in moves] == [
        ("application:migrator", [1, 2])
    ]


@pytest.mark.parametrize("how", ["release", "fail", "lost"])
def test_after_a_lease(app: Caller, how: str) -> None:
    policy = {"enabled": True, "delays": [60]}
    app.put("/functions/copy", {"retry_policy": policy})
    made = app.made("/tasks", {**TASK, "function": "copy"})
    lease = claim(app)
    app.put(PATH, without("tables"))
    app.post(MIGRATE, {})
    migrate_due()
    assert version_of(app, made) == 1
    if how == "release":
        app.post("/queue/release", {"leases": [lease]})
    elif how == "fail":
        app.post("/queue/fail", {"failures": [{**lease, "error": {"name": "Broken"}}]})
    else:
        app.post("/queue/fail", {"failures": [{**lease, "error": {"name": "zombieTaskCleaned"}}]})
    migrate_due()
    now = app.get(f"/tasks/{made['key']}").json()
    assert (now["status"], now["type_version"]) == ("new", 2)


def test_one_that_ends_stays_and_is_counted_no_more(app: Caller, contributor: Caller, asked: Json) -> None:
    app.put(PATH, without("tables"))
    app.post(MIGRATE, {})
    app.post(f"/tasks/{asked['id']}/cancel")
    assert migrate_due() == 0
    assert (version_of(app, asked), counts(app)) == (1, (0, 0, 0))
    app.post(f"/tasks/{asked['id']}/reopen")
    migrate_due()
    assert version_of(app, asked) == 2


def test_one_that_does_not_fit_needs_a_person(app: Caller, contributor: Caller, asked: Json) -> None:
    app.put(PATH, without("cutover_at"))
    app.post(MIGRATE, {})
    answer = {"action": "return", "fields": {"cutover_at": "2026-12-01T10:00:00Z"}}
    assert contributor.post(f"/handovers/{asked['handover']}/submit", answer).status_code == 200
    assert migrate_due() == 1
    assert (version_of(app, asked), counts(app)) == (1, (0, 1, 0))
    assert migrate_due() == 0
    (left,) = app.get(MIGRATE + "/left").json()["results"]
    assert [problem["pointer"] for problem in left["problems"]] == ["/fields/cutover_at"]


def test_orders_are_followed_too(app: Caller, asked: Json) -> None:
    """Nothing changes under the hands of a person, and nothing that was ordered is left out."""
    app.put(PATH, without(more={"type": "string"}))
    assert app.post(MIGRATE, {"values": {"more": "x"}}).json()["held"] == 1
    app.post(f"/handovers/{asked['handover']}/withdraw")
    migrate_due()
    assert app.get(f"/tasks/{asked['id']}").json()["fields"]["more"] == "x"


def test_another_migration_takes_its_place(app: Caller, asked: Json) -> None:
    app.put(PATH, without("tables"))
    app.post(MIGRATE, {})
    app.post(MIGRATE, {"to_version": 1})
    app.post(f"/handovers/{asked['handover']}/withdraw")
    migrate_due()
    assert version_of(app, asked) == 1
    assert not Task.objects.filter(follows__isnull=False).exists()


def test_a_right_that_is_gone_ends_it(app: Caller, contributor: Caller, asked: Json, application) -> None:  # type: ignore[no-untyped-def]
    app.put(PATH, without("tables"))
    app.post(MIGRATE, {})
    end_handover(app, contributor, "submit", asked)
    application.active = False
    application.save()
    migrate_due()
    task = Task.objects.get(pk=asked["id"])
    assert (task.follows, TypeMigration.objects.get().converted) == (None, 0)


def test_only_free_ones_are_looked_at(app: Caller, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    """However many tasks are held, the tick reads only those that are free now."""
    for _ in range(4):
        app.made("/tasks", {**TASK, "hand_over": {"to": "team:dba", "fields": ["cutover_at"]}})
    app.put(PATH, without("tables"))
    assert app.post(MIGRATE, {}).json()["held"] == 4
    with django_assert_max_num_queries(2):
        assert migrate_due() == 0
