"""Edits never let a task begin before its time, nor change an attempt that was retried."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.containers.models import Container
from apps.containers.services.types import put_builtin
from apps.core.errors import Conflict
from apps.tasks import services
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Task

from .conftest import MakeTask

pytestmark = pytest.mark.django_db
LATER = timezone.now() + timedelta(days=1)


@pytest.fixture
def card(desk: Container, member_actor: Actor) -> Task:
    put_builtin(desk)
    return services.create_task(member_actor, {"container": "desk", "title": "Card"})[0]


def test_start_and_privacy_in_one_call_keep_the_start(make: MakeTask, application_actor: Actor) -> None:
    task = make(function="f")
    assert task.queued
    services.edit_task(application_actor, task.key, {"start_at": LATER, "privacy": "restricted"})
    task.refresh_from_db()
    assert (task.start_at, task.privacy, task.queued) == (LATER, "restricted", False)


def test_card_does_not_begin_before_its_start(card: Task, member_actor: Actor) -> None:
    services.edit_task(member_actor, card.key, {"start_at": LATER})
    with pytest.raises(Conflict):
        services.edit_task(member_actor, card.key, {"stage": "doing"})
    assert services.reachable_stages(TaskPermissions(member_actor, Task.objects.get(pk=card.pk))) == ["done"]


def test_a_write_to_a_retried_attempt_is_of_its_newest_task(card: Task, member_actor: Actor) -> None:
    Task.objects.filter(pk=card.pk).update(status="failed")
    newest = services.retry_task(member_actor, card.key)
    assert services.edit_task(member_actor, str(card.pk), {"title": "Again"}).pk == newest.pk
    assert Task.objects.get(pk=card.pk).title == "Card"
