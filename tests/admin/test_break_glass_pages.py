"""Break-glass in the administration and on the page of the task that it opens."""

import pytest

from apps.actors.references import actor_of_user
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import BreakGlass
from tests.factories import make_user

ADD = "/admin/tasks/breakglass/add/"


@pytest.fixture
def task(container, application_actor):
    put_type(application_actor, "migrations", "migration", {"schema": {"type": "object", "properties": {}}})
    ana = make_user("ana")
    body = {"container": "migrations", "type": "migration", "title": "Own affair", "reporter": ana.reference}
    return services.create_task(application_actor, {**body, "privacy": "private", "private_to": ana.reference})[0]


def opening(client, task, more=None):
    return client.post(ADD, {"task": task.key, "reason": "Ana is ill", "minutes": 10, **(more or {})})


def test_it_opens_the_task_and_says_so(root_client, task):
    page = f"/tasks/{task.key}/"
    assert root_client.get(page).status_code == 404
    assert "Its people get a notice" in root_client.get(ADD).content.decode()
    assert opening(root_client, task).headers["Location"] == page
    html = root_client.get(page).content.decode()
    for text in ("Own affair", "You look at this task as an administrator", "Your reason: Ana is ill", "Stop looking"):
        assert text in html
    assert "follow/" not in html
    assert "/notes/" not in html


def test_it_is_closed_by_its_button(root_client, task):
    opening(root_client, task)
    root_client.post(f"/tasks/{task.key}/stop-looking/")
    assert root_client.get(f"/tasks/{task.key}/").status_code == 404
    assert BreakGlass.objects.get().ended_at is not None


def test_it_is_closed_from_the_list(root_client, task):
    opening(root_client, task)
    assert task.key in root_client.get("/admin/tasks/breakglass/").content.decode()
    form = {"action": "close", "_selected_action": [str(BreakGlass.objects.get().pk)]}
    root_client.post("/admin/tasks/breakglass/", form)
    assert root_client.get(f"/tasks/{task.key}/").status_code == 404


@pytest.mark.parametrize("more", [{"reason": ""}, {"minutes": 61}, {"minutes": 0}, {"task": "MIG-00000"}])
def test_it_wants_a_task_a_reason_and_an_hour_at_most(root_client, task, more):
    opening(root_client, task, more)
    assert not BreakGlass.objects.exists()


def test_operators_and_people_do_not_open(operator_client, people_client, task):
    for client in (operator_client, people_client):
        assert client.get("/admin/tasks/breakglass/").status_code == 403
        assert opening(client, task).status_code == 403


def test_another_administrator_learns_nothing(root_client, task):
    other = actor_of_user(make_user("other", staff=True))
    services.break_glass(other, task.key, reason="Why not")
    assert task.key not in root_client.get("/admin/tasks/breakglass/").content.decode()
