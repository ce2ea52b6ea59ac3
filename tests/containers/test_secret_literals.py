"""What documents say for secret fields: refused at push, since documents are kept and shown in clear."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.automation.functions import services
from apps.automation.manifest import apply_manifest
from apps.automation.rules import services as rules_services
from apps.containers.models import Container, TypeVersion
from apps.containers.services import put_type
from apps.core.errors import Invalid
from apps.tasks.services import create_task, schedule_update

pytestmark = pytest.mark.django_db
TEXT: dict[str, Any] = {"type": "string"}
SECRET: dict[str, Any] = {"type": "string", "x-taskhub": {"secret": True}}
SECRETS: dict[str, Any] = {"type": "array", "items": TEXT, "x-taskhub": {"secret": True}}
STAGES = [{"name": "todo", "status": "new"}, {"name": "doing"}]


def shape(*actions: dict[str, Any], password: Any = SECRET, **more: Any) -> dict[str, Any]:
    """A type whose one transition does something; `keys` is a secret list, `note` none."""
    way = {"name": "go", "from": ["todo"], "to": "doing", "actions": list(actions)}
    way["input"] = {"type": "object", "properties": {"typed": TEXT}}
    properties = {"password": password, "keys": SECRETS, "note": TEXT}
    return {"schema": {"type": "object", "properties": properties}, "stages": STAGES, "transitions": [way], **more}


SAYING: list[tuple[dict[str, Any], str]] = [
    ({"do": "set", "fields": {"password": "hunter2"}}, "/fields/password"),
    ({"do": "set", "fields": {"password": {"cel": "'hunter2'"}}}, "/fields/password"),
    ({"do": "set", "fields": {"password": {"cel": "task.title + 'hunter2'"}}}, "/fields/password"),
    ({"do": "add_items", "fields": {"keys": ["hunter2"]}}, "/fields/keys"),
    ({"do": "remove_items", "fields": {"keys": ["hunter2"]}}, "/fields/keys"),
    ({"do": "schedule_update", "after": 60, "set": {"fields": {"password": "hunter2"}}}, "/set/fields/password"),
    ({"do": "hand_over", "to": "reporter", "fields": ["note", {"name": "password", "proposed": "hunter2"}]},
     "/fields/1/proposed"),
    ({"do": "create_task", "type": "login", "title": "x", "fields": {"password": "hunter2"}}, "/fields/password"),
    ({"do": "schedule_task", "function": "f", "type": "login", "fields": {"password": "hunter2"}}, "/fields/password"),
]  # fmt: skip


def pointers(refused: Any) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in refused.value.errors]


@pytest.mark.parametrize(("action", "at"), SAYING)
def test_types_and_rules_say_none(
    container: Container, application_actor: Actor, action: dict[str, Any], at: str
) -> None:
    with pytest.raises(Invalid) as refused:
        put_type(application_actor, "migrations", "login", shape(action))
    assert pointers(refused) == [(f"/transitions/0/actions/0{at}", "invalid")]
    assert not TypeVersion.objects.filter(type__name="login").exists()
    put_type(application_actor, "migrations", "login", shape())
    with pytest.raises(Invalid) as refused:
        rules_services.put_rule(application_actor, "migrations", "r", {"on": "task.created", "actions": [action]})
    assert pointers(refused) == [(f"/actions/0{at}", "invalid")]


def test_what_is_typed_then_and_what_is_empty_is_no_literal(container: Container, application_actor: Actor) -> None:
    actions = [
        {"do": "set", "fields": {"password": {"cel": "input.typed"}, "note": "told", "keys": []}},
        {"do": "unset", "fields": ["password"]},
        {"do": "hand_over", "to": "reporter", "fields": ["password"]},
    ]
    assert put_type(application_actor, "migrations", "login", shape(*actions))[1]


def test_what_is_typed_for_a_secret_cannot_be_planned(container: Container, application_actor: Actor) -> None:
    action = {"do": "set", "fields": {"password": {"cel": "input.typed"}}}
    put_type(application_actor, "migrations", "login", shape(action))
    task, _made = create_task(application_actor, {"container": "migrations", "type": "login"})
    said = {"at": timezone.now() + timedelta(hours=1), "transition": "go"}
    with pytest.raises(Invalid) as refused:
        schedule_update(application_actor, task.pk, input={"typed": "hunter2"}, **said)
    assert pointers(refused) == [("/input/typed", "invalid")]
    schedule_update(application_actor, task.pk, **said)


def test_failover_and_schema_say_none(container: Container, application_actor: Actor, team: object) -> None:
    failover = {"to": "team:dba", "fields": [{"name": "password", "proposed": "hunter2"}]}
    with pytest.raises(Invalid) as refused:
        put_type(
            application_actor, "migrations", "login", shape(failover=failover, password={**SECRET, "default": "x"})
        )
    assert pointers(refused) == [
        ("/schema/properties/password/default", "invalid"), ("/failover/fields/0/proposed", "invalid"),
    ]  # fmt: skip
    put_type(application_actor, "migrations", "login", shape())
    with pytest.raises(Invalid) as refused:
        services.put_function(application_actor, "f", {"failover": failover})
    assert pointers(refused) == [("/failover/fields/0/proposed", "invalid")]
    task = {"container": "migrations", "type": "login", "title": "x", "fields": {"password": "hunter2"}}
    with pytest.raises(Invalid) as refused:
        services.put_function(application_actor, "f", {"schedule": {"every": 60, "task": task}})
    assert pointers(refused) == [("/schedule/task/fields/password", "invalid")]


def test_a_field_becomes_no_secret_while_something_says_it(
    container: Container, application_actor: Actor, team: object
) -> None:
    put_type(application_actor, "migrations", "login", shape(password=TEXT))
    literal = {"password": "hunter2"}
    task = {"container": "migrations", "type": "login", "title": "x", "fields": literal}
    rules_services.put_rule(
        application_actor, "migrations", "r", {"on": "task.noted", "actions": [{"do": "set", "fields": literal}]}
    )
    services.put_function(application_actor, "f", {"schedule": {"every": 60, "task": task}})
    proposed = {"to": "team:dba", "fields": [{"name": "password", "proposed": "hunter2"}]}
    services.put_function(application_actor, "g", {"failover": proposed})
    other = shape({"do": "create_task", "type": "login", "title": "x", "fields": literal}, password=TEXT)
    put_type(application_actor, "migrations", "other", other)
    with pytest.raises(Invalid) as refused:
        put_type(application_actor, "migrations", "login", shape())
    assert {pointer for pointer, _code in pointers(refused)} == {"/schema/properties/password/x-taskhub/secret"}
    told = " ".join(problem.detail for problem in refused.value.errors)
    assert all(name in told for name in ("“r”", "“f”", "“g”", "“other”"))
    rules_services.delete_rule(application_actor, "migrations", "r")
    services.delete_function(application_actor, "f")
    services.delete_function(application_actor, "g")
    put_type(application_actor, "migrations", "other", shape(password=TEXT))
    assert put_type(application_actor, "migrations", "login", shape())[2]


def test_manifests_are_refused_alike(application_actor: Actor) -> None:
    rule = {"on": "task.created", "actions": [{"do": "set", "fields": {"password": "hunter2"}}]}
    document = {"containers": {"vault": {"types": {"login": shape()}, "rules": {"r": rule}}}}
    with pytest.raises(Invalid) as refused:
        apply_manifest(application_actor, document)
    assert pointers(refused) == [("/containers/vault/rules/r/actions/0/fields/password", "invalid")]
