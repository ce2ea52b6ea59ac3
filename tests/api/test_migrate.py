"""Moving live tasks to a version of their type: looked at, then done."""

from typing import Any

import pytest

from apps.containers.models import TypeMigration
from apps.events.models import Event
from apps.tasks.models import Task
from apps.tasks.services.type_migration import migrate_due
from apps.tasks.services.type_migration import run as type_migration_run

from .world import MIGRATION, TASK, Caller, Json

PATH = "/containers/migrations/types/migration"
BASE: Json = MIGRATION["schema"]


def without(*names: str, **more: Any) -> Json:
    """The type without some of its fields, with others."""
    properties = {name: said for name, said in BASE["properties"].items() if name not in names} | more
    required = [name for name in BASE["required"] if name in properties]
    return {**MIGRATION, "schema": {**BASE, "properties": properties, "required": required}}


def test_a_push_tells_what_breaks_and_why(app: Caller) -> None:
    wider = app.put(PATH, without(more={"type": "string"})).json()
    assert (wider["version"], wider["breaking"]) == (2, False)
    assert [row["pointer"] for row in wider["differences"]] == ["/schema/properties/more", "/schema/ui:order"]
    stages = [{"name": "todo", "status": "new"}, {"name": "doing", "status": "in_progress"}]
    privacy = {"min_privacy": "restricted", "default_privacy": "restricted"}
    narrower = app.put(PATH, {**without("tables"), "stages": stages, **privacy}).json()
    assert narrower["breaking"] is True
    assert {row["pointer"] for row in narrower["differences"] if row["breaking"]} == {
        "/schema/properties/tables", "/schema/properties/more", "/stages/waiting", "/stages/done", "/min_privacy",
    }  # fmt: skip
    same = app.put(PATH, {**without("tables"), "stages": stages, **privacy}).json()
    assert (same["changed"], same["breaking"], same["differences"]) == (False, False, [])


def test_a_look_says_which_convert_and_changes_nothing(app: Caller, task: Json) -> None:
    with_tables = app.made("/tasks", {**TASK, "fields": {**TASK["fields"], "tables": ["a"]}})
    app.put(PATH, without("tables"))
    told = Event.objects.count()
    seen = app.post(PATH + "/migrate", {"dry_run": True}).json()
    assert (seen["tasks"], seen["converts"], seen["needs_person"], seen["done"]) == (2, 1, 1, False)
    assert [(row["pointer"], row["code"], row["tasks"]) for row in seen["reasons"]] == [("/fields/tables", "gone", 1)]
    assert [(row["key"], row["converts"]) for row in seen["sample"]] == [
        (with_tables["key"], False),
        (task["key"], True),
    ]
    assert [(row["version"], row["tasks"], row["breaking"]) for row in seen["versions"]] == [(1, 2, True)]
    assert Event.objects.count() == told
    assert app.get(f"/tasks/{task['key']}").json() == task


def test_what_fits_is_moved_with_one_event_each(app: Caller, task: Json) -> None:
    stuck = app.made("/tasks", {**TASK, "fields": {**TASK["fields"], "tables": ["a"]}})
    app.put(PATH, without("tables"))
    done = app.post(PATH + "/migrate", {"to_version": 2}).json()
    assert (done["done"], done["converts"], done["needs_person"]) == (True, 1, 1)
    assert app.get(PATH + "/migrate").json() == done
    assert app.get(f"/tasks/{task['key']}").json()["type_version"] == 2
    assert app.get(f"/tasks/{stuck['key']}").json()["type_version"] == 1
    events = app.get(f"/tasks/{task['key']}/events").json()["results"]
    assert [event["data"].get("changes") for event in events[1:]] == [{"type_version": [1, 2]}]
    again = app.post(PATH + "/migrate", {"to_version": 2, "drop": ["tables"]}).json()
    assert (again["converts"], again["needs_person"]) == (1, 0)
    moved = app.get(f"/tasks/{stuck['key']}").json()
    assert (moved["type_version"], moved["fields"]) == (2, {**TASK["fields"]})
    nothing = app.post(PATH + "/migrate", {}).json()
    assert (nothing["done"], nothing["tasks"]) == (True, 0)


