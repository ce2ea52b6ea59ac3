"""Who may write fields of the new attempt changes them in the form of the retry."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Task

from .conftest import Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db
SHAPE: dict[str, Any] = {
    "schema": {
        "type": "object",
        "properties": {
            "rows": {"type": "integer", "minimum": 0, "title": "Rows to copy"},
            "lag": {"type": "integer", "title": "Hidden lag", "x-taskhub": {"read": ["manager"], "write": ["manager"]}},
        },
    }
}


@pytest.fixture
def failed(desk: Container, owner_actor: Actor) -> Task:
    put_type(owner_actor, "desk", "card", SHAPE)
    body = {"container": "desk", "type": "card", "title": "Move orders", "fields": {"rows": 1, "lag": 2}}
    task, _made = services.create_task(owner_actor, body)
    return services.edit_task(owner_actor, str(task.pk), {"stage": "doing"})


@pytest.fixture
def address(failed: Task, owner_actor: Actor) -> str:
    from apps.automation.queue.failure import fail_task

    fail_task(owner_actor, str(failed.pk), error={"name": "Down"})
    return url_of(failed) + "retry/?change=yes"


def test_form_has_what_the_person_may_write(browse: Browse, member: User, failed: Task, address: str) -> None:
    client = browse(member)
    assert "Retry with changes" in text_of(client.get(url_of(failed)))
    page = text_of(client.post(address))
    assert 'name="fields.rows"' in page
    assert "Hidden lag" not in page
    assert Task.objects.get(pk=failed.pk).status == "failed"


def test_new_attempt_has_other_values(browse: Browse, member: User, failed: Task, address: str) -> None:
    assert browse(member).post(address, {"filled": "yes", "fields.rows": "7"}).status_code == 303
    failed.refresh_from_db()
    newest = Task.objects.get(pk=failed.newest)
    assert (failed.status, newest.status, newest.fields) == ("retried", "new", {"rows": 7, "lag": 2})


def test_wrong_value_shows_the_form_again(browse: Browse, member: User, failed: Task, address: str) -> None:
    answer = browse(member).post(address, {"filled": "yes", "fields.rows": "-1"})
    assert answer.status_code == 422
    assert 'value="-1"' in text_of(answer)
    assert Task.objects.get(pk=failed.pk).status == "failed"


def test_no_form_without_a_field_to_write(browse: Browse, member: User, make: Make, application_actor: Actor) -> None:
    from apps.automation.queue.failure import fail_task

    task = make(privacy="inherit")
    fail_task(application_actor, str(task.pk), error={"name": "Down"})
    page = text_of(browse(member).get(url_of(task)))
    assert "Retry" in page
    assert "Retry with changes" not in page
