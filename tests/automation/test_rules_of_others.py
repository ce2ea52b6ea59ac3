"""Who reads a rule learns nothing by it of fields and tasks that do not exist for them."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.automation.rules import queries as rule_queries
from apps.tasks import services
from apps.tasks.models import Task

from .test_rules import make, put, run_all

__all__ = ["make"]
pytestmark = pytest.mark.django_db


def test_rule_of_the_application_is_told_to_it_alone(make: Any, application_actor: Actor, owner_actor: Actor) -> None:
    rule = put(application_actor, actions=[{"do": "set", "fields": {"hidden": "x"}}])
    services.edit_task(application_actor, make().key, {"fields": {"rows": 9}})
    run_all()
    own, others = (rule_queries.render_rule(actor, rule) for actor in (application_actor, owner_actor))
    assert (bool(own["runs"]), own["actions"][0]["fields"]) == (True, {"hidden": "x"})
    assert (others["runs"], others["actions"], others["when"]) == ([], [], None)
    assert others["title"] == own["title"]


def test_runs_on_tasks_that_became_hidden_are_absent(make: Any, application_actor: Actor, owner_actor: Actor) -> None:
    rule = put(owner_actor, when=None, on=["task.created"], actions=[{"do": "add_note", "text": "!"}])
    task = make()
    run_all()
    assert [run["task"] for run in rule_queries.render_rule(owner_actor, rule)["runs"]] == [str(task.pk)]
    Task.objects.filter(pk=task.pk).update(privacy="application")
    assert rule_queries.render_rule(owner_actor, rule)["runs"] == []
