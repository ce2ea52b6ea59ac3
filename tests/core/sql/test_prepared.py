"""A prepared lookup gives what its queryset gives, without compiling it again."""

import threading
import uuid

import pytest
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Now
from django.db.models.sql.compiler import SQLCompiler

from apps.actors.models import ApiKey, Application
from apps.containers.models import Container
from apps.core.sql.prepared import Prepared
from tests.factories import make_container

pytestmark = pytest.mark.django_db


def keys_of(application: uuid.UUID, label: str) -> models.QuerySet[ApiKey]:
    live = Q(expires_at=None) | Q(expires_at__gt=Now())
    rows = ApiKey.objects.filter(live, application=application, label__in=[label, "always"])
    return rows.select_related("application").order_by("prefix")


@pytest.fixture
def applications() -> list[Application]:
    made = [Application.objects.create(name=name, title=name) for name in ("one", "two")]
    for index, application in enumerate(made):
        for label in ("a", "b", "always"):
            ApiKey.objects.create(application=application, prefix=f"{label}{index}", digest=b"\0\xff", label=label)
    return made


def test_rows_are_those_of_the_queryset(applications: list[Application]) -> None:
    prepared = Prepared(keys_of)
    for application in applications:
        for label in ("a", "b", "none"):
            expected = list(keys_of(application.pk, label))
            got = prepared.rows(application.pk, label)
            assert got == expected
            assert [bytes(row.digest) for row in got] == [bytes(row.digest) for row in expected]
            assert [row.created_at for row in got] == [row.created_at for row in expected]


def test_joined_rows_cost_no_query(
    applications: list[Application], django_assert_num_queries: pytest.FixtureRequest
) -> None:
    with django_assert_num_queries(1):
        row = Prepared(keys_of).first(applications[0].pk, "a")
        assert row is not None
        assert row.application == applications[0]


def test_rows_of_the_same_object_share_it(applications: list[Application]) -> None:
    rows = Prepared(keys_of).rows(applications[0].pk, "a")
    assert len({id(row) for row in rows}) == 2
    assert len({id(row.application) for row in rows}) == 1


def test_joins_follow_joins_and_may_be_empty(application: Application, container: Container) -> None:
    def containers(slug: str) -> models.QuerySet[Container]:
        return Container.objects.filter(slug=slug).select_related("application").order_by()

    desk = make_container("desk")
    assert Prepared(containers).first("desk").application is None
    assert Prepared(containers).rows(container.slug)[0].application == application
    assert desk.application is None


def test_a_value_may_be_a_part_of_a_text(applications: list[Application]) -> None:
    ApiKey.objects.update(label=f"of {applications[0].pk}, 100%")

    def labelled(id: uuid.UUID) -> models.QuerySet[ApiKey]:
        return ApiKey.objects.filter(label__contains=str(id)).exclude(label__endswith="99%").order_by("prefix")

    prepared = Prepared(labelled)
    assert len(prepared.rows(applications[0].pk)) == ApiKey.objects.count()
    assert prepared.rows(applications[1].pk) == []


def test_nothing_found() -> None:
    assert Prepared(keys_of).first(uuid.uuid4(), "a") is None


def test_it_is_compiled_once(applications: list[Application], monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = Prepared(keys_of)
    expected = prepared.rows(applications[0].pk, "a")
    monkeypatch.setattr(SQLCompiler, "as_sql", None)
    assert prepared.rows(applications[0].pk, "a") == expected


def test_key_chooses_the_shape(applications: list[Application]) -> None:
    prepared = Prepared(lambda most, application: keys_of(application, "a")[:most])
    assert len(prepared.rows(applications[0].pk, key=1)) == 1
    assert len(prepared.rows(applications[0].pk, key=2)) == 2


@pytest.mark.django_db(transaction=True)
def test_threads_share_it(applications: list[Application]) -> None:
    prepared, got = Prepared(keys_of), []
    prepared.rows(applications[0].pk, "a")

    def run() -> None:
        got.append(prepared.rows(applications[1].pk, "a"))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [list(keys_of(applications[1].pk, "a"))] * 4
