"""Where people own the container their rules act as the system, and reach no further than it."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.automation.models import Rule, RuleRun
from apps.automation.rules import services as rules_services
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.core.errors import Invalid
from apps.tasks import services
from apps.tasks.models import Task

from .test_rules import run_all

MAKE: dict[str, Any] = {"do": "create_task", "type": "task", "title": "Child"}


@pytest.fixture
def places(desk: Container, container: Container, owner_actor: Actor, application_actor: Actor) -> None:
    put_type(owner_actor, "desk", "task", {})
    put_type(application_actor, "migrations", "task", {})


def push(actor: Actor, action: dict[str, Any]) -> Rule:
    return rules_services.put_rule(actor, "desk", "more", {"on": "task.created", "when": 'task.title == "Tea"',
                                                  "actions": [action]})[0]  # fmt: skip


def test_rule_that_names_another_container_is_refused(places: None, owner_actor: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        push(owner_actor, {**MAKE, "container": "migrations"})
    assert [problem.pointer for problem in refused.value.errors] == ["/actions/0/container"]


def test_rule_makes_tasks_in_its_own_container_alone(places: None, owner_actor: Actor, member_actor: Actor) -> None:
    rule = push(owner_actor, MAKE)
    services.create_task(member_actor, {"container": "desk", "title": "Tea"})
    run_all()
    assert Task.objects.filter(container__slug="desk", title="Child").count() == 1
    Rule.objects.filter(pk=rule.pk).update(actions=[{**rule.actions[0], "container": "migrations"}])
    services.create_task(member_actor, {"container": "desk", "title": "Tea"})
    run_all()
    assert not Task.objects.filter(container__slug="migrations").exists()
    assert RuleRun.objects.filter(rule=rule, error__isnull=False).exists()
