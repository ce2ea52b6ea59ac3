"""A field that names a user, a team or a task holds only what its writer can see; money is an amount."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.actors.models import Application, Team, User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.core.errors import SchemaViolation
from apps.tasks import services
from apps.tasks.models import Task

from .conftest import SHAPE, MakeTask

pytestmark = pytest.mark.django_db

TEXT = {"type": "string"}
FIELDS: dict[str, Any] = {
    "keeper": {**TEXT, "x-taskhub": {"kind": "user"}},
    "crew": {**TEXT, "x-taskhub": {"kind": "team"}},
    "after": {"type": "array", "items": {**TEXT, "x-taskhub": {"kind": "task"}}},
    "price": {"type": ["string", "number"], "x-taskhub": {"kind": "money"}},
}


@pytest.fixture
def make_with(application_actor: Actor, container: Container) -> MakeTask:
    schema = {"type": "object", "properties": FIELDS}
    document = {**SHAPE, "schema": schema, "create": {"by": "requester", "fields": list(FIELDS)}, "failover": None}
    put_type(application_actor, container.slug, "kinds", document)

    def create(**fields: Any) -> Task:
        body = {"container": container.slug, "type": "kinds", "title": "T", "fields": fields}
        return services.create_task(application_actor, body)[0]

    return create


GOOD = {"keeper": "user:member", "crew": "team:dba", "price": "12.50 EUR"}
WRONG = [
    {"keeper": "user:nobody"}, {"keeper": "member"}, {"keeper": "team:dba"}, {"keeper": "user:gone"},
    {"keeper": "user:a\x01b"}, {"crew": "team:nobody"}, {"crew": "user:member"}, {"price": "12,50"},
    {"price": "twelve"}, {"price": "1 eur"}, {"price": "NaN"}, {"price": "1e3"}, {"after": ["NOT-ATASK"]},
    {"after": ["0193aaaa-0000-7000-8000-000000000000"]},
]  # fmt: skip


@pytest.fixture(autouse=True)
def people(member: User, team: Team) -> None:
    User.objects.create(username="gone", is_active=False)


@pytest.mark.parametrize("fields", [*({name: value} for name, value in GOOD.items()), {"price": 3.5}, {"price": "-1"}])
def test_what_exists_is_taken(make_with: MakeTask, application_actor: Actor, fields: dict[str, Any]) -> None:
    assert make_with(**fields).fields == fields
    assert services.edit_task(application_actor, make_with().key, {"fields": fields}).fields == fields


@pytest.mark.parametrize("fields", WRONG)
def test_what_does_not_exist_is_refused(make_with: MakeTask, application_actor: Actor, fields: dict[str, Any]) -> None:
    (name,) = fields
    task = make_with()
    for write in (
        lambda: make_with(**fields),
        lambda: services.edit_task(application_actor, task.key, {"fields": fields}),
    ):
        with pytest.raises(SchemaViolation) as refused:
            write()
        assert [problem.pointer for problem in refused.value.errors] == [f"/fields/{name}"]


def test_task_is_named_by_id_or_key(make_with: MakeTask) -> None:
    one, other = make_with(), make_with()
    names = [str(one.pk), str(other.key).lower()]
    assert make_with(after=names).fields == {"after": names}


def test_hidden_task_is_refused_like_an_absent_one(
    make_with: MakeTask, other_application: Application, other_application_actor: Actor
) -> None:
    hidden, _ = services.create_task(other_application_actor, {"title": "Hidden"})
    with pytest.raises(SchemaViolation) as refused:
        make_with(after=[str(hidden.pk)])
    assert refused.value.errors[0].detail == "There is no such task."


def test_value_that_stays_is_not_judged_anew(make_with: MakeTask, application_actor: Actor, member: User) -> None:
    task = make_with(**GOOD)
    User.objects.filter(pk=member.pk).update(is_active=False)
    edited = services.edit_task(application_actor, task.key, {"fields": {**GOOD, "price": "13"}})
    assert edited.fields == {**GOOD, "price": "13"}
