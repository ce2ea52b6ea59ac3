"""The board: who sees which cards, columns and counts, moving without scripts, its poll and its ceilings."""

import re
from typing import Any

import pytest
from django.db.models import F
from django.http import HttpResponse

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Task
from apps.tasks.queries import counts
from apps.web import labels
from apps.web.pages import board as board_page

from .conftest import Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db
STAGES = [
    {"name": "todo", "title": "To do", "category": "todo", "status": "new"},
    {"name": "doing", "title": "Doing", "category": "doing", "status": "in_progress", "wip_limit": 1},
    {"name": "done", "title": "Done", "category": "done", "status": "complete"},
]


@pytest.fixture
def board(desk: Container, owner_actor: Actor) -> Container:
    """A container of people whose type `card` has a limit on what is being done."""
    put_type(owner_actor, desk.slug, "card", {"title": "Card", "stages": STAGES})
    return desk


def add(actor: Actor, title: str, stage: str = "todo", **body: Any) -> Task:
    task, _made = services.create_task(actor, {"container": "desk", "type": "card", "title": title, **body})
    return services.edit_task(actor, task.key, {"stage": stage}) if stage != "todo" else task


def test_stranger_gets_404(browse: Browse, stranger: User, board: Container) -> None:
    client = browse(stranger)
    for path in ("", "list/", "changes/", "settings/", "tasks/new/"):
        assert client.get(f"/containers/desk/{path}").status_code == 404
        assert client.get(f"/containers/no-such/{path}").status_code == 404


def test_cards_stand_in_their_columns(browse: Browse, member: User, board: Container, owner_actor: Actor) -> None:
    add(owner_actor, "First card")
    add(owner_actor, "Second card", stage="doing")
    page = text_of(browse(member).get("/containers/desk/"))
    todo, doing = page.index('data-stage="todo"'), page.index('data-stage="doing"')
    assert todo < page.index("First card") < doing < page.index("Second card")


def test_restricted_cards_are_absent_and_not_counted(
    browse: Browse, viewer: User, make: Make, application_actor: Actor
) -> None:
    make(title="Open one", privacy="inherit")
    make(title="Closed one", privacy="restricted")
    page = text_of(browse(viewer).get("/containers/migrations/"))
    assert "Open one" in page
    assert "Closed one" not in page
    assert '<span class="n">1</span>' in page
    assert '<span class="n">2</span>' not in page


def test_requester_sees_their_own_cards_alone(browse: Browse, requester: User, make: Make) -> None:
    make(title="Mine")
    make(title="Not mine", privacy="inherit", reporter="user:owner")
    page = text_of(browse(requester).get("/containers/migrations/"))
    assert "Mine" in page
    assert "Not mine" not in page


def test_hidden_fields_are_not_on_the_board(browse: Browse, viewer: User, make: Make) -> None:
    make(privacy="inherit")
    assert "424242" not in text_of(browse(viewer).get("/containers/migrations/"))


