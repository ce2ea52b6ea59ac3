"""Conditions that are looked up: they hold where the plain ones hold."""

import pytest
from django.db import connection
from django.db.models import OuterRef, Q

from apps.actors.models import Team, User
from apps.core.sql.lookups import LookedUp, PickedBy
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[User]:
    teams = [make_team("a"), make_team("b")]
    return [make_user("none"), make_user("one", teams[0]), make_user("both", *teams)]


def in_team(slug: str) -> LookedUp:
    return LookedUp(Team.objects.filter(slug=slug, members=OuterRef("pk")))


def names(*conditions: object) -> list[str]:
    return list(User.objects.filter(*conditions).order_by("id").values_list("username", flat=True))


def test_looked_up(people: list[User]) -> None:
    assert names(in_team("a")) == ["one", "both"]
    assert names(in_team("b")) == ["both"]
    assert names(~in_team("b")) == ["none", "one"]
    assert names(Q(in_team("b")) | Q(username="none")) == ["none", "both"]


def test_picked_by(people: list[User]) -> None:
    first = User.objects.order_by("-username")[:1].values("pk")
    last = User.objects.order_by("username")[:1].values("pk")
    assert names(PickedBy("pk", first)) == ["one"]
    assert names(~Q(PickedBy("pk", first))) == ["none", "both"]
    assert names(Q(PickedBy("pk", first)) | Q(PickedBy("pk", last))) == ["one", "both"]
    assert names(PickedBy("pk", User.objects.none().values("pk"))) == []


def test_picked_by_a_union_that_names_the_same_twice(people: list[User]) -> None:
    rows = [User.objects.filter(username=name).values("pk") for name in ("one", "one", "both")]
    assert names(PickedBy("pk", rows[0].union(*rows[1:], all=True))) == ["one", "both"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="plans of PostgreSQL")
def test_rows_are_looked_up_one_by_one(people: list[User]) -> None:
    plan = User.objects.filter(Q(in_team("a")) | Q(username="none")).explain()
    assert "SubPlan" in plan
    assert "hashed" not in plan
