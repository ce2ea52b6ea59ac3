"""A task of the application, and the people who hear of it."""

from collections.abc import Callable

import pytest

from apps.actors.actor import Actor
from apps.actors.models import Team, User
from apps.actors.references import actor_of_user
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.events.dispatch import dispatch
from apps.notifications.models import Notification
from apps.tasks import services
from apps.tasks.models import Task
from tests.factories import make_user

FIELDS = {
    "type": "object",
    "properties": {
        "target": {"type": "string"},
        "password": {"type": "string", "x-taskhub": {"secret": True}},
    },
}
BODY = {
    "title": "Move orders to B",
    "privacy": "restricted",
    "reporter": "user:reporter",
    "assignee": "user:assignee",
    "fields": {"target": "db-b.internal", "password": "hunter2"},
}

Told = Callable[[], set[tuple[str, str]]]


@pytest.fixture
def reporter(db: None) -> User:
    return make_user("reporter")


@pytest.fixture
def assignee(db: None) -> User:
    return make_user("assignee")


@pytest.fixture
def reporter_actor(reporter: User) -> Actor:
    return actor_of_user(reporter)


@pytest.fixture
def assignee_actor(assignee: User) -> Actor:
    return actor_of_user(assignee)


@pytest.fixture
def task(container: Container, application_actor: Actor, reporter: User, assignee: User, team: Team) -> Task:
    put_type(application_actor, container.slug, "migration", {"schema": FIELDS})
    body = {**BODY, "container": container.slug, "type": "migration"}
    return services.create_task(application_actor, body)[0]


@pytest.fixture
def told() -> Told:
    """Hands out what happened; who was told since the last time, and why."""
    known: set[object] = set()

    def look() -> set[tuple[str, str]]:
        dispatch()
        rows = list(Notification.objects.exclude(pk__in=known).select_related("user"))
        known.update(row.pk for row in rows)
        return {(row.user.username, row.reason) for row in rows}

    return look
