"""Two who push at once: each document is one version, numbered without a gap, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from apps.actors.references import actor_of_application
from apps.containers import services
from apps.containers.models import Container, TypeVersion
from apps.containers.services import types
from tests import factories
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def application_actor() -> Any:
    return actor_of_application(factories.make_application("migrator"))


@contextmanager
def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same code, reading the container without holding it."""
    from apps.containers import access

    with monkeypatch.context() as patch:
        patch.setattr(types, "lock_container", access.get_container)
        yield


@pytest.mark.parametrize("round_", range(5))
def test_different_documents_are_one_version_each(application_actor, round_):
    services.put_container(application_actor, "migrations", {})
    results = at_once(lambda n: services.put_type(application_actor, "migrations", "m", {"title": f"Push {n}"}), 4)
    assert not [result for result in results if isinstance(result, Exception)]
    assert sorted(TypeVersion.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert sum(created for _version, created, _changed in results) == 1


@pytest.mark.parametrize("round_", range(5))
def test_the_same_document_is_one_version(application_actor, round_):
    services.put_container(application_actor, "migrations", {})
    results = at_once(lambda n: services.put_type(application_actor, "migrations", "m", {"title": "Same"}), 4)
    assert TypeVersion.objects.count() == 1
    assert sum(changed for _version, _created, changed in results) == 1


def test_the_index_stops_what_the_lock_would_let_pass(application_actor, monkeypatch):
    services.put_container(application_actor, "migrations", {})
    with without_the_lock(monkeypatch):
        at_once(lambda n: services.put_type(application_actor, "migrations", "m", {"title": f"Push {n}"}), 4)
    numbers = sorted(TypeVersion.objects.values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_container_is_made_once(application_actor):
    results = at_once(lambda n: services.put_container(application_actor, "orders", {"title": "Orders"}), 4)
    assert Container.objects.filter(slug="orders").count() == 1
    assert sum(created for _container, created, _changed in results) == 1


def test_two_managers_who_leave_at_once(db):
    ana, ben = factories.make_user("ana"), factories.make_user("ben")
    desk = factories.make_container("desk", manager=ana)
    services.put_member(_actor(ana), "desk", "user:ben", "manager")
    results = at_once(lambda n: services.delete_member(_actor((ana, ben)[n]), "desk", f"user:{('ana', 'ben')[n]}"))
    assert desk.memberships.filter(role="manager").count() == 1
    assert len([result for result in results if isinstance(result, Exception)]) == 1


def _actor(user: Any) -> Any:
    from apps.actors.references import actor_of_user

    return actor_of_user(user)
