"""The administration shows no more than its reader may know, and asks no more of the database than a page."""

import re

import pytest

from apps.actors.references import actor_of_user
from apps.containers.models import Membership
from apps.containers.services import own_container, put_container, put_type
from apps.notifications.models import Notification
from apps.tasks import services
from tests.factories import make_container

FIELDS = {
    "type": "object",
    "properties": {"open": {"type": "string"}, "veiled": {"type": "string", "x-taskhub": {"read": ["application"]}}},
}


@pytest.fixture
def task(container, application_actor):
    put_type(application_actor, "migrations", "migration", {"schema": FIELDS, "failover": None})
    body = {"container": "migrations", "type": "migration", "title": "Move orders", "fields": {"open": "hunter2"}}
    return services.create_task(application_actor, body)[0]


@pytest.fixture
def root_in_container(container, root):
    Membership.objects.create(container=container, user=root, role="contributor")


PAGES = [
    "actors/user/", "actors/team/", "actors/application/", "actors/apikey/", "containers/container/",
    "containers/tasktype/", "containers/typeversion/", "tasks/task/", "events/event/", "auth/group/",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_pages_open(root_client, task, page):
    assert root_client.get(f"/admin/{page}").status_code == 200
    assert root_client.get(f"/admin/{page}?q=mig").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_others_stay_outside(client, stranger, page):
    client.force_login(stranger, "apps.actors.sign_in.backend.PasswordBackend")
    assert client.get(f"/admin/{page}").status_code == 302


def test_no_superuser_sees_through_privacy(root_client, task):
    assert task.key not in root_client.get("/admin/tasks/task/").content.decode()
    hidden = root_client.get(f"/admin/tasks/task/{task.pk}/change/", follow=True)
    assert "doesn’t exist" in hidden.content.decode()
    assert str(task.pk) not in root_client.get("/admin/events/event/").content.decode()
    assert "task.created" not in root_client.get("/admin/events/event/").content.decode()


@pytest.mark.usefixtures("root_in_container")
def test_visible_tasks_show_no_values(root_client, task):
    assert task.key in root_client.get("/admin/tasks/task/").content.decode()
    page = root_client.get(f"/admin/tasks/task/{task.pk}/change/").content.decode()
    assert "Move orders" in page
    assert "hunter2" not in page
    assert "_save" not in page


@pytest.mark.usefixtures("root_in_container")
@pytest.mark.parametrize("lookup", ["fields__open=hunter2", "fields__veiled__isnull=1", "lease_token__isnull=1"])
def test_urls_ask_about_nothing_that_the_page_does_not_show(root_client, task, lookup):
    assert root_client.get(f"/admin/tasks/task/?{lookup}").status_code == 400
    assert root_client.get("/admin/tasks/task/?status__exact=new").status_code == 200


@pytest.mark.parametrize(
    "url",
    ["actors/user/?password__startswith=x", "actors/apikey/?digest__isnull=1", "containers/typeversion/?spec__title=x"],
)
def test_nor_about_secrets(root_client, url):
    assert root_client.get(f"/admin/{url}").status_code == 400


def test_documents_are_cut_to_what_everybody_may_know(root_client, task):
    page = root_client.get(f"/admin/containers/typeversion/{task.type_version_id}/change/").content.decode()
    assert "open" in page
    assert "veiled" not in page


def test_an_applications_own_container_is_unknown(root_client, application):
    own = own_container(application)
    assert "app-migrator" not in root_client.get("/admin/containers/container/").content.decode()
    assert root_client.get(f"/admin/containers/container/{own.pk}/change/").status_code == 302
    assert "app-migrator" not in root_client.get("/admin/events/event/").content.decode()


@pytest.mark.parametrize("page", [*PAGES, "", "actors/user/add/", "actors/team/add/", "actors/application/add/"])
def test_pages_need_nothing_that_the_policy_forbids(root_client, task, page):
    answer = root_client.get(f"/admin/{page}")
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"] + ";"
    html = answer.content.decode()
    assert not re.search(r"<script(?![^>]*(src=|type=\"application/json\"))|<style|\sstyle=|\son[a-z]+=", html)


def test_operators_look_and_act_but_do_not_administer_people(operator_client, task):
    for page in ("containers/container/", "containers/typeversion/", "tasks/task/", "events/event/"):
        assert operator_client.get(f"/admin/{page}").status_code == 200
    for page in ("actors/user/", "actors/application/", "actors/apikey/", "auth/group/"):
        assert operator_client.get(f"/admin/{page}").status_code == 403


def test_lists_cost_the_same_for_many(root_client, owner, django_assert_max_num_queries):
    for number in range(30):
        put_container(actor_of_user(owner), f"place-{number}", {})
    with django_assert_max_num_queries(8):
        assert "place-29" in root_client.get("/admin/containers/container/").content.decode()


def test_orphaned_containers_get_a_manager_with_a_reason(root_client, root, owner, desk):
    form = {"action": "appoint_me", "_selected_action": [str(desk.pk)], "reason": "Owner left"}
    refused = root_client.post("/admin/containers/container/", form, follow=True).content.decode()
    assert "The container has a manager" in refused
    owner.is_active = False
    owner.save()
    root_client.post("/admin/containers/container/", form)
    assert desk.memberships.get(user=root).role == "manager"
    lost = make_container("lost", manager=owner)
    assert not lost.memberships.filter(user=root).exists()
    assert not Notification.objects.exists()
