"""Signed-in browsers of the cast, and a pushed type with fields of every kind of secrecy."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.actors.actor import Actor
from apps.actors.models import Team, User
from apps.containers.models import Container, Membership
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Handover, Task
from tests.factories import make_user

SHAPE: dict[str, Any] = {
    "title": "Database migration",
    "schema": {
        "type": "object",
        "required": ["source"],
        "properties": {
            "source": {"type": "string", "title": "Source database", "maxLength": 40},
            "rows": {"type": "integer", "minimum": 0, "title": "Rows to copy"},
            "cutover_at": {"type": "string", "format": "date-time", "title": "Start"},
            "lag": {"type": "integer", "title": "Hidden lag", "x-taskhub": {"read": ["application", "manager"]}},
        },
    },
    "create": {"by": "requester", "fields": ["source"]},
    "default_privacy": "restricted",
}
SECRET = 424242

Browse = Callable[..., Client]
Make = Callable[..., Task]
Ask = Callable[..., Handover]


@pytest.fixture
def browse() -> Browse:
    """A browser in which the user is signed in; with `strict` it must send the CSRF token too."""

    def signed_in(user: User, *, strict: bool = False) -> Client:
        client = Client(enforce_csrf_checks=strict)
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def requester(container: Container) -> User:
    """Asks for migrations, and sees their own."""
    user = make_user("ana")
    Membership.objects.create(container=container, user=user, role="requester")
    return user


@pytest.fixture
def viewer(container: Container) -> User:
    user = make_user("vic")
    Membership.objects.create(container=container, user=user, role="viewer")
    return user


@pytest.fixture
def migrations(container: Container, application_actor: Actor, team: Team) -> Container:
    """The application's container with the type `migration`."""
    put_type(application_actor, container.slug, "migration", SHAPE)
    return container


@pytest.fixture
def make(migrations: Container, application_actor: Actor, requester: User) -> Make:
    """Creates a task as the application, for the requester; `privacy="inherit"` shows it to the container."""

    def create(**body: Any) -> Task:
        whole = {"container": migrations.slug, "type": "migration", "title": "Move orders", "reporter": "user:ana"}
        return services.create_task(application_actor, {**whole, "fields": {"source": "a", "lag": SECRET}, **body})[0]

    return create


@pytest.fixture
def ask(application_actor: Actor) -> Ask:
    """Hands a task over to the requester as the application."""

    def hand_over(task: Task, to: str = "user:ana", **request: Any) -> Handover:
        return services.hand_over(application_actor, str(task.pk), {"to": to, "fields": ["rows"], **request})

    return hand_over


def text_of(response: Any) -> str:
    """The page as text; where its templates break their lines makes no difference."""
    line = " ".join(response.content.decode().split())
    return re.sub(r"(<[a-z][^>]*>) | (?=</)", r"\1", line)


def url_of(task: Task) -> str:
    return f"/tasks/{task.key}/"