def test_move_menu_posts_and_comes_back(browse: Browse, member: User, board: Container, owner_actor: Actor) -> None:
    task = add(owner_actor, "Card")
    client = browse(member)
    assert f'action="{url_of(task)}move/"' in text_of(client.get("/containers/desk/"))
    answer = client.post(
        f"{url_of(task)}move/",
        {"stage": "doing", "seen": task.stage},
        headers={"Referer": "http://testserver/containers/desk/?q=Card"},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/containers/desk/?q=Card")
    task.refresh_from_db()
    assert (task.stage, task.status) == ("doing", "in_progress")


def test_old_board_moves_nothing_and_says_who_did(
    browse: Browse, member: User, board: Container, owner_actor: Actor
) -> None:
    task, client = add(owner_actor, "Card"), browse(member)
    page = text_of(client.get("/containers/desk/"))
    assert f'name="seen" value="{task.stage}"' in page
    services.edit_task(owner_actor, task.key, {"stage": "done"})
    answer = client.post(f"{url_of(task)}move/", {"stage": "doing", "seen": task.stage})
    assert answer.status_code == 409
    assert "owner moved" in text_of(answer)
    assert "Nothing was moved." in text_of(answer)
    task.refresh_from_db()
    assert task.stage == "done"


def test_move_that_does_not_say_where_the_task_was_is_refused(
    browse: Browse, member: User, board: Container, owner_actor: Actor
) -> None:
    task, client = add(owner_actor, "Card"), browse(member)
    answer = client.post(f"{url_of(task)}move/", {"stage": "doing"})
    assert (answer.status_code, "It is no longer as you saw it" in text_of(answer)) == (409, True)
    assert Task.objects.get(pk=task.pk).stage == task.stage


def test_viewer_has_no_move_menu_and_no_move(browse: Browse, viewer: User, make: Make) -> None:
    task, client = make(privacy="inherit"), browse(viewer)
    page = text_of(client.get("/containers/migrations/"))
    assert "/move/" not in page
    assert "/settings/" not in page
    assert client.post(f"{url_of(task)}move/", {"stage": "done", "seen": task.stage}).status_code == 403


def test_too_much_at_once_is_a_warning(browse: Browse, member: User, board: Container, owner_actor: Actor) -> None:
    for title in ("One", "Two"):
        add(owner_actor, title, stage="doing")
    page = text_of(browse(member).get("/containers/desk/"))
    assert "2 of 1" in page
    assert 'class="lane over"' in page


def test_done_shows_seven_days(browse: Browse, member: User, board: Container, owner_actor: Actor) -> None:
    add(owner_actor, "Fresh", stage="done")
    old = add(owner_actor, "Long ago", stage="done")
    eight_days = 8 * 24 * 3600 * 1_000_000
    Task.objects.filter(pk=old.pk).update(rank=F("rank") - eight_days)
    page = text_of(browse(member).get("/containers/desk/"))
    assert "Fresh" in page
    assert "Last 7 days" in page
    assert "Long ago" not in page


def test_what_was_done_last_stands_first(browse: Browse, member: User, board: Container, owner_actor: Actor) -> None:
    for title in ("Done first", "Done last"):
        add(owner_actor, title, stage="done")
    for title in ("Made first", "Made last"):
        add(owner_actor, title)
    page = text_of(browse(member).get("/containers/desk/"))
    assert page.index("Done last") < page.index("Done first")
    assert page.index("Made first") < page.index("Made last")


def test_counts_end_somewhere(
    browse: Browse, member: User, board: Container, owner_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (counts, labels):
        monkeypatch.setattr(place, "COUNTED_TO", 4)
    monkeypatch.setattr(board_page, "CARDS", 2)
    for number in range(3):
        add(owner_actor, f"Card {number}")
    assert '<span class="n">3</span>' in squeezed(browse(member).get("/containers/desk/"))
    for number in range(3):
        add(owner_actor, f"More {number}")
    page = squeezed(browse(member).get("/containers/desk/"))
    assert '<span class="n">3+</span>' in page
    assert "Card 2" not in page
    assert "More 2" in squeezed(browse(member).get("/containers/desk/?more=todo"))


def squeezed(answer: HttpResponse) -> str:
    """The page without blanks around its texts."""
    return re.sub(r">\s+|\s+<", lambda found: found[0].strip(), text_of(answer))


def test_fifty_cards_then_show_more(browse: Browse, member: User, board: Container, owner_actor: Actor) -> None:
    bodies = [{"container": "desk", "type": "card", "title": f"Card {n}"} for n in range(52)]
    services.create_tasks(owner_actor, bodies, atomic=True)
    client = browse(member)
    page = text_of(client.get("/containers/desk/"))
    assert page.count('class="tcard') == 50
    assert '<span class="n">52</span>' in page
    assert 'href="?more=todo"' in page
    assert text_of(client.get("/containers/desk/?more=todo")).count('class="tcard') == 52


def test_filters_live_in_the_address(browse: Browse, member: User, board: Container, owner_actor: Actor) -> None:
    add(owner_actor, "Blue card", assignee="user:member")
    add(owner_actor, "Red card")
    client = browse(member)
    for query, seen, unseen in (
        ("q=blue", "Blue card", "Red card"),
        ("assignee=me", "Blue card", "Red card"),
        ("assignee=user:member", "Assignee: member", "Red card"),
        ("assignee=none", "Red card", "Blue card"),
        ("type=card&status=new", "Red card", "No task passes"),
    ):
        page = text_of(client.get(f"/containers/desk/list/?{query}"))
        assert seen in page, query
        assert unseen not in page, query
        assert seen in text_of(client.get(f"/containers/desk/?{query}"))
    assert "No task passes these filters" in text_of(client.get("/containers/desk/list/?q=green"))


@pytest.mark.parametrize("column", ["key", "title", "type", "status", "assignee", "due", "changed", "nonsense"])
def test_list_is_sorted_by_columns(
    browse: Browse, member: User, board: Container, owner_actor: Actor, column: str
) -> None:
    add(owner_actor, "Card")
    assert browse(member).get(f"/containers/desk/list/?sort={column}").status_code == 200
    page = text_of(browse(member).get(f"/containers/desk/list/?sort=-{column}"))
    assert 'aria-sort="descending"' in page


def test_poll_answers_304_until_a_visible_card_changes(
    browse: Browse, viewer: User, make: Make, application_actor: Actor
) -> None:
    make(title="Open one", privacy="inherit")
    client = browse(viewer)
    page = text_of(client.get("/containers/migrations/"))
    start = page.index('hx-get="/containers/migrations/changes/') + len('hx-get="')
    url = page[start : page.index('"', start)].replace("&amp;", "&")
    first = client.get(url)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert "Show" not in text_of(first)
    make(title="Closed one", privacy="restricted")
    assert client.get(url, headers=tag).status_code == 304
    make(title="Another open one", privacy="inherit")
    assert "1 change." in text_of(client.get(url, headers=tag))


@pytest.mark.parametrize("path", ["", "list/", "changes/"])
def test_ceiling_of_queries_however_many_cards(
    browse: Browse, owner: User, make: Make, path: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(15):
        make(title=f"Task {number}", privacy="inherit")
    client = browse(owner)
    with django_assert_max_num_queries(12):
        client.get(f"/containers/migrations/{path}")


@pytest.mark.parametrize(("sort", "order"), [("due", ["Soon", "Late", "Never"]), ("-due", ["Late", "Soon", "Never"])])
def test_what_has_no_date_stands_last(
    browse: Browse, member: User, board: Container, owner_actor: Actor, sort: str, order: list[str]
) -> None:
    add(owner_actor, "Never")
    add(owner_actor, "Late", due_at="2031-05-04T10:00:00Z")
    add(owner_actor, "Soon", due_at="2031-05-03T10:00:00Z")
    page = text_of(browse(member).get(f"/containers/desk/list/?sort={sort}"))
    assert sorted(order, key=page.index) == order
