"""What is found another way, to read less, is what is visible: lists of those who see few, lists by status, words."""

import pytest
from django.db.models import QuerySet

from apps.actors.actor import Actor
from apps.tasks import access, queries
from apps.tasks.models import SearchText, Task
from apps.tasks.search import matching, matching_text
from tests.factories import make_container

from .conftest import MakeTask
from .test_visibility import World

pytestmark = pytest.mark.django_db
SEEDS = 12
QUERIES = [
    "alpha",
    "alp",
    "alpha beta",
    "alpha -beta",
    "alpha or gamma",
    "-alpha gamma",
    '"alpha beta"',
    "nowhere",
    "-",
]


def test_lists_have_all_that_is_visible() -> None:
    narrowed = 0
    for seed in range(SEEDS):
        world = World(seed)
        for actor in world.actors():
            visible = set(access.visible_to(actor))
            assert set(queries.listed_for(actor)) == visible, (seed, str(actor))
            for container in world.containers:
                there = {task for task in visible if task.container_id == container.pk}
                assert set(queries.listed_for(actor, container.slug).filter(container=container)) == there
                narrowed += bool(there) and not access.views_any(actor, container.slug)
    assert narrowed >= SEEDS, "too few see few"


def test_who_views_nothing_is_known_by_one_statement(
    stranger_actor: Actor, member_actor: Actor, container: object, django_assert_num_queries
) -> None:
    for actor, slug, views in [
        (stranger_actor, "migrations", False),
        (stranger_actor, "nowhere", False),
        (stranger_actor, None, False),
        (member_actor, "migrations", True),
        (member_actor, None, True),
    ]:
        with django_assert_num_queries(1):
            assert access.views_any(actor, slug) is views


@pytest.mark.parametrize("down", [False, True])
def test_merged_lists_are_the_list(make: MakeTask, application_actor: Actor, down: bool) -> None:
    for number, status in enumerate(["new", "complete", "new", "failed", "complete", "new", "canceled"]):
        Task.objects.filter(pk=make(title=str(number)).pk).update(status=status)
    rows = queries.tasks_for(application_actor).order_by("-id" if down else "id")

    def cut(some: "QuerySet[Task]") -> list[Task]:
        parts = [some.filter(status=status)[:4] for status in ("new", "complete", "failed", "canceled")]
        return list(queries.merged(parts).order_by(*some.query.order_by)[:4])

    first = cut(rows)
    assert first == list(rows[:4])
    further = rows.filter(**{"pk__lt" if down else "pk__gt": first[-1].pk})
    assert cut(further) == list(further[:4]) != []


@pytest.mark.parametrize("query", QUERIES)
def test_common_words_find_what_rare_ones_find(
    make: MakeTask, member_actor: Actor, stranger_actor: Actor, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    make_container("other")
    for title in ("alpha", "alpha beta", "beta alpha", "gamma", "alpha gamma"):
        make(title=title)
    make(title="alpha", privacy="application")
    assert SearchText.objects.count() == 6

    def found(most: int) -> list[set[str]]:
        monkeypatch.setattr(matching, "MOST_FOUND", most)
        return [
            {task.title for task in access.visible_to(actor).filter(matching_text(actor, query))}
            for actor in (member_actor, stranger_actor)
        ]

    rare = found(1000)
    assert found(0) == found(2) == rare
    assert rare[1] == set()
    assert bool(rare[0]) == (query not in ("nowhere", "-"))
