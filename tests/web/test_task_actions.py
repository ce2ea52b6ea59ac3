"""The buttons of a task's page: each does one thing, and what cannot be undone asks once more."""

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.automation.queue.failure import fail_task
from apps.tasks import services
from apps.tasks.models import Note, Task

from .conftest import Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db


def stored(task: Task) -> Task:
    return Task.objects.get(pk=task.pk)


@pytest.mark.parametrize("action", ["cancel", "take-over"])
def test_what_cannot_be_undone_asks_once_more(browse: Browse, owner: User, make: Make, action: str) -> None:
    task, client = make(privacy="inherit"), browse(owner)
    asked = client.post(f"{url_of(task)}{action}/")
    assert (asked.status_code, stored(task).status) == (200, "new")
    assert 'name="confirm" value="yes"' in text_of(asked)
    assert client.post(f"{url_of(task)}{action}/", {"confirm": "yes"}).status_code == 303
    assert stored(task).status == {"cancel": "canceled", "take-over": "handed_over"}[action]


def test_taken_over_task_is_a_form_of_all_that_one_sees(browse: Browse, owner: User, make: Make) -> None:
    task, client = make(privacy="inherit"), browse(owner)
    client.post(f"{url_of(task)}take-over/", {"confirm": "yes"})
    page = text_of(client.get(url_of(task)))
    assert "You have taken this over" in page
    assert {name in page for name in ('name="fields.source"', 'name="fields.lag"')} == {True}


def test_failed_task_is_retried_by_a_new_one(browse: Browse, owner: User, make: Make, application_actor: Actor) -> None:
    task, client = make(privacy="inherit"), browse(owner)
    fail_task(application_actor, str(task.pk), error={"name": "broken", "message": "No disk"})
    page = text_of(client.get(url_of(task)))
    assert "It failed: broken" in page
    assert "No disk" in page
    assert client.post(f"{url_of(task)}retry/").status_code == 303
    assert stored(task).status == "retried"
    assert Task.objects.get(key=task.key).status == "new"


def test_ended_task_is_reopened(browse: Browse, owner: User, make: Make, application_actor: Actor) -> None:
    task = make(privacy="inherit")
    services.complete_task(application_actor, str(task.pk))
    assert browse(owner).post(f"{url_of(task)}reopen/").status_code == 303
    assert stored(task).status == "new"


def test_viewer_is_offered_nothing_and_refused_all(browse: Browse, viewer: User, make: Make) -> None:
    task, client = make(privacy="inherit"), browse(viewer)
    page = text_of(client.get(url_of(task)))
    assert "Take over now" not in page
    for action in ("take-over", "cancel", "retry", "reopen"):
        assert client.post(f"{url_of(task)}{action}/", {"confirm": "yes"}).status_code == 403
    assert stored(task).status == "new"


def test_requester_may_cancel_their_own(browse: Browse, requester: User, make: Make) -> None:
    task, client = make(), browse(requester)
    assert "Take over now" not in text_of(client.get(url_of(task)))
    client.post(f"{url_of(task)}cancel/", {"confirm": "yes", "note": "no longer needed"})
    assert stored(task).status == "canceled"
    assert Note.objects.get().text == "no longer needed"


def test_second_click_is_a_conflict_page(browse: Browse, owner: User, make: Make) -> None:
    task, client = make(privacy="inherit"), browse(owner)
    client.post(f"{url_of(task)}cancel/", {"confirm": "yes"})
    answer = client.post(f"{url_of(task)}cancel/", {"confirm": "yes"})
    assert answer.status_code == 409
    assert "The task has ended" in text_of(answer)


def test_note_is_a_work_note_unless_a_comment_is_chosen(browse: Browse, member: User, make: Make) -> None:
    task, client = make(privacy="inherit"), browse(member)
    page = text_of(client.get(url_of(task)))
    assert 'value="work_note" checked' in page
    client.post(f"{url_of(task)}notes/", {"text": "for us", "kind": "work_note"})
    client.post(f"{url_of(task)}notes/", {"text": "for all", "kind": "comment"})
    assert list(Note.objects.values_list("kind", "text")) == [("work_note", "for us"), ("comment", "for all")]


def test_requester_writes_comments_only(browse: Browse, requester: User, make: Make) -> None:
    task, client = make(), browse(requester)
    assert "Work note" not in text_of(client.get(url_of(task)))
    assert client.post(f"{url_of(task)}notes/", {"text": "x", "kind": "work_note"}).status_code == 403


def test_empty_note_comes_back_with_its_error(browse: Browse, member: User, make: Make) -> None:
    task = make(privacy="inherit")
    answer = browse(member).post(f"{url_of(task)}notes/", {"text": "  ", "kind": "comment"})
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'id="compose-error"' in page
    assert 'value="comment" checked' in page


def test_markdown_of_a_note_brings_no_script(browse: Browse, member: User, make: Make) -> None:
    task, client = make(privacy="inherit"), browse(member)
    text = "<script>alert(1)</script> **bold** [x](javascript:alert(1))"
    client.post(f"{url_of(task)}notes/", {"text": text, "kind": "comment"})
    page = text_of(client.get(url_of(task)))
    assert "<script>alert" not in page
    assert "<strong>bold</strong>" in page
    assert 'href="javascript:' not in page
