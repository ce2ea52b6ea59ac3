"""Two manifests at once: each is applied whole, one after the other."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.actors.references import actor_of_application
from apps.automation.manifest import apply_manifest
from apps.automation.models import Function
from apps.containers.models import Container, TypeVersion
from tests import factories
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def actor() -> Actor:
    return actor_of_application(factories.make_application("migrator"))


def document(number: int) -> Any:
    """The same things, each saying who pushed it; written in another order by every other."""
    said = {"title": f"Push {number}"}
    names = ["a", "b", "c"][:: 1 if number % 2 else -1]
    return {
        "functions": {name: {"description": said["title"]} for name in names},
        "containers": {name: {**said, "types": {"task": said}} for name in names},
    }


@pytest.mark.parametrize("round_", range(3))
def test_what_stands_in_the_end_is_one_document(actor: Actor, round_: int) -> None:
    results = at_once(lambda number: apply_manifest(actor, document(number)), 4)
    assert [result for result in results if isinstance(result, Exception)] == []
    titles = {
        *Container.objects.values_list("title", flat=True),
        *Function.objects.values_list("description", flat=True),
    }
    assert len(titles) == 1
    for slug in "abc":
        numbers = TypeVersion.objects.filter(type__container__slug=slug).values_list("number", flat=True)
        assert sorted(numbers) == [1, 2, 3, 4]


def test_trials_beside_a_push_leave_nothing(actor: Actor) -> None:
    results = at_once(lambda number: apply_manifest(actor, document(number), dry_run=number > 0), 4)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert set(Container.objects.values_list("title", flat=True)) == {"Push 0"}
    assert TypeVersion.objects.count() == 3
