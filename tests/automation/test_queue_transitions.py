"""Automatic transitions happen after what workers do too, on whichever path the database takes."""

from typing import Any

import pytest
from django.db import connection

from apps.actors.actor import Actor
from apps.automation.functions import services as functions
from apps.automation.queue import claims, outcomes, postgresql
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.events.models import Event
from apps.tasks import services
from apps.tasks.models import Task

STAGES = [
    {"name": "asked", "status": "new"},
    {"name": "running", "status": "in_progress"},
    {"name": "done", "status": "complete"},
    {"name": "praised"},
]
BEGUN = {"name": "begun", "from": ["running"], "to": "hot", "kind": "automatic"}
PRAISE = {
    "name": "praise", "from": ["done"], "to": "praised", "kind": "automatic", "when": "task.result.rows > 5",
    "actions": [{"do": "emit", "name": "praised"}],
}  # fmt: skip


@pytest.fixture
def claimed(container: Container, application_actor: Actor) -> Any:
    """Makes two tasks, the second of a type with these transitions, and claims both."""

    def claim(*transitions: dict[str, Any]) -> list[dict[str, Any]]:
        functions.put_function(application_actor, "copy", {})
        for name, ways in (("plain", ()), ("settling", transitions)):
            stages = [*STAGES, {"name": "hot"}]
            put_type(application_actor, container.slug, name, {"stages": stages, "transitions": list(ways)})
            body = {"container": container.slug, "type": name, "title": name, "function": "copy"}
            services.create_task(application_actor, body)
        found: list[dict[str, Any]] = claims.claim(application_actor, {"functions": ["copy"], "max": 10})["tasks"]
        return found

    return claim


def complete(actor: Actor, tasks: list[dict[str, Any]], result: Any) -> list[Any]:
    body = [{"task": task["id"], "token": task["lease"]["token"], "result": result} for task in tasks]
    return outcomes.complete(actor, {"results": body})


def test_after_a_completion_without_values(claimed: Any, application_actor: Actor) -> None:
    tasks = claimed(PRAISE)
    assert [task["type"] for task in tasks] == ["plain", "settling"]
    assert all(result["ok"] for result in complete(application_actor, tasks, {"rows": 9}))
    assert dict(Task.objects.values_list("title", "stage")) == {"plain": "done", "settling": "praised"}
    assert Event.objects.filter(type="rule.emitted").count() == 1


def test_after_a_claim(claimed: Any, application_actor: Actor) -> None:
    tasks = claimed(BEGUN)
    assert len(tasks) == 2
    assert dict(Task.objects.values_list("title", "stage")) == {"plain": "running", "settling": "hot"}
    assert all(result["ok"] for result in complete(application_actor, tasks, None))


def test_statement_leaves_such_tasks_alone(claimed: Any, application_actor: Actor, monkeypatch: Any) -> None:
    if not postgresql.is_possible():
        pytest.skip(f"{connection.vendor} has no such statements")
    ended: list[Any] = []
    quick = postgresql.complete
    monkeypatch.setattr(postgresql, "complete", lambda *given: ended.append(quick(*given)) or ended[-1])
    tasks = claimed(PRAISE)
    complete(application_actor, tasks, {"rows": 9})
    assert ended == [{Task.objects.get(title="plain").pk}]
