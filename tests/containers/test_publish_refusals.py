"""What a push of a task type refuses, and where it says so."""

import pytest

from apps.actors.actor import SYSTEM
from apps.containers.type_document.accept import accept_type
from apps.core.errors import Invalid
from apps.tasks.lifecycle import Status

FIELDS = {"type": "object", "properties": {"source": {"type": "string"}, "target": {"type": "string"}}}
STAGE = {"name": "open", "title": "Open", "category": "todo", "status": "new"}
TO_DBA = {"to": "team:dba"}
MOVE = {"name": "approve", "from": ["open"], "to": "open"}

REFUSED = [
    # body, pointer, code
    ([], "", "not_a_dict"),
    ({"colour": "red"}, "/colour", "unknown_field"),
    ({"a/b": 1}, "/a~1b", "unknown_field"),
    ({"title": 7}, "/title", "invalid"),
    ({"title": "  "}, "/title", "blank"),
    ({"title": "x" * 201}, "/title", "max_length"),
    ({"title": "a\0b"}, "/title", "invalid"),
    ({"schema": []}, "/schema", "not_a_dict"),
    ({"schema": {"type": "string"}}, "/schema/type", "invalid"),
    ({"create": "requester"}, "/create", "not_a_dict"),
    ({"create": {"by": "everyone"}}, "/create/by", "invalid_choice"),
    ({"create": {"by": "viewer", "fields": ["nope"]}}, "/create/fields/0", "invalid"),
    ({"create": {"by": "viewer", "fields": ["source", "source"]}}, "/create/fields/1", "invalid"),
    ({"create": {"by": "viewer", "fields": "source"}}, "/create/fields", "not_a_list"),
    ({"create": {"who": "viewer"}}, "/create/who", "unknown_field"),
    ({"default_privacy": "secret"}, "/default_privacy", "invalid_choice"),
    ({"default_privacy": "inherit", "min_privacy": "restricted"}, "/default_privacy", "invalid"),
    ({"min_privacy": ["private"]}, "/min_privacy", "invalid_choice"),
    ({"function": 5}, "/function", "invalid"),
    ({"function": "x" * 201}, "/function", "max_length"),
    ({"failover": "team:dba"}, "/failover", "not_a_dict"),
    ({"failover": {}}, "/failover/to", "required"),
    ({"failover": {"to": "team:nobody"}}, "/failover/to", "invalid"),
    ({"failover": {"to": "application:migrator"}}, "/failover/to", "invalid"),
    ({"failover": {"to": 7}}, "/failover/to", "invalid"),
    ({"failover": {"to": "team:dba", "after": 0}}, "/failover/after", "min_value"),
    ({"failover": {"to": "team:dba", "after": True}}, "/failover/after", "invalid"),
    ({"failover": {"to": "team:dba", "fields": ["nope"]}}, "/failover/fields/0", "unknown_field"),
    ({"failover": {"to": "team:dba", "fields": [{"name": "nope"}]}}, "/failover/fields/0/name", "unknown_field"),
    ({"failover": {"to": "team:dba", "fields": [{"name": "source", "n": 1}]}}, "/failover/fields/0/n", "unknown_field"),
    ({"failover": {"to": "team:dba", "fields": [{}]}}, "/failover/fields/0/name", "required"),
    ({"failover": {"to": "team:dba", "fields": [7]}}, "/failover/fields/0", "not_a_dict"),
    ({"failover": {"to": "team:dba", "actions": ["explode"]}}, "/failover/actions/0", "invalid_choice"),
    ({"failover": {"to": "team:dba", "actions": []}}, "/failover/actions", "min_length"),
    ({"failover": {"to": "team:dba", "actions": ["return", "return"]}}, "/failover/actions/1", "invalid"),
    ({"failover": {"to": "team:dba", "actions": [{"name": "go"}]}}, "/failover/actions/0/effect", "required"),
    ({"failover": {"to": "team:dba", "privacy": "private"}}, "/failover/privacy", "invalid_choice"),
    ({"failover": {"to": "team:dba", "wait": 5}}, "/failover/wait", "unknown_field"),
    ({"default_privacy": "application", "failover": {"to": "team:dba"}}, "/failover/privacy", "invalid"),
    ({"default_privacy": "private", "failover": {"to": "user:owner"}}, "/failover/privacy", "invalid"),
    ({"min_privacy": "restricted", "failover": {**TO_DBA, "privacy": "inherit"}}, "/failover/privacy", "invalid"),
    ({"stages": []}, "/stages", "min_length"),
    ({"stages": {}}, "/stages", "not_a_list"),
    ({"stages": ["open"]}, "/stages/0", "not_a_dict"),
    ({"stages": [STAGE, STAGE]}, "/stages/1/name", "invalid"),
    ({"stages": [{**STAGE, "name": "Not a slug"}]}, "/stages/0/name", "invalid"),
    ({"stages": [{**STAGE, "category": "later"}]}, "/stages/0/category", "invalid_choice"),
    ({"stages": [{**STAGE, "status": "sleeping"}]}, "/stages/0/status", "invalid_choice"),
    ({"stages": [{**STAGE, "wip_limit": 0}]}, "/stages/0/wip_limit", "min_value"),
    ({"stages": [{**STAGE, "colour": "red"}]}, "/stages/0/colour", "unknown_field"),
    ({"transitions": {}}, "/transitions", "not_a_list"),
    ({"transitions": [{"name": "go", "to": "todo"}]}, "/transitions/0/from", "required"),
    ({"transitions": [{"name": "go", "from": ["nowhere"], "to": "todo"}]}, "/transitions/0/from/0", "invalid"),
    ({"stages": [STAGE], "transitions": [{**MOVE, "to": "nowhere"}]}, "/transitions/0/to", "invalid"),
    ({"stages": [STAGE], "transitions": [MOVE, MOVE]}, "/transitions/1/name", "invalid"),
    ({"stages": [STAGE], "transitions": [{**MOVE, "who": ["boss"]}]}, "/transitions/0/who/0", "invalid"),
    ({"stages": [STAGE], "transitions": [{**MOVE, "when": "1 +"}]}, "/transitions/0/when", "invalid"),
    ({"stages": [STAGE], "transitions": [{**MOVE, "automatic": True}]}, "/transitions/0/to", "invalid"),
    ({"stages": [STAGE], "transitions": [{**MOVE, "input": {"a": 1}}]}, "/transitions/0/input/type", "invalid"),
    ({"stages": [STAGE], "transitions": [{**MOVE, "actions": [{}]}]}, "/transitions/0/actions/0/do", "required"),
    ({"stages": [STAGE], "transitions": [{**MOVE, "if": "x"}]}, "/transitions/0/if", "unknown_field"),
]


