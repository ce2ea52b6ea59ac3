"""The fixed cast that all tests share: who they are decides what each may see and do."""

from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

from apps.actors.actor import Actor
from apps.actors.models import Application, Team, User
from apps.actors.references import actor_of_application, actor_of_user
from apps.actors.services import issue_key
from apps.containers.models import Container
from apps.core import caches

from . import factories, servers

settings.register_profile("no deadline", deadline=None)  # no test asserts a time
settings.load_profile("no deadline")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs no database."""
    for item in items:
        uses = {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
        if not uses and not item.get_closest_marker("django_db") and not item.get_closest_marker("processes"):
            item.add_marker("no_database")


@pytest.fixture
def fresh_caches() -> Iterator[None]:
    """The test finds nothing cached in this process, and leaves nothing behind: the policy may be patched in it."""
    caches.clear_all()
    yield
    caches.clear_all()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what its servers printed."""
    report = yield
    if report.failed:
        report.sections += [(f"end of {name}", text) for name, text in servers.outputs()]
    if report.when == "teardown":
        servers.forget_closed()
    return report


@pytest.fixture
def owner(db: None) -> User:
    """Manages the containers."""
    return factories.make_user("owner")


@pytest.fixture
def member(db: None, team: Team) -> User:
    """Works in the containers, and is in the team."""
    return factories.make_user("member", team)


@pytest.fixture
def stranger(db: None) -> User:
    """Has an account, and no part in anything."""
    return factories.make_user("stranger")


@pytest.fixture
def team(db: None) -> Team:
    return factories.make_team("dba")


@pytest.fixture
def application(db: None) -> Application:
    """Owns the container `migrations`."""
    return factories.make_application("migrator")


@pytest.fixture
def other_application(db: None) -> Application:
    """Owns nothing here."""
    return factories.make_application("billing")


@pytest.fixture
def worker(application: Application) -> str:
    """The key with which the application's workers call."""
    return issue_key(actor=actor_of_application(application), application=application)


@pytest.fixture
def container(application: Application, owner: User, member: User) -> Container:
    """The application's container."""
    return factories.make_container("migrations", application, manager=owner, contributor=member)


@pytest.fixture
def desk(owner: User, member: User) -> Container:
    """A container of people, without an application."""
    return factories.make_container("desk", manager=owner, contributor=member)


@pytest.fixture
def owner_actor(owner: User) -> Actor:
    return actor_of_user(owner)


@pytest.fixture
def member_actor(member: User) -> Actor:
    return actor_of_user(member)


@pytest.fixture
def stranger_actor(stranger: User) -> Actor:
    return actor_of_user(stranger)


@pytest.fixture
def application_actor(application: Application) -> Actor:
    return actor_of_application(application)


@pytest.fixture
def other_application_actor(other_application: Application) -> Actor:
    return actor_of_application(other_application)
