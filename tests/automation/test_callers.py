"""Other applications that may create tasks of a function: they make them, see them, and nothing else."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.actors.models import Application
from apps.automation.functions import services
from apps.containers.models import Container, Membership
from apps.core.errors import Forbidden, Invalid
from apps.events.models import Event
from apps.tasks import access
from apps.tasks.services import create_task

pytestmark = pytest.mark.django_db
CALL = {"container": "app-migrator", "function": "copy", "title": "Copy", "data": {"rows": 5}, "priority": 3}


@pytest.fixture
def caller(application_actor: Actor, other_application_actor: Actor) -> Actor:
    services.put_function(application_actor, "copy", {"callers": ["application:billing", "application:billing"]})
    return other_application_actor


def test_caller_makes_a_task_and_sees_it(caller: Actor, application: Application, application_actor: Actor) -> None:
    task, _ = create_task(caller, CALL)
    assert (task.application_id, task.created_by_application_id) == (application.pk, caller.id)
    assert (task.function, task.data, task.priority, task.queued) == ("copy", {"rows": 5}, 3, True)
    assert access.get_task(caller, task.pk) == access.get_task(application_actor, task.pk) == task


def test_caller_sees_nothing_else_there(caller: Actor, application_actor: Actor) -> None:
    own, _ = create_task(application_actor, {"title": "Mine", "function": "copy"})
    assert not access.visible_to(caller).filter(pk=own.pk).exists()


@pytest.mark.parametrize("change", [{"function": "other"}, {"function": None}])
def test_caller_makes_tasks_of_that_function_alone(caller: Actor, application_actor: Actor, change: Any) -> None:
    services.put_function(application_actor, "other", {})
    with pytest.raises(Forbidden):
        create_task(caller, {**CALL, **change})


def test_others_find_no_such_container(application_actor: Actor, other_application_actor: Actor) -> None:
    services.put_function(application_actor, "copy", {})
    create_task(application_actor, {"title": "Mine"})
    with pytest.raises(Invalid, match="no such container"):
        create_task(other_application_actor, CALL)


def test_caller_says_nothing_that_is_the_owners(caller: Actor) -> None:
    for name, value in (("reporter", "user:ana"), ("app_readable", False), ("privacy", "application"), ("tags", ["a"])):
        with pytest.raises(Forbidden):
            create_task(caller, {**CALL, name: value})


def test_in_other_containers_a_role_is_needed(caller: Actor, container: Container) -> None:
    with pytest.raises(Invalid):
        create_task(caller, {**CALL, "container": container.slug})


def test_who_is_no_caller_any_more_makes_none(caller: Actor, application_actor: Actor) -> None:
    made, _ = create_task(caller, CALL)
    services.put_function(application_actor, "copy", {})
    with pytest.raises(Invalid):
        create_task(caller, CALL)
    assert not Membership.objects.filter(application=caller.id).exists()
    assert not access.visible_to(caller).filter(pk=made.pk).exists()


def test_caller_of_two_functions_stays_one(caller: Actor, application_actor: Actor) -> None:
    services.put_function(application_actor, "other", {"callers": ["application:billing"]})
    services.put_function(application_actor, "other", {"callers": []})
    create_task(caller, CALL)
    services.delete_function(application_actor, "other")
    assert Membership.objects.filter(application=caller.id).count() == 1


def test_no_callers_need_no_container(application_actor: Actor) -> None:
    services.put_function(application_actor, "copy", {})
    services.put_function(application_actor, "copy", {"description": "x"})
    assert not Container.objects.filter(slug="app-migrator").exists()


def test_events_of_it_name_the_caller(caller: Actor) -> None:
    task, _ = create_task(caller, CALL)
    assert Event.objects.get(task_id=task.pk).actor == "application:billing"
