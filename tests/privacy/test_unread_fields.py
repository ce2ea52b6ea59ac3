"""Publishing, migrating and moving disclose nothing of fields that the actor does not read."""

import pytest

from apps.containers.models import Container, TypeVersion
from tests.api.world import Caller, Json

PATH = "/containers/desk/types/card"
OWN: Json = {"read": ["reporter"], "write": ["reporter"]}


@pytest.fixture
def manager(owner) -> Caller:
    return Caller(user=owner)


@pytest.fixture
def contributor(member) -> Caller:
    return Caller(user=member)


def card(pay: Json, **more: Json) -> Json:
    return {"schema": {"type": "object", "properties": {"note": {"type": "string"}, "pay": pay}, **more}}


@pytest.fixture
def paid(manager: Caller, contributor: Caller, desk: Container) -> Json:
    """A task with a value that its manager does not read."""
    assert manager.put(PATH, card({"type": "integer", "x-taskhub": OWN})).status_code == 201
    return contributor.made("/tasks", {"container": "desk", "type": "card", "title": "A", "fields": {"pay": 4711}})


@pytest.mark.parametrize(
    "narrower",
    [
        card({"type": "integer", "maximum": 4000, "x-taskhub": OWN}),
        card({"type": "integer"}),
        card({"$ref": "#/$defs/pay", "x-taskhub": OWN}, **{"$defs": {"pay": {"type": "integer", "minimum": 5000}}}),
        card({"type": "integer", "x-taskhub": OWN}, required=["pay"]),
        {"schema": {"type": "object", "properties": {"note": {"type": "string"}}}},
        {
            **card({"type": "integer", "x-taskhub": OWN}),
            "stages": [{"name": "todo"}, {"name": "x", "requires": ["pay"]}],
        },
    ],
)
def test_nobody_publishes_other_rules_of_a_field_that_they_do_not_read(
    manager: Caller, paid: Json, narrower: Json
) -> None:
    refused = manager.put(PATH, narrower)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/schema/properties/pay")
    assert TypeVersion.objects.filter(type__name="card").count() == 1


def test_words_of_such_a_field_and_all_else_may_change(manager: Caller, contributor: Caller, paid: Json) -> None:
    changed = card({"type": "integer", "title": "Salary", "x-taskhub": OWN})
    changed["schema"]["properties"]["note"] = {"type": "string", "maxLength": 5}
    assert manager.put(PATH, changed).status_code == 200
    seen = manager.post(PATH + "/migrate", {"dry_run": True}).json()
    assert (seen["converts"], seen["needs_person"]) == (1, 0)
    assert manager.post(PATH + "/migrate", {}).json()["converts"] == 1
    moved = contributor.get(f"/tasks/{paid['id']}").json()
    assert (moved["type_version"], moved["fields"]) == (2, {"pay": 4711})


def test_nobody_migrates_under_rules_of_a_field_that_they_do_not_read(
    manager: Caller, paid: Json, desk: Container
) -> None:
    version = TypeVersion.objects.get(type__name="card")
    spec = {**version.spec, "schema": {**version.spec["schema"]}}
    spec["schema"]["properties"] = {
        **spec["schema"]["properties"],
        "pay": {"type": "integer", "maximum": 1, "x-taskhub": OWN},
    }
    TypeVersion.objects.create(type=version.type, number=2, spec=spec, stage_map=version.stage_map, pushed_by="x")
    for body in ({"dry_run": True, "to_version": 2}, {"to_version": 2}):
        assert manager.post(PATH + "/migrate", body).status_code == 403


def test_conditions_across_fields_have_the_same_readers(manager: Caller, desk: Container) -> None:
    pay: Json = {"type": "integer", "x-taskhub": {"read": ["manager"], "write": ["manager"]}}
    mixed: list[Json] = [
        {"if": {"properties": {"pay": {"const": 1}}}, "then": {"required": ["note"]}},
        {"dependentRequired": {"note": ["pay"]}},
        {"dependentSchemas": {"pay": {"required": ["note"]}}},
        {"allOf": [{"anyOf": [{"required": ["pay"]}, {"required": ["note"]}]}]},
        {"maxProperties": 1},
    ]
    for condition in mixed:
        assert manager.put(PATH, card(pay, **condition)).status_code == 400, condition
    same = card({"type": "integer"}, **mixed[0])
    assert manager.put(PATH, same).status_code == 201


