"""The contract's example of a type, literally, and its transition over REST."""

from typing import Any

import pytest

from apps.actors.models import Team
from apps.containers.models import Container

from .world import Caller, Json

EXAMPLE: Json = {
    "title": "Database migration",
    "schema": {"type": "object", "required": ["source", "target"], "additionalProperties": False, "properties": {
        "source": {"type": "string", "title": "Source database"},
        "target": {"type": "string", "title": "Target database"},
        "cutover_at": {"type": "string", "format": "date-time", "title": "Start of the migration"},
        "lag_rows": {"type": "integer", "title": "Rows behind", "x-taskhub": {"read": ["application", "manager"]}}}},
    "create": {"by": "requester", "fields": ["source", "target"]},
    "default_privacy": "inherit", "function": "migration.validate",
    "failover": {"to": "team:dba", "message": "The migration stopped", "fields": ["target"],
                 "actions": ["complete", "return", "cancel"]},
    "stages": [{"name": "requested", "title": "Requested", "category": "todo", "status": "new"},
               {"name": "running", "title": "Running", "category": "doing", "status": "in_progress"}],
    "transitions": [{"name": "approve", "title": "Approve", "from": ["requested"], "to": "running", "who": ["manager"],
                     "when": "fields.source != fields.target",
                     "actions": [{"do": "schedule_task", "function": "migration.validate"}]}],
}  # fmt: skip
TYPE = "/containers/migrations/types/migration"


@pytest.fixture
def example(worker: str, container: Container, team: Team) -> Caller:
    caller = Caller(key=worker)
    assert caller.put(TYPE, {**EXAMPLE, "default_privacy": "restricted"}).status_code == 201
    assert caller.put(TYPE, EXAMPLE).json()["changed"] is True
    return caller


def made(app: Caller, **fields: Any) -> str:
    fields = {"source": "a", "target": "b", **fields}
    body = {"container": "migrations", "type": "migration", "fields": fields, "function": None}
    return str(app.made("/tasks", body)["key"])


def test_example_is_kept_and_can_be_pushed_again(example: Caller) -> None:
    kept = example.get(TYPE).json()
    assert kept["transitions"][0]["when"] == "fields.source != fields.target"
    assert kept["transitions"][0]["actions"][0]["function"] == "migration.validate"
    again = {"transitions": kept["transitions"], "stages": kept["stages"]}
    assert example.put(TYPE, {**EXAMPLE, **again}).json()["changed"] is False


def test_manager_approves_and_the_function_runs(example: Caller, manager: Caller) -> None:
    key = made(example)
    answer = manager.post(f"/tasks/{key}/transitions/approve", {"note": "Fine"})
    assert (answer.status_code, answer.json()["stage"], answer.json()["status"]) == (200, "running", "in_progress")
    [claimed] = example.post("/queue/claim", {"functions": ["migration.validate"]}).json()["tasks"]
    assert claimed["data"]["key"] == key


def test_refusals(example: Caller, manager: Caller, contributor: Caller, outsider: Caller) -> None:
    path, same = f"/tasks/{made(example)}/transitions/", f"/tasks/{made(example, target='a')}/transitions/"
    assert contributor.post(path + "approve").status_code == 403
    assert example.post(path + "approve").status_code == 403
    assert outsider.post(path + "approve").status_code == 404
    assert manager.post(path + "explode").status_code == 404
    assert manager.post(same + "approve").status_code == 409
    assert manager.post(path + "approve", {"input": {"rows": 1}}).status_code == 400
    assert manager.post(path + "approve", {"force": True}).status_code == 400
    assert manager.post(path + "approve", {}, If_Match='"old"').status_code == 412
    assert manager.post(path + "approve", {}, Idempotency_Key="k").status_code == 200
    assert manager.post(path + "approve", {}, Idempotency_Key="k").status_code == 200
    assert manager.post(path + "approve").status_code == 409


WAY = EXAMPLE["transitions"][0]
WRONG: list[tuple[Json, str]] = [
    ({"when": "fields.sauce == 'x'"}, "/when"),
    ({"when": "1 + 1"}, "/when"),
    ({"when": "event.type == 'x'"}, "/when"),
    ({"when": "x" * 2001}, "/when"),
    ({"when": "(" * 100 + "true" + ")" * 100}, "/when"),
    ({"when": "fields.lag_rows > 1", "input": {"type": "string"}}, "/input/type"),
    ({"kind": "sometimes"}, "/kind"),
    ({"manual": True, "automatic": True}, "/automatic"),
    ({"kind": "automatic"}, "/who"),
    ({"actions": [{"do": "explode"}]}, "/actions/0/do"),
    ({"actions": [{"do": "start_workflow", "workflow": "x"}]}, "/actions/0/do"),
    ({"actions": [{"do": "set", "fields": {"sauce": 1}}]}, "/actions/0/fields/sauce"),
    ({"actions": [{"do": "set", "fields": {"target": {"cel": "fields.sauce"}}}]}, "/actions/0/fields/target/cel"),
    ({"actions": [{"do": "set", "priority": "high"}]}, "/actions/0/priority"),
    ({"actions": [{"do": "set"}]}, "/actions/0/fields"),
    ({"actions": [{"do": "set", "priority": 1, "colour": 1}]}, "/actions/0/colour"),
    ({"actions": [{"do": "assign", "to": "user:no-one"}]}, "/actions/0/to"),
    ({"actions": [{"do": "grant"}]}, "/actions/0/to"),
    ({"actions": [{"do": "add_note"}]}, "/actions/0/text"),
    ({"actions": [{"do": "hand_over", "to": "team:dba", "fields": ["sauce"]}]}, "/actions/0/fields/0"),
    ({"actions": [{"do": "schedule_task"}]}, "/actions/0/function"),
    ({"actions": [{"do": "schedule_task", "function": "f", "start_at": "soon"}]}, "/actions/0/start_at"),
    ({"actions": [{"do": "emit"}]}, "/actions/0/name"),
    ({"actions": [{"do": "notify", "to": []}]}, "/actions/0/to"),
    ({"actions": [{"do": "set_privacy"}]}, "/actions/0/privacy"),
]


@pytest.mark.parametrize(("more", "pointer"), WRONG)
def test_wrong_push_is_refused_where_it_is_wrong(example: Caller, more: Json, pointer: str) -> None:
    answer = example.put(TYPE, {**EXAMPLE, "transitions": [{**WAY, **more}]})
    assert answer.status_code == 400
    assert f"/transitions/0{pointer}" in [problem["pointer"] for problem in answer.json()["errors"]]


def test_reader_who_does_not_see_all_fields_sees_no_conditions(example: Caller, contributor: Caller) -> None:
    [way] = contributor.get(TYPE).json()["transitions"]
    assert (way["when"], way["actions"]) == (None, [])
