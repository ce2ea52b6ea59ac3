"""A function, a type and tasks of the application that owns the container."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.automation.functions import services
from apps.automation.models import Function
from apps.containers.models import Container, TaskType, TypeVersion
from apps.containers.type_document.accept import accept_type
from apps.containers.type_document.spec import parse
from apps.tasks.models import Task
from apps.tasks.services import create_task

TYPE: dict[str, Any] = {
    "schema": {
        "type": "object",
        "properties": {
            "rows": {"type": "integer", "minimum": 0},
            "secret": {"type": "string", "x-taskhub": {"read": ["manager"], "write": ["manager"]}},
            "seen": {"type": "string", "x-taskhub": {"write": ["manager"]}},
        },
    }
}


@pytest.fixture
def kind(container: Container, application_actor: Actor) -> TypeVersion:
    return make_type(container, application_actor, "copy", TYPE)


def make_type(container: Container, actor: Actor, name: str, body: dict[str, Any]) -> TypeVersion:
    """The first version of a type."""
    spec = accept_type(body, name=name, container=container, actor=actor)
    kind = TaskType.objects.create(container=container, name=name, title=name.title())
    stage_map = parse(spec, 1).stage_map
    version = TypeVersion.objects.create(type=kind, number=1, spec=spec, stage_map=stage_map, pushed_by="test")
    TaskType.objects.filter(pk=kind.pk).update(current=version)
    return version


@pytest.fixture
def function(application_actor: Actor) -> Function:
    return services.put_function(application_actor, "copy", {})[0]


MakeTask = Callable[..., Task]


@pytest.fixture
def make_task(application_actor: Actor, container: Container, kind: TypeVersion, function: Function) -> MakeTask:
    """A task for the function `copy`; keywords are the body's."""

    def make(**body: Any) -> Task:
        body = {"container": container.slug, "type": "copy", "title": "Copy", "function": "copy", **body}
        return create_task(application_actor, body)[0]

    return make