def test_a_live_condition_does_not_judge_by_a_hidden_value(
    manager: Caller, contributor: Caller, desk: Container
) -> None:
    pay: Json = {"type": "integer", "x-taskhub": {"read": ["manager"], "write": ["manager"]}}
    manager.put(PATH, card(pay))
    version = TypeVersion.objects.get(type__name="card")
    version.spec["schema"]["if"] = {"properties": {"pay": {"const": 1}}, "required": ["pay"]}
    version.spec["schema"]["then"] = {"properties": {"note": {"const": "yes"}}}
    version.spec["schema"]["maxProperties"] = 1
    version.save()
    made = manager.made("/tasks", {"container": "desk", "type": "card", "title": "A", "fields": {"pay": 1}})
    assert contributor.patch(f"/tasks/{made['id']}", {"fields": {"note": "no"}}).status_code == 200
    assert manager.patch(f"/tasks/{made['id']}", {"fields": {"note": "never"}}).status_code == 422


def asked_if(condition: Json) -> Json:
    """`why` is asked, and so may be required, because of `pay`."""
    return {"type": "string", "ui:showIf": {"field": "pay", **condition}}


def with_question(pay: Json, why: Json, **more: Json) -> Json:
    document = card(pay, **more)
    document["schema"]["properties"]["why"] = why
    return document


def test_a_question_has_the_readers_of_what_it_is_asked_for(manager: Caller, desk: Container) -> None:
    pay: Json = {"type": "integer", "x-taskhub": {"read": ["manager"], "write": ["manager"]}}
    refused = manager.put(PATH, with_question(pay, asked_if({"equals": 5})))
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/schema/properties/why/ui:showIf"]
    hidden_too = {**asked_if({"equals": 5}), "x-taskhub": pay["x-taskhub"]}
    assert manager.put(PATH, with_question(pay, hidden_too)).status_code == 201


def test_nobody_asks_because_of_a_field_that_they_do_not_read(manager: Caller, paid: Json) -> None:
    own: Json = {"type": "integer", "x-taskhub": OWN}
    for condition in ({"equals": 4711}, {"in": [4711]}, {"notEmpty": True}):
        why = {**asked_if(condition), "x-taskhub": OWN}
        assert manager.put(PATH, with_question(own, why)).status_code == 400


def test_a_live_question_is_not_required_by_a_hidden_value(
    manager: Caller, contributor: Caller, desk: Container
) -> None:
    pay: Json = {"type": "integer", "x-taskhub": {"read": ["manager"], "write": ["manager"]}}
    stages = [
        {"name": "a", "category": "todo", "status": "new"},
        {"name": "b", "category": "doing", "requires": ["why"]},
    ]
    manager.put(PATH, {**with_question(pay, {"type": "string"}), "stages": stages})
    version = TypeVersion.objects.get(type__name="card")
    version.spec["schema"]["properties"]["why"] = asked_if({"equals": 5})
    version.save()
    made = [
        manager.made("/tasks", {"container": "desk", "type": "card", "title": "A", "fields": {"pay": pay}})
        for pay in (5, 6)
    ]
    assert [contributor.patch(f"/tasks/{task['id']}", {"stage": "b"}).status_code for task in made] == [200, 200]
    again = manager.made("/tasks", {"container": "desk", "type": "card", "title": "A", "fields": {"pay": 5}})
    assert manager.patch(f"/tasks/{again['id']}", {"stage": "b"}).status_code == 422


@pytest.mark.parametrize("value", [{}, {"pay": 4711}])
def test_a_move_does_not_tell_whether_a_hidden_field_has_a_value(
    manager: Caller, contributor: Caller, desk: Container, value: Json
) -> None:
    pay: Json = {"type": "integer", "x-taskhub": {"read": ["manager"], "write": ["manager"]}}
    manager.put(PATH, card(pay))
    made = contributor.made("/tasks", {"container": "desk", "type": "card", "title": "A"})
    manager.patch(f"/tasks/{made['id']}", {"fields": value})
    mine = contributor.put("/containers/mine", {"title": "Mine"}).json()["slug"]
    contributor.put(f"/containers/{mine}/types/card", card(pay))
    body = {"container": mine, "confirm_widen": True}
    refused = contributor.post(f"/tasks/{made['id']}/move", body)
    assert (refused.status_code, "pay" in refused.content.decode()) == (409, False)


def test_a_required_field_that_is_hidden_is_never_named(manager: Caller, contributor: Caller, desk: Container) -> None:
    pay: Json = {"type": "integer", "x-taskhub": {"read": ["manager"], "write": ["manager"]}}
    kind = card(pay)
    kind["schema"]["required"] = ["pay"]
    assert manager.put(PATH, kind).status_code == 201
    answers = [contributor.post("/tasks", {"container": "desk", "type": "card", "title": "A"})]
    made = manager.made("/tasks", {"container": "desk", "type": "card", "title": "A", "fields": {"pay": 1}})
    for path, body in (("complete", {}), ("move", {"container": "desk"})):
        answers.append(contributor.post(f"/tasks/{made['id']}/{path}", body))
    answers += [contributor.patch(f"/tasks/{made['id']}", {"stage": stage}) for stage in ("doing", "done")]
    assert [answer.content.decode() for answer in answers if "pay" in answer.content.decode()] == []
