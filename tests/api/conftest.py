"""The cast of the API's tests: everybody as a caller, and the contract's example type."""

import pytest

from apps.actors.models import Application, User
from apps.actors.references import actor_of_application
from apps.actors.services import issue_key
from apps.containers.models import Container

from .world import MIGRATION, TASK, Caller, Json


@pytest.fixture
def app(worker: str, container: Container) -> Caller:
    """The application that owns `migrations`, where the type `migration` is pushed."""
    caller = Caller(key=worker)
    answer = caller.put("/containers/migrations/types/migration", MIGRATION)
    assert answer.status_code == 201, answer.content
    return caller


@pytest.fixture
def other_app(other_application: Application) -> Caller:
    """An application that has no part in it."""
    actor = actor_of_application(other_application)
    return Caller(key=issue_key(actor=actor, application=other_application))


@pytest.fixture
def manager(owner: User) -> Caller:
    return Caller(user=owner)


@pytest.fixture
def contributor(member: User) -> Caller:
    """Works in `migrations` and `desk`, and is in the team `dba`."""
    return Caller(user=member)


@pytest.fixture
def outsider(stranger: User) -> Caller:
    return Caller(user=stranger)


@pytest.fixture
def task(app: Caller) -> Json:
    """A task of the application, as it sees it."""
    return app.made("/tasks", TASK)
