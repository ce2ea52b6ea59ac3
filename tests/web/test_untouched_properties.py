"""Saving a task's page without touching it changes nothing; what was changed is all that changes."""

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import ScheduledUpdate, Task
from tests.factories import make_user

from .conftest import Browse, url_of
from .posting import Browser
from .test_handover_request import CARD

pytestmark = pytest.mark.django_db
TAGS = ["a, b", " c ", 'd "e"', "plain", "two  spaces", "#1"]


@pytest.fixture
def card(desk: Container, owner_actor: Actor) -> Task:
    put_type(owner_actor, desk.slug, "card", CARD)
    body = {"container": "desk", "type": "card", "title": " A\ncard ", "description": "One\rTwo\r\n", "tags": TAGS}
    return services.create_task(owner_actor, body)[0]


def untouched(html: str) -> dict[str, str]:
    browser = Browser()
    browser.feed(html)
    return dict(browser.pairs)


def properties(task: Task) -> tuple[object, ...]:
    task.refresh_from_db()
    return task.title, task.description, task.tags, task.due_at, task.assignee_id, task.fields, task.revision


@pytest.fixture
def assigned(card: Task) -> Task:
    """Assigned to somebody who has left, and who would be beyond the names that a page offers."""
    for number in range(205):
        make_user(f"a{number:03d}")
    card.assignee = User.objects.create(username="zoe", is_active=False)
    card.due_at = None
    card.save()
    return card


def test_an_untouched_edit_changes_nothing(browse: Browse, owner: User, assigned: Task) -> None:
    browser, before = browse(owner), properties(assigned)
    sent = untouched(browser.get(f"{url_of(assigned)}edit/").content.decode())
    assert browser.post(f"{url_of(assigned)}edit/", sent).status_code == 303
    assert properties(assigned) == before


def test_only_what_was_changed_is_written(browse: Browse, owner: User, assigned: Task) -> None:
    browser = browse(owner)
    sent = untouched(browser.get(f"{url_of(assigned)}edit/").content.decode())
    browser.post(f"{url_of(assigned)}edit/", {**sent, "title": "New", "tags": sent["tags"] + ", new"})
    title, _description, tags, _due, assignee, *_rest = properties(assigned)
    assert (title, tags, assignee) == ("New", [*TAGS, "new"], assigned.assignee_id)


def test_one_change_is_planned_alone(browse: Browse, owner: User, assigned: Task) -> None:
    browser = browse(owner)
    sent = untouched(browser.get(f"{url_of(assigned)}plan/").content.decode())
    answer = browser.post(f"{url_of(assigned)}plan/", {**sent, "at": "2990-01-01T10:00", "title": "New"})
    assert answer.status_code == 303
    assert ScheduledUpdate.objects.get().set == {"title": "New"}


def test_a_person_beyond_the_offered_names_can_be_chosen(browse: Browse, owner: User, assigned: Task) -> None:
    late = make_user("zzz")
    browser = browse(owner)
    sent = untouched(browser.get(f"{url_of(assigned)}edit/").content.decode())
    assert browser.post(f"{url_of(assigned)}edit/", {**sent, "assignee": "user:zzz"}).status_code == 303
    assigned.refresh_from_db()
    assert assigned.assignee == late
    sent = {**sent, "assignee": "user:nobody", "version": ""}
    assert browser.post(f"{url_of(assigned)}edit/", sent).status_code == 422
