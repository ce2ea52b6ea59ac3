"""What the author of a migration decides: fields by their new names, values by a map, and the list of what is left."""

from typing import Any

import pytest

from apps.containers.models import TypeMigration
from apps.tasks.models import ScheduledUpdate
from apps.tasks.services.scheduled_updates.run import update_due

from .test_migrate import BASE, PATH, without
from .world import TASK, Caller, Json

MIGRATE, TEXT = PATH + "/migrate", {"type": "string"}
SECRET: Json = {"type": "string", "x-taskhub": {"secret": True}}


def made_with(app: Caller, **fields: Any) -> Json:
    return app.made("/tasks", {**TASK, "fields": {**TASK["fields"], **fields}})


def fields_of(app: Caller, task: Json) -> Json:
    return app.get(f"/tasks/{task['id']}").json()["fields"]


def test_a_renamed_field_keeps_its_value(app: Caller) -> None:
    app.put(PATH, without(speed=TEXT))
    made = made_with(app, speed="7")
    app.put(PATH, without(rate={"type": "integer"}))
    orders = {"rename": {"speed": "rate"}}
    seen = app.post(MIGRATE, {**orders, "dry_run": True}).json()
    assert (seen["converts"], seen["needs_person"]) == (1, 0)
    assert sorted(seen["sample"][0]["changes"]) == ["fields.rate", "fields.speed"]
    assert app.post(MIGRATE, orders).json()["converts"] == 1
    assert fields_of(app, made) == {**TASK["fields"], "rate": 7}
    (event,) = app.get(f"/tasks/{made['id']}/events").json()["results"][1:]
    assert event["data"]["changes"] == {"type_version": [2, 3], "fields.rate": [None, 7]}


def test_values_are_mapped_texts_numbers_and_members(app: Caller) -> None:
    app.put(PATH, without(size=TEXT, level={"type": "integer"}, marks={"type": "array", "items": TEXT}))
    made = made_with(app, size="big", level=1, marks=["a", "b"])
    other = made_with(app, size="tiny", level=2)
    app.put(PATH, without(size={"enum": ["L", "S", "tiny"]}, level=TEXT, marks={"type": "array", "items": TEXT}))
    orders = {"map": {"size": {"big": "L"}, "level": {"1": "low"}, "marks": {"b": "c"}}}
    assert app.post(MIGRATE, orders).json()["converts"] == 2
    assert fields_of(app, made) == {**TASK["fields"], "size": "L", "level": "low", "marks": ["a", "c"]}
    assert fields_of(app, other) == {**TASK["fields"], "size": "tiny", "level": "2"}


def test_a_renamed_field_is_mapped_by_its_new_name(app: Caller) -> None:
    app.put(PATH, without(size=TEXT))
    made = made_with(app, size="big")
    app.put(PATH, without(extent={"enum": ["L"]}))
    app.post(MIGRATE, {"rename": {"size": "extent"}, "map": {"extent": {"big": "L"}}})
    assert fields_of(app, made) == {**TASK["fields"], "extent": "L"}