@pytest.mark.parametrize(("body", "pointer", "code"), REFUSED)
def test_refused_where_it_is_wrong(body, pointer, code, container, application_actor, team):
    if isinstance(body, dict):
        body = {"schema": FIELDS, **body}
    with pytest.raises(Invalid) as refusal:
        accept_type(body, name="migration", container=container, actor=application_actor)
    assert [(problem.pointer, problem.code) for problem in refusal.value.errors] == [(pointer, code)]
    assert refusal.value.code == ("unknown_field" if code == "unknown_field" else "invalid")


COUNTED = {
    "type": "object",
    "properties": {"count": {"type": "integer"}, "mail": {"type": "string", "format": "email"}},
}
ASKS = {"do": "hand_over", "to": "team:dba"}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ([{"name": "count", "proposed": 5}, {"name": "mail"}], []),
        ([{"name": "count", "proposed": "five"}], ["0/proposed"]),
        ([{"name": "count", "proposed": 1.5}, {"name": "mail", "proposed": "x"}], ["0/proposed", "1/proposed"]),
    ],
)
def test_proposed_values_must_fit_the_schema(fields, wrong, container, application_actor, team):
    moves = [{"name": "ask", "from": ["todo"], "to": "waiting", "actions": [{**ASKS, "fields": fields}]}]
    body = {"schema": COUNTED, "failover": {**TO_DBA, "fields": fields}, "transitions": moves}
    places = ("/failover/fields/", "/transitions/0/actions/0/fields/")
    pointers = []
    try:
        accept_type(body, name="migration", container=container, actor=application_actor)
    except Invalid as refusal:
        pointers = [problem.pointer for problem in refusal.errors]
    assert pointers == [place + pointer for place in places for pointer in wrong]


