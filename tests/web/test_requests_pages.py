"""Requests: what is offered to whom, the form, its review, the receipt, and the reader's own."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container
from apps.tasks import services
from apps.tasks.models import Task
from tests.racing import at_once

from .conftest import Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db
FORM = "/requests/migrations/migration/"


def test_requester_is_offered_the_type(browse: Browse, requester: User, migrations: Container) -> None:
    page = text_of(browse(requester).get("/requests/"))
    assert "Database migration" in page
    assert f'href="{FORM}"' in page


def test_search_narrows_the_cards(browse: Browse, requester: User, migrations: Container) -> None:
    client = browse(requester)
    assert "Database migration" in text_of(client.get("/requests/?q=database"))
    assert "Nothing found for “laptop”" in text_of(client.get("/requests/?q=laptop"))


def test_stranger_is_offered_nothing(browse: Browse, stranger: User, migrations: Container) -> None:
    client = browse(stranger)
    assert "Nothing to request yet" in text_of(client.get("/requests/"))
    for url in (FORM, "/requests/migrations/other/", "/requests/other/migration/"):
        assert client.get(url).status_code == 404
        assert client.post(url, {"step": "send", "fields.source": "a"}).status_code == 404
    assert not Task.objects.exists()


def test_form_asks_for_its_fields_alone(browse: Browse, requester: User, migrations: Container) -> None:
    page = text_of(browse(requester).get(FORM))
    assert "Source database" in page
    assert "Rows to copy" not in page
    assert "Hidden lag" not in page
    assert "lag" not in page


def test_errors_keep_what_was_typed(browse: Browse, requester: User, migrations: Container) -> None:
    answer = browse(requester).post(FORM, {"step": "review", "title": "My title", "fields.source": "x" * 41})
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'value="My title"' in page
    assert "x" * 41 in page
    assert 'aria-invalid="true"' in page
    assert not Task.objects.exists()


def test_review_shows_the_answers_and_makes_nothing(browse: Browse, requester: User, migrations: Container) -> None:
    client = browse(requester)
    page = text_of(client.post(FORM, {"step": "review", "title": "My title", "fields.source": "orders"}))
    assert "Is this right?" in page
    assert "orders" in page
    assert not Task.objects.exists()
    again = text_of(client.post(FORM, {"step": "edit", "title": "My title", "fields.source": "orders"}))
    assert 'value="orders"' in again
    assert 'value="My title"' in again


def test_sent_request_gets_a_receipt_with_its_key(browse: Browse, requester: User, migrations: Container) -> None:
    client = browse(requester)
    sent = {"step": "send", "title": "My title", "fields.source": "orders", "once": "abc"}
    answer = client.post(FORM, sent)
    task = Task.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/requests/{task.key}/sent/")
    assert (task.title, task.fields, task.reporter) == ("My title", {"source": "orders"}, requester)
    page = text_of(client.get(answer.headers["Location"]))
    assert str(task.key) in page
    assert "Migrator goes on with it" in page
    assert client.post(FORM, sent).headers["Location"] == answer.headers["Location"]
    assert Task.objects.count() == 1


def test_another_body_from_the_same_form_is_another_request(
    browse: Browse, requester: User, migrations: Container
) -> None:
    """Back, a change, sent again: nothing is dropped, and both are shown."""
    client, sent = browse(requester), {"step": "send", "title": "First", "fields.source": "orders", "once": "abc"}
    client.post(FORM, sent)
    answer = client.post(FORM, {**sent, "title": "Second"})
    first, second = Task.objects.order_by("created_at")
    assert answer.headers["Location"] == f"/requests/{second.key}/sent/"
    for task, other in ((first, second), (second, first)):
        page = text_of(client.get(f"/requests/{task.key}/sent/"))
        assert f"{other.key} {other.title}" in page
    assert client.post(FORM, sent).headers["Location"] == f"/requests/{first.key}/sent/"
    assert Task.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("once", ["abc", ""])
def test_sent_at_the_same_moment_it_is_one_request(
    browse: Browse, requester: User, migrations: Container, once: str
) -> None:
    """Without a token (the control) each of them makes a task."""
    clients = [browse(requester) for _ in range(3)]
    sent = {"step": "send", "title": "Thrice", "fields.source": "orders", "once": once}
    answers = at_once(lambda number: clients[number].post(FORM, sent), workers=3)
    assert {answer.status_code for answer in answers} == {303}, answers
    assert len({answer.headers["Location"] for answer in answers}) == Task.objects.count() == (1 if once else 3)


def test_fields_outside_the_form_are_not_taken(browse: Browse, requester: User, migrations: Container) -> None:
    browse(requester).post(FORM, {"step": "send", "fields.source": "orders", "fields.lag": "5", "fields.rows": "7"})
    assert Task.objects.get().fields == {"source": "orders"}


def test_get_and_a_post_without_the_token_make_nothing(browse: Browse, requester: User, migrations: Container) -> None:
    browse(requester).get(FORM, {"step": "send", "fields.source": "a"})
    assert browse(requester, strict=True).post(FORM, {"step": "send", "fields.source": "a"}).status_code == 403
    assert not Task.objects.exists()


def test_receipt_of_somebody_else_is_absent(browse: Browse, stranger: User, make: Make) -> None:
    assert browse(stranger).get(f"/requests/{make().key}/sent/").status_code == 404


def test_mine_are_mine_in_peoples_words(
    browse: Browse, requester: User, stranger: User, make: Make, application_actor: Actor
) -> None:
    task = make(title="Mine")
    make(title="Another's", reporter="user:stranger")
    services.hand_over(application_actor, task.key, {"to": "user:ana", "fields": [], "actions": ["complete"]})
    page = text_of(browse(requester).get("/requests/mine/"))
    assert "Mine" in page
    assert "Waiting for you" in page
    assert "handed_over" not in page
    assert "Another" not in page
    assert f'href="{url_of(task)}"' in page


@pytest.mark.parametrize(("path", "most"), [("", 10), ("mine/", 10), ("migrations/migration/", 12)])
def test_ceiling_of_queries(
    browse: Browse, requester: User, make: Make, path: str, most: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        make(title=f"Task {number}")
    client = browse(requester)
    with django_assert_max_num_queries(most):
        client.get(f"/requests/{path}")
