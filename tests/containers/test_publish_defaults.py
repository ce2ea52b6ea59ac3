"""What a push may leave out, and what is kept then."""

from apps.containers.type_document.accept import accept_type
from apps.containers.type_document.spec import parse
from apps.containers.type_document.stages import DEFAULT_STAGES

FIELDS = {"type": "object", "properties": {"source": {"type": "string"}, "target": {"type": "string"}}}

DOCUMENTED = {
    "title": "Database migration",
    "schema": {
        "type": "object",
        "required": ["source", "target"],
        "additionalProperties": False,
        "properties": {
            "source": {"type": "string", "title": "Source database"},
            "target": {"type": "string", "title": "Target database"},
            "cutover_at": {"type": "string", "format": "date-time"},
            "lag_rows": {"type": "integer", "x-taskhub": {"read": ["application", "manager"]}},
        },
    },
    "create": {"by": "requester", "fields": ["source", "target"]},
    "default_privacy": "restricted",
    "function": "migration.validate",
    "failover": {"to": "team:dba", "fields": ["target"], "actions": ["complete", "return", "cancel"]},
    "stages": [{"name": "requested", "title": "Requested", "category": "todo", "status": "new"}],
    "transitions": [{"name": "again", "from": ["requested"], "to": "requested", "who": ["manager"]}],
}


def accepted(body, container, actor):
    return accept_type(body, name="migration", container=container, actor=actor)


def test_an_empty_type_of_an_application(container, application_actor):
    spec = accepted({}, container, application_actor)
    assert spec["title"] == "migration"
    assert spec["create"] == {"by": None, "fields": []}
    assert spec["stages"] == DEFAULT_STAGES
    assert (spec["default_privacy"], spec["min_privacy"]) == ("inherit", "inherit")
    assert (spec["function"], spec["failover"], spec["transitions"]) == (None, None, [])


def test_people_create_in_their_containers(desk, owner_actor):
    create = accepted({"schema": FIELDS}, desk, owner_actor)["create"]
    assert create == {"by": "contributor", "fields": ["source", "target"]}


def test_null_closes_the_form(desk, owner_actor):
    create = accepted({"schema": FIELDS, "create": {"by": None}}, desk, owner_actor)["create"]
    assert create == {"by": None, "fields": []}


def test_form_asks_for_all_fields_unless_some_are_named(container, application_actor):
    create = accepted({"schema": FIELDS, "create": {"by": "viewer"}}, container, application_actor)["create"]
    assert create["fields"] == ["source", "target"]


def test_default_privacy_is_never_wider_than_the_least(container, application_actor):
    assert accepted({"min_privacy": "restricted"}, container, application_actor)["default_privacy"] == "restricted"


def test_failover_said_with_a_privacy_that_can_be_passed(container, application_actor, team):
    failover = {"to": "team:dba", "privacy": "restricted", "after": 600}
    kept = accepted({"default_privacy": "application", "failover": failover}, container, application_actor)["failover"]
    assert kept == {**failover, "title": None, "message": "", "fields": [], "actions": None}


def test_categories_follow_statuses(container, application_actor):
    stages = [{"name": "asked", "status": "handed_over"}, {"name": "idea"}, {"name": "over", "status": "failed"}]
    kept = accepted({"stages": stages}, container, application_actor)["stages"]
    assert [stage["category"] for stage in kept] == ["waiting", "todo", "done"]
    assert kept[0]["title"] == "Asked"


def test_what_does_nothing_in_a_transition_may_be_there(container, application_actor):
    quiet = {"when": None, "actions": [], "input": None, "automatic": False, "manual": True}
    pushed = {"name": "go", "from": ["todo"], "to": "doing", **quiet}
    spec = accepted({"transitions": [pushed]}, container, application_actor)
    said = {"name": "go", "title": "Go", "from": ["todo"], "to": "doing", "kind": "manual"}
    usual = {"who": ["contributor", "manager", "application"], "when": None, "input": None, "actions": []}
    assert spec["transitions"] == [{**said, **usual}]


def test_the_documented_example_reads_back(container, application_actor, team):
    spec = parse(accepted(DOCUMENTED, container, application_actor), 1)
    assert list(spec.fields) == ["source", "target", "cutover_at", "lag_rows"]
    assert spec.readers("lag_rows") == {"application", "manager"}
    assert [action["effect"] for action in spec.failover["actions"]] == ["complete", "return", "cancel"]
    assert [action["label"] for action in spec.failover["actions"]][:2] == ["Complete by hand", "Fix and return"]
    assert spec.stage_map == {
        "first": {"new": "requested"}, "status": {"requested": "new"}, "whole": True,
        "required": ["source", "target"],
    }  # fmt: skip