def test_computed_proposals_are_judged_when_they_are_made(container, application_actor, team):
    fields = [{"name": "count", "proposed": {"cel": "fields.count"}}]
    moves = [{"name": "ask", "from": ["todo"], "to": "waiting", "actions": [{**ASKS, "fields": fields}]}]
    accept_type({"schema": COUNTED, "transitions": moves}, name="m", container=container, actor=application_actor)


def test_every_problem_is_named_at_once(container, application_actor):
    body = {"title": 1, "colour": 2, "schema": {"type": "object", "properties": {"a": {"type": "text"}}}}
    with pytest.raises(Invalid) as refusal:
        accept_type(body, name="migration", container=container, actor=application_actor)
    assert {p.pointer for p in refusal.value.errors} == {"/title", "/colour", "/schema/properties/a/type"}
    assert refusal.value.code == "unknown_field"


def test_field_written_in_a_stage_that_does_not_exist(container, application_actor):
    writers = {"todo": ["contributor"], "limbo": ["manager"]}
    schema = {"type": "object", "properties": {"a": {"type": "string", "x-taskhub": {"write": writers}}}}
    with pytest.raises(Invalid) as refusal:
        accept_type({"schema": schema}, name="migration", container=container, actor=application_actor)
    assert [p.pointer for p in refusal.value.errors] == ["/schema/properties/a/x-taskhub/write/limbo"]


@pytest.mark.parametrize("key", ["min_privacy", "default_privacy"])
def test_people_have_no_application_to_hide_tasks_for(key, desk, owner_actor):
    with pytest.raises(Invalid) as refusal:
        accept_type({key: "application"}, name="errand", container=desk, actor=owner_actor)
    assert f"/{key}" in [p.pointer for p in refusal.value.errors]


def test_only_the_owning_application_names_a_function(desk, owner_actor, container, other_application_actor):
    for place, actor in ((desk, owner_actor), (container, other_application_actor), (desk, other_application_actor)):
        with pytest.raises(Invalid) as refusal:
            accept_type({"function": "copy"}, name="errand", container=place, actor=actor)
        assert [p.pointer for p in refusal.value.errors] == ["/function"]


def test_stages_may_name_each_status_of_the_lifecycle(container):
    stages = [{"name": status, "status": status} for status in Status.values]
    spec = accept_type({"stages": stages}, name="migration", container=container, actor=SYSTEM)
    assert [stage["status"] for stage in spec["stages"]] == Status.values


def test_only_the_owning_application_says_what_is_done_in_its_name(desk, owner_actor, container, application_actor):
    acts = {**MOVE, "from": ["todo"], "to": "doing", "actions": [{"do": "add_note", "text": "Go"}]}
    with pytest.raises(Invalid) as refused:
        accept_type({"transitions": [acts]}, name="errand", container=container, actor=owner_actor)
    assert [problem.pointer for problem in refused.value.errors] == ["/transitions/0/actions"]
    for place, actor in ((container, application_actor), (desk, owner_actor)):
        assert accept_type({"transitions": [acts]}, name="errand", container=place, actor=actor)["transitions"]
    assert accept_type({"transitions": [{**acts, "actions": []}]}, name="x", container=container, actor=owner_actor)
