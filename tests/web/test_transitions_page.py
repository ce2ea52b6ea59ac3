"""The type's own buttons on the page of a task: who gets them, and what they ask first."""

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Task

from .conftest import SHAPE, Browse, text_of, url_of

pytestmark = pytest.mark.django_db
STAGES = [
    {"name": "requested", "title": "Requested", "category": "todo", "status": "new"},
    {"name": "approved", "title": "Approved", "category": "todo"},
    {"name": "refused", "title": "Refused", "category": "done", "status": "canceled"},
]
WHY = {
    "type": "object",
    "required": ["why"],
    "properties": {"why": {"type": "string", "title": "Why not?", "minLength": 3}},
}
WAYS = [
    {"name": "approve", "title": "Approve it", "from": ["requested"], "to": "approved", "who": ["manager"]},
    {"name": "refuse", "title": "Refuse it", "from": ["requested"], "to": "refused", "who": ["manager"], "input": WHY},
]


@pytest.fixture
def task(container: Container, application_actor: Actor) -> Task:
    shape = {**SHAPE, "default_privacy": "inherit", "stages": STAGES, "transitions": WAYS}
    put_type(application_actor, container.slug, "migration", shape)
    body = {"container": container.slug, "type": "migration", "title": "Move", "fields": {"source": "a"}}
    return services.create_task(application_actor, body)[0]


def test_button_is_for_those_who_may_press_it(browse: Browse, owner: User, viewer: User, task: Task) -> None:
    assert "Approve it" in text_of(browse(owner).get(url_of(task)))
    assert "Approve it" not in text_of(browse(viewer).get(url_of(task)))
    assert (
        browse(viewer).post(f"{url_of(task)}press/", {"seen": task.stage, "transition": "approve"}).status_code == 403
    )


def test_press_moves_the_task(browse: Browse, owner: User, task: Task) -> None:
    assert browse(owner).post(f"{url_of(task)}press/", {"seen": task.stage, "transition": "approve"}).status_code == 303
    task.refresh_from_db()
    assert task.stage == "approved"


def test_second_press_is_a_conflict(browse: Browse, owner: User, task: Task) -> None:
    for status in (303, 409):
        assert (
            browse(owner).post(f"{url_of(task)}press/", {"seen": task.stage, "transition": "approve"}).status_code
            == status
        )


def test_transition_that_asks_shows_its_form_first(browse: Browse, owner: User, task: Task) -> None:
    client, url = browse(owner), f"{url_of(task)}press/"
    assert 'name="input.why"' in text_of(client.post(url, {"seen": task.stage, "transition": "refuse"}))
    refused = client.post(url, {"seen": task.stage, "transition": "refuse", "asked": "yes", "input.why": "no"})
    assert (refused.status_code, 'value="no"' in text_of(refused)) == (422, True)
    assert (
        client.post(
            url, {"seen": task.stage, "transition": "refuse", "asked": "yes", "input.why": "not now"}
        ).status_code
        == 303
    )
    task.refresh_from_db()
    assert (task.stage, task.status) == ("refused", "canceled")


def test_unknown_transition_is_404(browse: Browse, owner: User, task: Task) -> None:
    assert browse(owner).post(f"{url_of(task)}press/", {"seen": task.stage, "transition": "explode"}).status_code == 404


def test_what_could_not_happen_by_itself_is_told_to_who_works_there(
    browse: Browse, owner: User, viewer: User, container: Container, application_actor: Actor
) -> None:
    assign = {"do": "assign", "to": {"cel": "'user:' + fields.source"}}
    way = {"name": "go", "from": ["requested"], "to": "approved", "kind": "automatic", "when": "fields.rows > 3"}
    shape = {**SHAPE, "default_privacy": "inherit", "stages": STAGES, "transitions": [{**way, "actions": [assign]}]}
    put_type(application_actor, container.slug, "migration", shape)
    body = {"container": container.slug, "type": "migration", "title": "Move", "fields": {"source": "a", "rows": 9}}
    task = services.create_task(application_actor, body)[0]
    assert "could not go on by itself" in text_of(browse(owner).get(url_of(task)))
    assert "could not go on by itself" not in text_of(browse(viewer).get(url_of(task)))


def test_button_of_an_old_page_is_refused(browse: Browse, owner: User, task: Task) -> None:
    url = f"{url_of(task)}press/"
    for sent in ({"transition": "approve"}, {"transition": "approve", "seen": "elsewhere"}):
        assert browse(owner).post(url, sent).status_code == 409
    assert Task.objects.get(pk=task.pk).stage == task.stage
