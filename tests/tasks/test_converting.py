"""A task of one version as a task of another: one line a case."""

from typing import Any

import pytest

from apps.actors.references import actor_of_application
from apps.containers import services as containers
from apps.containers.models import Container, TypeVersion
from apps.tasks import access, services
from apps.tasks.access import TaskPermissions
from apps.tasks.services.type_migration.convert import Conversion, convert
from apps.tasks.services.type_migration.orders import Orders

Json = dict[str, Any]
TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def shape(required: tuple[str, ...] = (), /, **properties: Any) -> Json:
    return {"schema": {"type": "object", "properties": properties, "required": list(required)}}


@pytest.fixture
def converted(container: Container) -> Any:
    """Push `old`, make a task, push `new`: what would become of it."""
    assert container.application
    actor = actor_of_application(container.application)

    def run(old: Json, new: Json, fields: Json, *, orders: Orders | None = None, **said: Any) -> Conversion:
        containers.put_type(actor, "migrations", "m", old)
        body = {"container": "migrations", "type": "m", "fields": fields, **said}
        task, _made = services.create_task(actor, body)
        version: TypeVersion = containers.put_type(actor, "migrations", "m", new)[0]
        return convert(TaskPermissions(actor, access.get_task(actor, task.pk)), version, orders or Orders())

    return run


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        (shape(a=TEXT), shape(a=TEXT, b=TEXT), {"a": "x"}, {"a": "x"}),
        (shape(a=TEXT, b=TEXT), shape(a=TEXT), {"a": "x", "b": ""}, {"a": "x"}),
        (shape(a=NUMBER), shape(a=TEXT), {"a": 7}, {"a": "7"}),
        (shape(a=TEXT), shape(a=NUMBER), {"a": "7"}, {"a": 7}),
        (shape(a=TEXT), shape(a={"type": "number"}), {"a": "7.5"}, {"a": 7.5}),
        (shape(a={"type": "number"}), shape(a=NUMBER), {"a": 7.0}, {"a": 7}),
        (shape(a=TEXT), shape(a={"type": "array", "items": TEXT}), {"a": "x"}, {"a": ["x"]}),
        (shape(a={"type": "array", "items": TEXT}), shape(a=TEXT), {"a": ["x"]}, {"a": "x"}),
        (shape(a=TEXT), shape(("b",), a=TEXT, b={**TEXT, "default": "y"}), {"a": "x"}, {"a": "x", "b": "y"}),
    ],
)
def test_values_that_convert(converted: Any, old: Json, new: Json, before: Json, after: Json) -> None:
    result = converted(old, new, before)
    assert (result.problems, result.fields) == ([], after)


@pytest.mark.parametrize(
    ("old", "new", "before", "problem"),
    [
        (shape(a=TEXT, b=TEXT), shape(a=TEXT), {"b": "x"}, ("/fields/b", "gone")),
        (shape(a=TEXT), shape(("b",), a=TEXT, b=TEXT), {"a": "x"}, ("/fields/b", "required")),
        (shape(a=TEXT), shape(a=NUMBER), {"a": "007"}, ("/fields/a", "type")),
        (shape(a=TEXT), shape(a={"type": "boolean"}), {"a": "true"}, ("/fields/a", "type")),
        (shape(a=TEXT), shape(a={**TEXT, "maxLength": 2}), {"a": "xyz"}, ("/fields/a", "maxLength")),
        (shape(a={"type": "array", "items": TEXT}), shape(a=TEXT), {"a": ["x", "y"]}, ("/fields/a", "type")),
    ],
)
def test_values_that_need_a_person(
    converted: Any, old: Json, new: Json, before: Json, problem: tuple[str, str]
) -> None:
    result = converted(old, new, before)
    assert [(p.pointer, p.code) for p in result.problems] == [problem]


def test_what_the_author_orders(converted: Any) -> None:
    orders = Orders(drop=("b",), values={"c": 5})
    result = converted(shape(a=TEXT, b=TEXT), shape(("c",), a=TEXT, c=NUMBER), {"b": "x"}, orders=orders)
    assert (result.problems, result.fields) == ([], {"c": 5})
    assert result.changes == {"fields.b": ["x", None], "fields.c": [None, 5]}


def test_privacy_that_became_too_wide(converted: Any) -> None:
    result = converted({}, {"min_privacy": "restricted"}, {})
    assert [(p.pointer, p.code) for p in result.problems] == [("/privacy", "too_wide")]


STAGES = [{"name": "first", "status": "new"}, {"name": "later"}, {"name": "end", "status": "complete"}]


@pytest.mark.parametrize(
    ("new", "orders", "stage"),
    [
        ([*STAGES, {"name": "more"}], {}, "first"),
        ([{"name": "begin", "status": "new"}], {}, "begin"),
        ([{"name": "todo"}, {"name": "done", "status": "complete"}], {}, "todo"),
        ([{"name": "first", "status": "complete"}, {"name": "open", "status": "new"}], {}, "open"),
        ([{"name": "begin", "status": "new"}, {"name": "b"}], {"first": "b"}, "b"),
        ([{"name": "over", "status": "complete", "category": "done"}], {}, None),
        ([{"name": "begin", "status": "new"}, {"name": "b", "status": "complete"}], {"first": "b"}, None),
    ],
)
def test_stages(converted: Any, new: list[Json], orders: Json, stage: str | None) -> None:
    result = converted({"stages": STAGES}, {"stages": new}, {}, orders=Orders(stages=orders))
    if stage is None:
        assert [(p.pointer, p.code) for p in result.problems] == [("/stage", "stage")]
    else:
        assert (result.problems, result.stage) == ([], stage)
