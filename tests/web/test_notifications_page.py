"""The page of what somebody has been told: its words, reading by forms alone, only what exists for the reader."""

from typing import Any

import pytest

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.events.dispatch import dispatch
from apps.notifications.models import Notification
from apps.tasks import services
from apps.tasks.models import Task

from .conftest import Ask, Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(make: Make, ask: Ask) -> Task:
    """Ana is asked, and there is a comment for her."""
    task = make()
    ask(task, title="How many?")
    dispatch()
    return task


def unread() -> int:
    return Notification.objects.filter(read_at=None).count()


def test_nobody_told_of_anything_reads_so(browse: Browse, stranger: User) -> None:
    page = text_of(browse(stranger).get("/notifications/"))
    assert "Nothing new" in page
    assert "Mark all as read" not in page


def test_row_says_who_did_what(browse: Browse, requester: User, task: Task) -> None:
    page = text_of(browse(requester).get("/notifications/"))
    assert "How many?" in page
    assert "Migrator asks you" in page
    assert f'href="{url_of(task)}"' in page


def test_bell_counts_the_unread(browse: Browse, requester: User, stranger: User, task: Task) -> None:
    assert '<span class="n">1<span class="vh">unread' in text_of(browse(requester).get("/profile/"))
    assert "unread</span>" not in text_of(browse(stranger).get("/profile/"))


def test_getting_pages_marks_nothing(browse: Browse, requester: User, task: Task) -> None:
    client = browse(requester)
    told = Notification.objects.get()
    client.get(f"/notifications/?id={told.pk}&all=yes")
    assert client.get("/notifications/read/", {"all": "yes"}).status_code == 405
    client.get(url_of(task))
    assert unread() == 1


def test_one_is_marked_as_read(browse: Browse, requester: User, task: Task, make: Make, ask: Ask) -> None:
    ask(make(title="Another"))
    dispatch()
    client = browse(requester)
    answer = client.post("/notifications/read/", {"id": Notification.objects.earliest("pk").pk})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/notifications/")
    assert unread() == 1


def test_all_are_marked_as_read(browse: Browse, requester: User, task: Task) -> None:
    client = browse(requester)
    assert client.post("/notifications/read/", {"all": "yes"}).status_code == 303
    page = text_of(client.get("/notifications/"))
    assert unread() == 0
    assert "How many?" in page
    assert "Mark all as read" not in page


@pytest.mark.parametrize(("sent", "status"), [({}, 400), ({"all": "no"}, 400), ({"id": "x"}, 404)])
def test_bad_posts_mark_nothing(browse: Browse, requester: User, task: Task, sent: dict[str, str], status: int) -> None:
    assert browse(requester).post("/notifications/read/", sent).status_code == status
    assert unread() == 1


def test_nobody_marks_what_others_were_told(browse: Browse, stranger: User, task: Task) -> None:
    browse(stranger).post("/notifications/read/", {"id": Notification.objects.get().pk})
    browse(stranger).post("/notifications/read/", {"all": "yes"})
    assert unread() == 1


def test_token_is_needed(browse: Browse, requester: User, task: Task) -> None:
    assert browse(requester, strict=True).post("/notifications/read/", {"all": "yes"}).status_code == 403
    assert unread() == 1


def test_what_is_hidden_meanwhile_is_absent_and_not_counted(
    browse: Browse, member: User, make: Make, ask: Ask, application_actor: Actor
) -> None:
    task = make()
    handover = ask(task, to="user:member")
    dispatch()
    client = browse(member)
    assert "Move orders" in text_of(client.get("/notifications/"))
    services.withdraw_handover(application_actor, str(handover.pk))
    page = text_of(client.get("/notifications/"))
    assert "Move orders" not in page
    assert "unread</span>" not in page


def test_list_has_a_ceiling_of_queries(
    browse: Browse, requester: User, make: Make, ask: Ask, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        ask(make(title=f"Task {number}"))
    dispatch()
    client = browse(requester)
    with django_assert_max_num_queries(10):
        client.get("/notifications/")
