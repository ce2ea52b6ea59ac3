"""Access to the fields of a task is computed once for a page and once for a response."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.tasks import services
from apps.tasks.access import TaskPermissions, field_access, fields, get_task, visible_fields
from apps.tasks.models import Task

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """Whose access was computed, and whether as if nobody had the task; one item for each computation."""
    calls: list[tuple[str, bool]] = []
    compute: Callable[..., Any] = fields.compute_access

    def counted(permissions: TaskPermissions, *, free: bool = False) -> Any:
        calls.append((str(permissions.actor), free))
        return compute(permissions, free=free)

    monkeypatch.setattr(fields, "compute_access", counted)
    return calls


def test_a_page_computes_it_once(
    make: MakeTask, client: Client, member: User, application_actor: Actor, computed: list[tuple[str, bool]]
) -> None:
    task = make(fields={"source": "a", "rows": 3})
    services.hand_over(application_actor, task.pk, {"to": "user:member", "fields": ["rows"]})
    client.force_login(member)
    computed.clear()
    assert client.get(f"/tasks/{task.key}/").status_code == 200
    assert sorted(computed) == [("user:member", False), ("user:member", True)]


def test_the_api_computes_it_once(make: MakeTask, worker: str, computed: list[tuple[str, bool]]) -> None:
    task = make()
    computed.clear()
    response = Client().get(f"/api/v1/tasks/{task.key}", headers={"authorization": f"Bearer {worker}"})
    assert response.status_code == 200
    assert computed == [("application:migrator", False)]


def test_it_is_computed_anew_when_the_task_changes(
    make: MakeTask, member_actor: Actor, application_actor: Actor, computed: list[tuple[str, bool]]
) -> None:
    task = make()
    permissions = TaskPermissions(member_actor, get_task(member_actor, task.pk))
    assert field_access(permissions)["rows"].level == "locked"
    assert set(visible_fields(permissions)) == set(permissions.spec.fields) - {"lag", "secret"}
    assert len(computed) == 1
    services.hand_over(application_actor, task.pk, {"to": "user:member", "fields": ["rows"]})
    handed = TaskPermissions(member_actor, get_task(member_actor, task.pk))
    assert field_access(handed)["rows"].level == "write"
    permissions.task.status = "complete"
    assert field_access(permissions)["rows"].reason == "The task has ended."


def test_forget_computes_it_anew(make: MakeTask, member_actor: Actor, computed: list[tuple[str, bool]]) -> None:
    task: Task = make()
    permissions = TaskPermissions(member_actor, task)
    field_access(permissions)
    permissions.forget()
    field_access(permissions)
    assert len(computed) == 2