def test_no_value_is_overwritten(app: Caller) -> None:
    app.put(PATH, without(speed=TEXT, rate=TEXT))
    made = made_with(app, speed="7", rate="8")
    app.put(PATH, without(rate=TEXT))
    seen = app.post(MIGRATE, {"rename": {"speed": "rate"}}).json()
    assert (seen["converts"], seen["needs_person"]) == (0, 1)
    (left,) = app.get(MIGRATE + "/left").json()["results"]
    assert [(row["pointer"], row["code"]) for row in left["problems"]] == [("/fields/speed", "taken")]
    assert fields_of(app, made)["speed"] == "7"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"rename": {"source": "rate"}}, "/rename/source"), ({"rename": {"typo": "rate"}}, "/rename/typo"),
        ({"rename": {"speed": "typo"}}, "/rename/speed"), ({"rename": {"pin": "rate"}}, "/rename/pin"),
        ({"rename": {"speed": 5}}, "/rename/speed"), ({"rename": ["speed"]}, "/rename"),
        ({"rename": {"speed": "rate"}, "drop": ["speed"]}, "/drop/0"),
        ({"map": {"typo": {"a": "b"}}}, "/map/typo"), ({"map": {"speed": {"a": "b"}}}, "/map/speed"),
        ({"map": {"rate": {"a": "b"}}}, "/map/rate/a"), ({"map": {"rate": "a"}}, "/map/rate"),
        ({"map": {"code": {"a": "b"}}}, "/map/code"),
        ({"map": {"rate": {str(number): 1 for number in range(1001)}}}, "/map/rate"),
        ({"map": {name: {str(number): 1 for number in range(501)} for name in ("rate", "rank")}}, "/map"),
    ],
)  # fmt: skip
def test_wrong_orders(app: Caller, task: Json, body: Json, pointer: str) -> None:
    app.put(PATH, without(speed=TEXT, pin=SECRET))
    app.put(PATH, without(rate={"type": "integer"}, rank={"type": "integer"}, code=SECRET))
    for more in ({"dry_run": True}, {}):
        answer = app.post(MIGRATE, {**body, **more})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    assert not TypeMigration.objects.exists()


def test_secrets_stay_secrets(app: Caller) -> None:
    app.put(PATH, without(pin=SECRET))
    made = made_with(app, pin="471147114711")
    app.put(PATH, without(code=SECRET))
    assert app.post(MIGRATE, {"rename": {"pin": "code"}}).json()["converts"] == 1
    assert fields_of(app, made)["code"] == "471147114711"
    assert "471147114711" not in app.get(f"/tasks/{made['id']}/events").content.decode()


def test_a_wider_field_is_confirmed(app: Caller) -> None:
    app.put(PATH, without(pay={**TEXT, "x-taskhub": {"read": ["application"]}}))
    made_with(app, pay="7")
    app.put(PATH, without(wage=TEXT))
    refused = app.post(MIGRATE, {"rename": {"pay": "wage"}})
    assert (refused.status_code, refused.json()["code"]) == (409, "confirm_widen")
    assert refused.json()["gains"][0]["fields"] == ["pay"]
    assert app.post(MIGRATE, {"rename": {"pay": "wage"}, "confirm_widen": True}).json()["converts"] == 1


def test_what_is_left_is_listed_page_by_page(app: Caller, contributor: Caller, manager: Caller) -> None:
    assert app.get(MIGRATE + "/left").status_code == 404
    stuck = [made_with(app, tables=["a"]) for _ in range(3)]
    app.made("/tasks", {**TASK, "privacy": "private", "private_to": "user:member", "app_readable": False})
    well = made_with(app)
    app.put(PATH, without("tables"))
    app.post(MIGRATE, {})
    first = app.get(MIGRATE + "/left?limit=2&count=true").json()
    second = app.get(MIGRATE + f"/left?limit=2&cursor={first['next']}").json()
    rows = [*first["results"], *second["results"]]
    assert [row["task"] for row in rows] == [task["id"] for task in stuck]
    assert (first["count"], second["next"], well["id"] in str(rows)) == (3, None, False)
    assert {(row["version"], row["converts"], row["problems"][0]["code"]) for row in rows} == {(1, False, "gone")}
    assert [caller.get(MIGRATE + "/left").status_code for caller in (manager, contributor)] == [403, 403]


def test_a_list_of_what_is_left_costs_no_query_a_task(app: Caller, django_assert_max_num_queries: Any) -> None:
    made_with(app, tables=["a"])
    app.put(PATH, without("tables"))
    app.post(MIGRATE, {})
    app.get(MIGRATE + "/left")
    with django_assert_max_num_queries(20):
        app.get(MIGRATE + "/left")
    app.put(PATH, BASE and without())
    for _ in range(5):
        made_with(app, tables=["a"])
    app.put(PATH, without("tables"))
    app.post(MIGRATE, {})
    with django_assert_max_num_queries(20):
        assert len(app.get(MIGRATE + "/left").json()["results"]) == 6


