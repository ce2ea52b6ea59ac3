"""A migration beside an answer, an edit, another migration: one outcome, on both databases."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.actors.references import actor_of_application, actor_of_user
from apps.containers import services as containers
from apps.containers.models import TypeMigration
from apps.core.errors import Conflict
from apps.events.models import Event
from apps.tasks import services
from apps.tasks.models import Handover, Task
from tests import factories
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = {"type": "string"}


def push(actor: Actor, *names: str) -> None:
    schema = {"type": "object", "properties": dict.fromkeys(names, TEXT)}
    containers.put_type(actor, "migrations", "m", {"schema": schema})


@pytest.fixture
def actor() -> Actor:
    application = factories.make_application("migrator")
    factories.make_container("migrations", application)
    actor = actor_of_application(application)
    push(actor, "a", "b")
    return actor


@pytest.fixture
def person() -> Actor:
    return actor_of_user(factories.make_user("ana"))


@pytest.mark.parametrize("after", [("a", "b", "c"), ("a",)], ids=["fits", "breaks"])
@pytest.mark.parametrize("effect", ["complete", "return"])
@pytest.mark.parametrize("round_", range(3))
def test_an_answer_counts_whatever_comes_first(
    actor: Actor, person: Actor, after: tuple[str, ...], effect: str, round_: int
) -> None:
    ask = {"to": str(person), "fields": ["b"], "actions": [{"name": "go", "effect": effect}]}
    task, _made = services.create_task(actor, {"container": "migrations", "type": "m", "hand_over": ask})
    handover = Handover.objects.get(task=task)
    push(actor, *after)
    work: list[Any] = [
        lambda: services.submit_handover(person, handover.pk, action="go", fields={"b": "answered"}),
        lambda: services.migrate_type(actor, "migrations", "m", {}),
    ]
    results = at_once(lambda number: work[number]())
    assert [result for result in results if isinstance(result, Exception)] == []
    task.refresh_from_db()
    assert task.fields == {"b": "answered"}
    assert Event.objects.filter(task_id=task.pk, type="task.submitted").count() == 1
    fits = "c" in after
    moved = Event.objects.filter(task_id=task.pk, data__changes__has_key="type_version").count()
    assert (moved, task.type_version.number) in ([(1, 2), (0, 1)] if fits else [(0, 1)])


def test_edits_and_a_migration_lose_nothing(actor: Actor) -> None:
    tasks = [services.create_task(actor, {"container": "migrations", "type": "m"})[0] for _ in range(20)]
    push(actor, "a", "b", "c")

    def work(number: int) -> Any:
        if number == 0:
            return services.migrate_type(actor, "migrations", "m", {})
        for task in tasks:
            for _attempt in range(20):
                try:
                    services.edit_task(actor, task.pk, {"fields": {"ab"[number - 1]: "x"}})
                    break
                except Conflict:
                    continue
        return None

    results = at_once(work, 3)
    assert [result for result in results if isinstance(result, Exception)] == []
    services.migrate_type(actor, "migrations", "m", {})
    for task in Task.objects.select_related("type_version"):
        assert (task.type_version.number, task.fields) == (2, {"a": "x", "b": "x"})


def test_the_same_migration_from_many_is_one(actor: Actor) -> None:
    for _ in range(60):
        services.create_task(actor, {"container": "migrations", "type": "m"})
    push(actor, "a", "b", "c")
    results = at_once(lambda number: services.migrate_type(actor, "migrations", "m", {}), 4)
    assert [result for result in results if isinstance(result, Exception)] == []
    services.migrate_type(actor, "migrations", "m", {})
    assert set(Task.objects.values_list("type_version__number", flat=True)) == {2}
    moves = Event.objects.filter(data__changes__has_key="type_version")
    assert moves.count() == 60
    assert sum(TypeMigration.objects.values_list("converted", flat=True)) == 60
