"""The history tells of a link only to those who see both of its ends."""

import pytest

from apps.actors.actor import Actor
from apps.tasks import services, timeline
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Task

from .conftest import MakeTask

pytestmark = pytest.mark.django_db


def told(actor: Actor, task: Task) -> list[str]:
    return [event["type"] for event in timeline.task_events(TaskPermissions(actor, task))]


@pytest.mark.parametrize(("privacy", "tells"), [("inherit", True), ("application", False)])
def test_a_link_to_a_hidden_task_is_not_told(
    make: MakeTask, application_actor: Actor, member_actor: Actor, privacy: str, tells: bool
) -> None:
    task, other = make(), make(privacy=privacy)
    services.add_link(application_actor, task.pk, kind="relates", task=str(other.pk))
    assert "task.linked" in told(application_actor, task)
    assert ("task.linked" in told(member_actor, task)) is tells
