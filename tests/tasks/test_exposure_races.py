"""Widening and narrowing beside reads and answers: sight follows what is committed, on both databases."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.actors.references import actor_of_application, actor_of_user
from apps.containers import services as containers
from apps.core.errors import Conflict, NotFound, VersionMismatch
from apps.tasks import access, queries, services
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Task
from apps.tasks.rendering import version_of
from tests import factories
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def actor() -> Actor:
    return actor_of_application(factories.make_application("migrator"))


@pytest.fixture
def reader(actor: Actor) -> Actor:
    """Looks into the container."""
    user = factories.make_user("ana")
    containers.put_container(actor, "migrations", {})
    containers.put_member(actor, "migrations", "user:ana", "viewer")
    containers.put_type(actor, "migrations", "m", {"title": "Hidden words"})
    return actor_of_user(user)


def make(actor: Actor, **said: Any) -> Task:
    body = {"container": "migrations", "type": "m", "title": "Hidden words", **said}
    return services.create_task(actor, body)[0]


@pytest.mark.parametrize("round_", range(3))
def test_a_read_finds_the_task_or_nothing(actor: Actor, reader: Actor, round_: int) -> None:
    task = make(actor)

    def work(number: int) -> Any:
        if number == 0:
            for privacy in ("restricted", "inherit") * 5:
                services.edit_task(actor, task.pk, {"privacy": privacy}, confirm_widen=True)
            return services.edit_task(actor, task.pk, {"privacy": "restricted"})
        found = []
        for _ in range(20):
            listed = [row.title for row in queries.tasks_for(reader)]
            try:
                found.append(access.get_task(reader, task.pk).title)
            except NotFound:
                found.append(None)
            assert listed in ([], ["Hidden words"])
        return found

    results = at_once(work, 3)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert set(results[1] + results[2]) <= {None, "Hidden words"}
    assert not queries.tasks_for(reader).exists()
    assert services.edit_task(actor, task.pk, {"privacy": "inherit"}, confirm_widen=True)
    assert queries.tasks_for(reader).exists()


@pytest.mark.parametrize("round_", range(3))
def test_of_a_widening_and_an_edit_of_what_was_read_one_wins(actor: Actor, reader: Actor, round_: int) -> None:
    task = make(actor, privacy="restricted")
    version = version_of(TaskPermissions(actor, access.get_task(actor, task.pk)))
    changes: list[dict[str, Any]] = [{"privacy": "inherit"}, {"description": "For few eyes only"}]
    results = at_once(
        lambda number: services.edit_task(actor, task.pk, changes[number], if_match=version, confirm_widen=True)
    )
    refused = [result for result in results if isinstance(result, Exception)]
    assert [type(error) in (VersionMismatch, Conflict) for error in refused] == [True]
    now = access.get_task(actor, task.pk)
    assert (now.privacy == "inherit") != (now.description == "For few eyes only")


@pytest.mark.parametrize("round_", range(3))
def test_a_move_beside_an_edit_loses_nothing(actor: Actor, reader: Actor, round_: int) -> None:
    containers.put_container(actor, "archive", {})
    containers.put_type(actor, "archive", "m", {})
    task = make(actor)

    def edit() -> Any:
        for _attempt in range(20):
            try:
                return services.edit_task(actor, task.pk, {"description": "Written"})
            except Conflict:
                continue
        raise AssertionError

    work: list[Any] = [edit, lambda: services.move_task(actor, task.pk, container="archive", confirm_widen=True)]
    results = at_once(lambda number: work[number]())
    assert [result for result in results if isinstance(result, Exception)] == []
    now = access.get_task(actor, task.pk)
    assert (now.container.slug, now.description) == ("archive", "Written")
    with pytest.raises(NotFound):
        access.get_task(reader, task.pk)