def test_what_is_planned_follows_new_names_and_values(app: Caller) -> None:
    app.put(PATH, without(speed=TEXT, size=TEXT))
    made = made_with(app, speed="7")
    planned = {"at": "2099-01-01T00:00:00Z", "set": {"fields": {"speed": "8", "size": "big"}}}
    app.made(f"/tasks/{made['id']}/scheduled-updates", planned)
    app.put(PATH, without(rate=TEXT, size={"enum": ["L"]}))
    orders = {"rename": {"speed": "rate"}, "map": {"size": {"big": "L"}}}
    assert app.post(MIGRATE, orders).json()["converts"] == 1
    (update,) = app.get(f"/tasks/{made['id']}/scheduled-updates").json()["results"]
    assert update["set"] == {"fields": {"rate": "8", "size": "L"}}
    ScheduledUpdate.objects.update(at="2020-01-01T00:00:00Z")
    assert update_due() == 1
    assert fields_of(app, made)["rate"] == "8"


def test_what_is_planned_for_both_names_is_not_guessed(app: Caller) -> None:
    app.put(PATH, without(speed=TEXT, rate=TEXT))
    made = made_with(app, speed="7")
    fields = {"speed": "8", "rate": "9"}
    app.made(f"/tasks/{made['id']}/scheduled-updates", {"at": "2099-01-01T00:00:00Z", "set": {"fields": fields}})
    app.put(PATH, without(rate=TEXT))
    assert app.post(MIGRATE, {"rename": {"speed": "rate"}}).json()["converts"] == 1
    assert ScheduledUpdate.objects.get().set == {"fields": fields}


def test_rules_and_schedules_that_name_a_field_which_is_gone_are_listed(app: Caller) -> None:
    app.put(PATH, without(speed=TEXT))
    made_with(app, speed="7")
    action = {"do": "add_note", "text": "speedy"}
    app.put(
        "/containers/migrations/rules/fast", {"on": "task.created", "when": "fields.speed == '7'", "actions": [action]}
    )
    app.put(
        "/containers/migrations/rules/slow", {"on": "task.created", "when": "fields.speedy == '7'", "actions": [action]}
    )
    app.put(
        "/containers/migrations/rules/set", {"on": "task.created", "actions": [{"do": "unset", "fields": ["speed"]}]}
    )
    task = {"container": "migrations", "type": "migration", "fields": {"source": "a", "target": "b", "speed": "7"}}
    answer = app.put("/functions/nightly", {"schedule": {"every": 60, "task": task}})
    assert answer.status_code == 201, answer.content
    app.put(PATH, without(rate=TEXT))
    wanted = [
        {"what": "rule", "name": "fast", "fields": ["speed"]}, {"what": "rule", "name": "set", "fields": ["speed"]},
        {"what": "function", "name": "nightly", "fields": ["speed"]},
    ]  # fmt: skip
    for body in ({"dry_run": True}, {"rename": {"speed": "rate"}}):
        assert app.post(MIGRATE, body).json()["mentions"] == wanted


def test_values_that_do_not_fit_are_listed_by_their_names_in_a_map(app: Caller) -> None:
    app.put(PATH, without(size=TEXT, marks={"type": "array", "items": TEXT}))
    for size in ("big", "big", "L"):
        made_with(app, size=size, marks=["a", "b"])
    app.put(PATH, without(size={"enum": ["L"]}, marks={"type": "array", "items": {"enum": ["a"]}}))
    unfit = app.post(MIGRATE, {"dry_run": True}).json()["unfit"]
    assert [(row["field"], row["value"], row["tasks"]) for row in unfit] == [("marks", "b", 3), ("size", "big", 2)]
