"""A pushed type and tasks of it, in the application's container."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.actors.models import Team, User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Task

SHAPE: dict[str, Any] = {
    "title": "Database migration",
    "schema": {
        "type": "object",
        "required": ["source"],
        "properties": {
            "source": {"type": "string", "title": "Source"},
            "rows": {"type": "integer", "minimum": 0, "title": "Rows"},
            "cutover_at": {"type": "string", "format": "date-time", "title": "Start"},
            "lag": {"type": "integer", "x-taskhub": {"read": ["application", "manager"]}},
            "secret": {"type": "string", "x-taskhub": {"secret": True, "read": ["application"]}},
        },
    },
    "create": {"by": "requester", "fields": ["source"]},
    "failover": {"to": "team:dba", "fields": ["rows"]},
}

MakeTask = Callable[..., Task]


@pytest.fixture
def migration(container: Container, application_actor: Actor, team: Team) -> Container:
    """The container with the type `migration` pushed."""
    put_type(application_actor, container.slug, "migration", SHAPE)
    return container


@pytest.fixture
def make(migration: Container, application_actor: Actor) -> MakeTask:
    """Creates a task of the type as the application."""

    def create(actor: Actor = application_actor, **body: Any) -> Task:
        fields = body.pop("fields", {"source": "a"})
        task, _ = services.create_task(
            actor, {"container": migration.slug, "type": "migration", "title": "Move", "fields": fields, **body}
        )
        return task

    return create


@pytest.fixture
def requester(migration: Container) -> User:
    from tests.factories import make_user

    migration.everyone = "requester"
    migration.save()
    return make_user("ana")


@pytest.fixture
def requester_actor(requester: User) -> Actor:
    from apps.actors.references import actor_of_user

    return actor_of_user(requester)
