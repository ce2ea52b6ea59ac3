"""Only what its author could see may shape an answer: random documents and hidden values, in sequences of calls."""

from collections.abc import Iterable
from random import Random
from typing import Any

import pytest

from apps.actors.models import User
from apps.automation.actions import changes
from apps.containers.models import Container, TypeVersion
from apps.containers.type_document import unread
from apps.core import caches
from apps.tasks import access
from apps.tasks.models import Task
from apps.tasks.services import values
from apps.tasks.services.type_migration import convert
from tests.api.world import Caller, Json
from tests.factories import make_container

from .authors import World, answers, hidden_state, script

PEOPLE, CONDITIONS, APPLICATION = (0, 1, 3, 17), (7, 8, 9), (1, 2, 90)
"""Seeds of the short form. Among them are some that find each of the guards which are taken out below."""
LONG, LENGTH = range(1000, 1400), 14
OWN: Json = {"x-taskhub": {"read": ["reporter"], "write": ["reporter"]}}
Place = tuple[World, list[Json]]


@pytest.fixture
def people(owner: User, member: User, stranger: User, desk: Container) -> Place:
    """A container of people: its manager publishes types, and a contributor has fields of their own."""
    make_container("mine", manager=owner)
    world = World("people", "desk", Caller(user=owner), Caller(user=member), OWN, publishes=True)
    return world, _begin(world, world.author)


@pytest.fixture
def conditions(owner: User, member: User, stranger: User, desk: Container, fresh_caches: None) -> Place:
    """The same with a live type, of long ago, that judges a field by one that its manager does not read."""
    world = World("conditions", "desk", Caller(user=owner), Caller(user=member), OWN, publishes=False)
    _begin(world, world.author)
    version = TypeVersion.objects.get(type__name="card")
    version.spec["schema"] |= {
        "if": {"properties": {"pay": {"const": 4711}}, "required": ["pay"]},
        "then": {"properties": {"note": {"const": "x"}}},
    }
    version.save()
    caches.clear_all()
    return world, [{"id": str(pk)} for pk in Task.objects.values_list("pk", flat=True)]


@pytest.fixture
def application(worker: str, container: Container, owner: User, stranger: User) -> Place:
    """A container of an application: a manager publishes rules there, and some fields are the application's alone."""
    hidden = {"x-taskhub": {"read": ["application"], "write": ["application"]}}
    world = World("application", "migrations", Caller(user=owner), Caller(key=worker), hidden, publishes=False)
    return world, _begin(world, world.owner)


def _begin(world: World, publisher: Caller) -> list[Json]:
    answer = publisher.put(f"{world.path}/types/card", world.type_document())
    assert answer.status_code == 201, answer.content
    body = {"container": world.slug, "type": "card", "title": "A card", "fields": {"note": "x", "list": ["x"]}}
    return [world.owner.made("/tasks", body) for _ in range(2)]


def differences(world: World, tasks: list[Json], seed: int, length: int = LENGTH) -> list[tuple[str, str]]:
    random = Random(seed)
    steps = script(random, world, tasks, length)
    one, other = (answers(world, tasks, hidden_state(random, world, tasks), steps) for _ in range(2))
    return [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]


def check(place: Place, seeds: Iterable[int], length: int = LENGTH) -> None:
    for seed in seeds:
        different = differences(*place, seed, length)
        assert not different, f"seed {seed}:\n{different[0][0]}\n{different[0][1]}"


@pytest.fixture(autouse=True)
def unlimited(settings: Any) -> None:
    settings.PERSON_WRITES_PER_MINUTE = 0


def test_in_a_container_of_people(people: Place) -> None:
    check(people, PEOPLE)


def test_in_a_container_of_an_application(application: Place) -> None:
    check(application, APPLICATION)


def test_in_a_container_with_a_condition_across_fields(conditions: Place) -> None:
    check(conditions, CONDITIONS)


# --- Each guard is needed: without it a seed of the short form finds a difference -----------------------


def test_a_migration_under_narrower_rules_is_found(people: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "wrong_rules", lambda *_: iter(()))
    monkeypatch.setattr(access, "require_reader_of_changes", lambda *_: None)
    monkeypatch.setattr(convert, "visible_fields", access.field_access)
    assert differences(*people, seed=3)


def test_a_move_that_depends_on_a_hidden_value_is_found(people: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "require_carrier", lambda *_: None)
    monkeypatch.setattr(convert, "visible_fields", access.field_access)
    assert differences(*people, seed=17)


def test_a_condition_on_a_hidden_value_is_found(conditions: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "visible_fields", access.field_access)
    assert differences(*conditions, seed=9)


def test_items_that_are_added_to_a_hidden_value_are_found(application: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "visible_values", lambda permissions: permissions.task.fields)
    assert differences(*application, seed=90)


@pytest.mark.long
@pytest.mark.parametrize("start", range(LONG.start, LONG.stop, 100))
def test_many_with_conditions(conditions: Place, start: int) -> None:
    check(conditions, range(start, start + 100), 30)


@pytest.mark.long
@pytest.mark.parametrize("start", range(LONG.start, LONG.stop, 100))
def test_many_of_people(people: Place, start: int) -> None:
    check(people, range(start, start + 100), 30)


@pytest.mark.long
@pytest.mark.parametrize("start", range(LONG.start, LONG.stop, 100))
def test_many_of_an_application(application: Place, start: int) -> None:
    check(application, range(start, start + 100), 30)
