"""Where values count as whole, everything is asked that the type asks for: a request, an answer, a completion."""

import pytest

from apps.containers.models import Container, TypeVersion
from apps.tasks.models import Task

from .world import Caller, Json

PATH = "/containers/desk/types/leave"
CONDITION: Json = {
    "if": {"properties": {"long": {"const": True}}, "required": ["long"]},
    "then": {"required": ["reason"]},
    "dependentRequired": {"until": ["since"]},
}
FIELDS: Json = {
    "long": {"type": "boolean"},
    **{name: {"type": "string"} for name in ("reason", "since", "until", "sum")},
}


@pytest.fixture
def kind(manager: Caller, desk: Container) -> Json:
    create = {"by": "requester", "fields": ["long", "reason", "since", "until"]}
    schema = {"type": "object", "required": ["sum"], "properties": FIELDS, **CONDITION}
    assert manager.put(PATH, {"schema": schema, "create": create}).status_code == 201
    return {"container": "desk", "type": "leave", "title": "Away"}


def wrong(answer) -> list[str]:
    assert answer.status_code == 422, answer.content
    return sorted(problem["pointer"] for problem in answer.json()["errors"])


def test_a_request_is_whole(contributor: Caller, kind: Json) -> None:
    assert wrong(contributor.post("/tasks", {**kind, "fields": {"long": True}})) == ["/fields/reason"]
    assert wrong(contributor.post("/tasks", {**kind, "fields": {"until": "x"}})) == ["/fields/since"]
    contributor.made("/tasks", {**kind, "fields": {"long": True, "reason": "x"}})


def test_a_part_is_not(contributor: Caller, kind: Json) -> None:
    made = contributor.made("/tasks", kind)
    assert contributor.patch(f"/tasks/{made['id']}", {"fields": {"long": True}}).status_code == 200


def test_what_is_completed_is_whole(contributor: Caller, kind: Json) -> None:
    task = f"/tasks/{contributor.made('/tasks', kind)['id']}"
    contributor.patch(task, {"fields": {"long": True}})
    assert wrong(contributor.post(f"{task}/complete", {})) == ["/fields/reason", "/fields/sum"]
    assert wrong(contributor.patch(task, {"stage": "done"})) == ["/fields/reason", "/fields/sum"]
    assert contributor.post(f"{task}/complete", {"fields": {"reason": "x", "sum": "1"}}).status_code == 200


def test_an_answer_that_completes_is_whole(contributor: Caller, manager: Caller, kind: Json) -> None:
    task = manager.made("/tasks", kind)
    asked = {"to": "user:member", "fields": ["long", "reason"], "actions": ["complete", "return"]}
    handover = manager.post(f"/tasks/{task['id']}/hand-over", asked).json()["id"]
    path = f"/handovers/{handover}/submit"
    assert wrong(contributor.post(path, {"action": "complete", "fields": {"long": True}})) == [
        "/fields/reason",
        "/fields/sum",
    ]
    assert contributor.post(path, {"action": "return", "fields": {"long": True}}).status_code == 200


def test_a_worker_completes_what_is_whole(app: Caller) -> None:
    schema = {"type": "object", "required": ["sum"], "properties": FIELDS}
    kind = {"schema": schema, "function": "count", "create": {"by": "viewer", "fields": []}}
    app.put("/containers/migrations/types/count", kind)
    app.made("/tasks", {"container": "migrations", "type": "count", "title": "C"})
    claimed = app.post("/queue/claim", {"functions": ["count"], "max": 1}).json()["tasks"][0]
    outcome = {"task": claimed["id"], "token": claimed["lease"]["token"]}
    refused = app.post("/queue/complete", {"results": [outcome]}).json()["results"][0]
    assert (refused["status"], refused["errors"][0]["pointer"]) == (422, "/results/0/fields/sum")
    done = app.post("/queue/complete", {"results": [{**outcome, "fields": {"sum": "1"}}]}).json()["results"][0]
    assert done["status"] == 200


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize(
    ("shape", "fields", "lacking"),
    [
        ({"required": ["sum"]}, {}, ["sum"]),
        ({"required": ["sum"]}, {"sum": "\u200b "}, ["sum"]),
        ({"required": ["list"]}, {"list": []}, ["list"]),
        ({"required": ["sum", "long", "list"]}, {"sum": "é", "long": False, "list": [0]}, []),
        (CONDITION, {"long": True}, ["reason"]),
        (CONDITION, {"long": False}, []),
        ({"dependentRequired": {"until": ["since"]}}, {"until": "x"}, ["since"]),
        ({}, {}, []),
    ],
)
def test_a_worker_completes_what_is_whole_by_any_version(
    app: Caller, older: bool, shape: Json, fields: Json, lacking: list[str]
) -> None:
    """Versions that earlier releases published say less to the statements of the queue, and ask for as much."""
    properties = {**FIELDS, "list": {"type": "array", "items": {}}}
    kind = {"schema": {"type": "object", "properties": properties, **shape}, "function": "count"}
    kind["create"] = {"by": "viewer", "fields": []}
    app.put("/containers/migrations/types/count", kind)
    app.made("/tasks", {"container": "migrations", "type": "count", "title": "C"})
    claimed = app.post("/queue/claim", {"functions": ["count"], "max": 1}).json()["tasks"][0]
    Task.objects.update(fields=fields)  # as a migration or an earlier release may have left them
    if older:
        version = TypeVersion.objects.get(type__name="count")
        early = {name: version.stage_map[name] for name in ("first", "status")}
        TypeVersion.objects.filter(pk=version.pk).update(stage_map=early)
    outcome = {"task": claimed["id"], "token": claimed["lease"]["token"]}
    [answer] = app.post("/queue/complete", {"results": [outcome]}).json()["results"]
    assert answer["status"] == (422 if lacking else 200), answer
    assert [problem["pointer"] for problem in answer.get("errors", [])] == [f"/results/0/fields/{n}" for n in lacking]


def test_a_hidden_field_is_not_asked_for(contributor: Caller, manager: Caller, desk: Container) -> None:
    pay = {"type": "integer", "x-taskhub": {"read": ["manager"], "write": ["manager"]}}
    manager.put(PATH, {"schema": {"type": "object", "required": ["pay"], "properties": {"pay": pay}}})
    task = contributor.made("/tasks", {"container": "desk", "type": "leave", "title": "Away"})
    assert contributor.post(f"/tasks/{task['id']}/complete", {}).status_code == 200
