"""The transitions are those of the domain, no more and no less; services are safe against the second comer."""

import pytest

from apps.actors.actor import SYSTEM, Actor
from apps.core.errors import Conflict, VersionMismatch
from apps.events.models import Event
from apps.events.unit_of_work import unit_of_work
from apps.tasks import lifecycle, services
from apps.tasks.access import TaskPermissions, get_task
from apps.tasks.lifecycle import Status
from apps.tasks.models import Task
from apps.tasks.rendering import version_of
from apps.tasks.services import writing

from .conftest import MakeTask

pytestmark = pytest.mark.django_db

DOMAIN = """
new in_progress
in_progress new
in_progress complete
in_progress retried
in_progress failed
in_progress handed_over
in_progress canceled
new handed_over
new complete
new failed
handed_over complete
handed_over new
handed_over in_progress
handed_over failed
handed_over canceled
new canceled
new aborted
in_progress aborted
handed_over aborted
failed retried
complete new
failed new
canceled new
"""


def test_edges_are_those_of_the_domain() -> None:
    wanted = {tuple(line.split()) for line in DOMAIN.strip().splitlines()}
    assert {(str(source), str(target)) for source, target in lifecycle.edges()} == wanted


@pytest.mark.parametrize("status", Status.values)
@pytest.mark.parametrize("name", ["start", "release", "complete", "fail", "replace", "hand_over", "cancel", "reopen"])
def test_what_is_not_declared_is_a_conflict(status: str, name: str) -> None:
    task = Task(status=status)
    target = {"start": "in_progress", "release": "new", "complete": "complete", "fail": "failed"}
    target |= {"replace": "retried", "hand_over": "handed_over", "cancel": "canceled", "reopen": "new"}
    if (status, target[name]) in {(str(a), str(b)) for a, b in lifecycle.edges()} and lifecycle.may(task, name):
        lifecycle.move(task, name)
        assert task.status == target[name]
        return
    with pytest.raises(Conflict) as refused:
        lifecycle.move(task, name)
    assert (refused.value.code == "already_ended") == (status in {str(s) for s in lifecycle.ENDED})


def test_second_comer_changes_nothing(make: MakeTask, django_assert_num_queries: object) -> None:
    task = make()
    first, second = Task.objects.get(pk=task.pk), Task.objects.get(pk=task.pk)
    with unit_of_work():
        writing.move(first, "start", actor=SYSTEM)
    events = Event.objects.count()
    with pytest.raises(Conflict), unit_of_work():
        writing.move(second, "cancel", actor=SYSTEM)
    assert Task.objects.get(pk=task.pk).status == "in_progress"
    assert Event.objects.count() == events


def test_stale_version_is_refused(make: MakeTask, application_actor: Actor) -> None:
    task = make()
    version = version_of(TaskPermissions(application_actor, get_task(application_actor, task.key)))
    services.edit_task(application_actor, task.key, {"title": "b"}, if_match=version)
    with pytest.raises(VersionMismatch):
        services.edit_task(application_actor, task.key, {"title": "c"}, if_match=version)
    assert Task.objects.get(pk=task.pk).title == "b"


def test_stage_follows_the_status(make: MakeTask, application_actor: Actor) -> None:
    task = make()
    assert task.stage == "todo"
    assert services.start_task(application_actor, task.key).stage == "doing"
    assert services.complete_task(application_actor, task.key, result={"n": 1}).stage == "done"
    assert services.reopen_task(application_actor, task.key).stage == "todo"


def test_events_rise_within_a_task(make: MakeTask, application_actor: Actor) -> None:
    task = make()
    services.start_task(application_actor, task.key)
    services.complete_task(application_actor, task.key, fields={"rows": 4}, note="done")
    rows = Event.objects.filter(task_id=task.pk).order_by("sequence")
    assert [row.type for row in rows] == [
        "task.created", "task.status_changed", "task.updated", "task.noted", "task.status_changed",
    ]  # fmt: skip
    assert len({row.sequence for row in rows}) == 5


def test_secret_values_never_reach_the_log(make: MakeTask, application_actor: Actor) -> None:
    task = make()
    services.edit_task(application_actor, task.key, {"fields": {"secret": "hunter2"}})
    assert "hunter2" not in str(list(Event.objects.values_list("data", flat=True)))
