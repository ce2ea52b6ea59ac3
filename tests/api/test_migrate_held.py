"""A new version, and a migration, while a worker or a person has the task."""

from typing import Any

import pytest

from apps.containers.models import TypeMigration

from .test_migrate import PATH, without
from .world import TASK, Caller, Json


@pytest.fixture
def asked(app: Caller, contributor: Caller) -> Json:
    """A task whose handover a person has claimed and drafted."""
    hand_over = {"to": "team:dba", "fields": ["cutover_at"], "actions": ["complete"]}
    made = app.made("/tasks", {**TASK, "hand_over": hand_over})
    contributor.post(f"/handovers/{made['handover']}/claim")
    contributor.put(f"/handovers/{made['handover']}/draft", {"fields": {"cutover_at": "2026-12-01T10:00:00Z"}})
    return made


def answer(contributor: Caller, asked: Json) -> Any:
    said = {"action": "complete", "fields": {"cutover_at": "2026-12-01T10:00:00Z"}}
    return contributor.post(f"/handovers/{asked['handover']}/submit", said)


def migrated(app: Caller) -> tuple[int, int, int, list[str]]:
    """How many convert, need a person, are held; and the reasons."""
    seen = app.post(PATH + "/migrate", {"dry_run": True}).json()
    done = app.post(PATH + "/migrate", {}).json()
    keys = ("converts", "needs_person", "held")
    assert [seen[key] for key in keys] == [done[key] for key in keys]
    return done["converts"], done["needs_person"], done["held"], [row["code"] for row in seen["reasons"]]


def test_a_version_that_fits_goes_under_the_hands_of_a_person(app: Caller, contributor: Caller, asked: Json) -> None:
    app.put(PATH, without(more={"type": "string"}))
    assert migrated(app) == (1, 0, 0, [])
    handover = contributor.get(f"/handovers/{asked['handover']}").json()
    assert handover["draft"] == {"cutover_at": "2026-12-01T10:00:00Z"}
    assert answer(contributor, asked).status_code == 200
    ended = app.get(f"/tasks/{asked['id']}").json()
    assert (ended["status"], ended["type_version"]) == ("complete", 2)


def test_one_that_does_not_fit_waits(app: Caller, contributor: Caller, asked: Json) -> None:
    app.put(PATH, without("cutover_at"))
    assert migrated(app) == (0, 0, 1, ["held"])
    assert answer(contributor, asked).status_code == 200
    ended = app.get(f"/tasks/{asked['id']}").json()
    assert (ended["type_version"], ended["fields"]["cutover_at"]) == (1, "2026-12-01T10:00:00Z")


@pytest.mark.parametrize(("push", "expected"), [(without(more={"type": "string"}), 2), (without("tables"), 1)])
def test_a_leased_task(app: Caller, push: Json, expected: int) -> None:
    made = app.made("/tasks", {**TASK, "function": "copy"})
    (leased,) = app.post("/queue/claim", {"functions": ["copy"]}).json()["tasks"]
    app.put(PATH, push)
    app.post(PATH + "/migrate", {})
    said = {"task": made["id"], "token": leased["lease"]["token"], "fields": {"tables": ["x"]}}
    (outcome,) = app.post("/queue/complete", {"results": [said]}).json()["results"]
    ended = app.get(f"/tasks/{made['id']}").json()
    assert (outcome["ok"], ended["type_version"], ended["fields"]["tables"]) == (True, expected, ["x"])


def test_values_of_secret_fields_are_not_told(app: Caller, contributor: Caller) -> None:
    secret = {"type": "string", "x-taskhub": {"secret": True}}
    app.put(PATH, without(pin=secret))
    made = app.made("/tasks", {**TASK, "fields": {**TASK["fields"], "pin": "471147114711"}})
    app.put(PATH, without())
    app.post(PATH + "/migrate", {"drop": ["pin"]})
    assert app.get(f"/tasks/{made['id']}").json()["type_version"] == 3
    assert "471147114711" not in app.get(f"/tasks/{made['id']}/events").content.decode()


def test_an_order_holds_no_secret(app: Caller, task: Json) -> None:
    """The row of a migration stays, and would hold it in clear."""
    app.put(PATH, without(pin={"type": "string", "x-taskhub": {"secret": True}}))
    refused = app.post(PATH + "/migrate", {"values": {"pin": "471147114711"}})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/values/pin")
    assert not TypeMigration.objects.exists()


def test_a_field_becomes_no_secret_under_the_hands_of_a_person(app: Caller, contributor: Caller) -> None:
    secret = {"type": "string", "x-taskhub": {"secret": True}}
    app.put(PATH, without(pin=secret))
    said = {**TASK, "fields": {**TASK["fields"], "pin": "471147114711"}}
    held = app.made("/tasks", {**said, "hand_over": {"to": "team:dba", "fields": ["cutover_at"]}})
    free = app.made("/tasks", said)
    app.put(PATH, without(pin={"type": "string"}))
    assert migrated(app) == (1, 0, 1, ["held"])
    for made, version in ((held, 2), (free, 3)):
        now = app.get(f"/tasks/{made['id']}").json()
        assert (now["type_version"], now["fields"]["pin"]) == (version, "471147114711")
