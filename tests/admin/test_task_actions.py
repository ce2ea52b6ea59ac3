"""Named actions on tasks: the services' rules, a reason, and an event."""

import pytest

from apps.automation.queue import failure
from apps.containers.models import Membership
from apps.containers.services import put_type
from apps.events.models import Event
from apps.tasks import services
from apps.tasks.models import Task

PAGE = "/admin/tasks/task/"


@pytest.fixture
def task(container, application_actor):
    put_type(application_actor, "migrations", "migration", {})
    body = {"container": "migrations", "type": "migration", "title": "Move orders"}
    return services.create_task(application_actor, body)[0]


@pytest.fixture
def works(container, operator):
    Membership.objects.create(container=container, user=operator, role="contributor")


def run(client, action, task, **more):
    return client.post(PAGE, {"action": action, "_selected_action": [str(task.pk)], **more}, follow=True)


@pytest.mark.usefixtures("works")
def test_cancel_asks_why_and_says_so(operator_client, task):
    assert "Reason" in run(operator_client, "cancel", task).content.decode()
    task.refresh_from_db()
    assert task.status == "new"
    run(operator_client, "cancel", task, reason="Not needed")
    task.refresh_from_db()
    assert task.status == "canceled"
    assert task.notes.get().text == "Not needed"
    assert Event.objects.filter(task_id=task.pk, type="task.status_changed", actor="user:operator").exists()


@pytest.mark.usefixtures("works")
def test_retry(operator_client, task, application_actor):
    services.start_task(application_actor, task.pk)
    failure.fail_task(application_actor, task.pk, error={"name": "lost", "recoverable": False})
    run(operator_client, "retry", task, reason="Disk is free again")
    task.refresh_from_db()
    assert task.status == "retried"
    newest = Task.objects.get(pk=task.newest)
    assert newest.notes.get().text == "Disk is free again"


@pytest.mark.usefixtures("works")
def test_skip(operator_client, task):
    run(operator_client, "skip", task, reason="Not needed")
    task.refresh_from_db()
    assert task.is_skipped
    assert task.notes.get().text == "Not needed"


@pytest.mark.usefixtures("works")
def test_what_the_services_refuse_is_a_message(operator_client, task):
    assert "1 retried" not in run(operator_client, "retry", task, reason="x").content.decode()


def test_viewers_may_look_only(operator_client, operator, container, task):
    Membership.objects.create(container=container, user=operator, role="viewer")
    run(operator_client, "cancel", task, reason="x")
    task.refresh_from_db()
    assert task.status == "new"


def test_nothing_happens_to_what_is_hidden(operator_client, task):
    run(operator_client, "cancel", task, reason="x")
    task.refresh_from_db()
    assert task.status == "new"


def test_row_that_is_no_id_is_a_bad_request(root_client):
    form = {"action": "cancel", "_selected_action": "MIG-00000", "reason": "Because"}
    assert root_client.post("/admin/tasks/task/", form).status_code == 400