def test_old_versions_stay_workable(app: Caller, task: Json) -> None:
    app.put(PATH, without("lag_rows", "tables"))
    assert app.patch(f"/tasks/{task['key']}", {"fields": {"lag_rows": 7}}).json()["fields"]["lag_rows"] == 7
    app.post(f"/tasks/{task['key']}/start")
    ended = app.post(f"/tasks/{task['key']}/complete", {"fields": {"tables": ["x"]}})
    assert (ended.status_code, ended.json()["type_version"]) == (200, 1)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"to_version": 9}, "/to_version"), ({"stages": {"todo": "nowhere"}}, "/stages/todo"),
        ({"stages": {"nowhere": "todo"}}, "/stages/nowhere"), ({"drop": ["target"]}, "/drop/0"),
        ({"drop": ["typo"]}, "/drop/0"), ({"values": {"source": 5}}, "/values/source"),
        ({"values": {"typo": 5}}, "/values/typo"), ({"colour": 1}, "/colour"),
    ],
)  # fmt: skip
def test_wrong_orders(app: Caller, task: Json, body: Json, pointer: str) -> None:
    app.put(PATH, without("tables"))
    answer = app.post(PATH + "/migrate", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


def test_who_may(app: Caller, manager: Caller, contributor: Caller, outsider: Caller, other_app: Caller) -> None:
    for caller, status in ((manager, 403), (contributor, 403), (outsider, 404), (other_app, 404)):
        assert caller.post(PATH + "/migrate", {"dry_run": True}).status_code == status
        assert caller.get(PATH + "/migrate").status_code == status
    assert app.get(PATH + "/migrate").status_code == 404


def test_tasks_that_the_author_does_not_see_are_not_looked_at(app: Caller, contributor: Caller, task: Json) -> None:
    hidden = {"privacy": "private", "private_to": "user:member", "app_readable": False}
    app.made("/tasks", {**TASK, **hidden})
    app.put(PATH, without("tables"))
    assert app.post(PATH + "/migrate", {"dry_run": True}).json()["tasks"] == 1
    assert app.post(PATH + "/migrate", {}).json()["tasks"] == 1
    assert sorted(Task.objects.values_list("type_version__number", flat=True)) == [1, 2]


def test_a_migration_goes_on_in_the_background(app: Caller, task: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        app.made("/tasks", TASK)
    monkeypatch.setattr(type_migration_run, "BATCH", 2)
    monkeypatch.setattr("apps.tasks.services.type_migration.start.AT_ONCE", 1)
    app.put(PATH, without("tables"))
    begun = app.post(PATH + "/migrate", {}).json()
    assert (begun["tasks"], begun["converts"], begun["done"]) == (5, 2, False)
    assert app.post(PATH + "/migrate", {"to_version": 1}).status_code == 409
    assert app.post(PATH + "/migrate", {}).json()["converts"] == 4
    migrate_due()
    assert app.get(PATH + "/migrate").json() == {**begun, "converts": 5, "examined": 5, "done": True}
    assert TypeMigration.objects.count() == 1


def test_a_right_that_is_gone_ends_it(
    app: Caller, task: Json, application: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.made("/tasks", TASK)
    monkeypatch.setattr(type_migration_run, "BATCH", 1)
    monkeypatch.setattr("apps.tasks.services.type_migration.start.AT_ONCE", 1)
    app.put(PATH, without("tables"))
    app.post(PATH + "/migrate", {})
    application.active = False
    application.save()
    migrate_due()
    assert (TypeMigration.objects.get().converted, TypeMigration.objects.filter(ended_at=None).count()) == (1, 0)


@pytest.mark.parametrize("text", ["1e+300", "9007199254740993"])
def test_text_becomes_no_number_that_a_body_could_not_have(app: Caller, text: str) -> None:
    app.put(PATH, without(size={"type": "string"}))
    app.made("/tasks", {**TASK, "fields": {**TASK["fields"], "size": text}})
    app.put(PATH, without(size={"type": "number"}))
    seen = app.post(PATH + "/migrate", {"dry_run": True}).json()
    assert [(row["pointer"], row["tasks"]) for row in seen["reasons"]] == [("/fields/size", 1)]
