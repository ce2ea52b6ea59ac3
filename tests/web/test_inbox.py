"""The inbox: what stands in which tab, what is answered in place, and the poll."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.actors.models import User
from apps.tasks import services
from apps.tasks.models import Handover, Task
from apps.tasks.queries import counts
from apps.web import labels
from apps.web.pages import inbox

from .conftest import Ask, Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db


def poll_url(page: str) -> str:
    start = page.index('hx-get="/inbox/changes/') + len('hx-get="')
    return page[start : page.index('"', start)].replace("&amp;", "&")


def test_empty_inbox_offers_to_request_something(browse: Browse, stranger: User) -> None:
    page = text_of(browse(stranger).get("/"))
    assert "Nothing waits for you" in page
    assert 'href="/requests/"' in page


def test_row_says_who_asks_what(browse: Browse, requester: User, make: Make, ask: Ask) -> None:
    ask(make(), title="How many?", due_at=(timezone.now() - timedelta(hours=2)).isoformat())
    page = text_of(browse(requester).get("/"))
    assert "How many?" in page
    assert "Migrator asks: Rows to copy" in page
    assert "1 overdue" in page


def test_row_shows_a_message_without_its_markup(browse: Browse, requester: User, make: Make, ask: Ask) -> None:
    message = "# Stopped\n\n**Noth**ing is `lost`.\nSee [the log](https://logs.example/1) & <b>wait</b>:\n\n- 2 * 3"
    ask(make(), fields=[], actions=["complete"], message=message)
    page = text_of(browse(requester).get("/"))
    assert "Stopped Nothing is lost. See the log &amp; &lt;b&gt;wait&lt;/b&gt;: 2 * 3" in page


def test_simple_question_is_answered_in_place(browse: Browse, requester: User, make: Make, ask: Ask) -> None:
    handover = ask(make(), fields=[], actions=["complete", "cancel"])
    client = browse(requester)
    assert f'action="/handovers/{handover.pk}/submit/"' in text_of(client.get("/"))
    answer = client.post(f"/handovers/{handover.pk}/submit/", {"action": "complete"}, headers={"HX-Request": "true"})
    page = text_of(answer)
    assert answer.status_code == 200
    assert "Nothing waits for you" in page
    assert 'id="inbox-count" hx-swap-oob="true"' in page
    assert Task.objects.get(pk=handover.task_id).status == "complete"


def test_question_with_fields_opens_the_task(browse: Browse, requester: User, make: Make, ask: Ask) -> None:
    handover = ask(make(), actions=["complete"])
    assert f"/handovers/{handover.pk}/submit/" not in text_of(browse(requester).get("/"))


def test_team_tab_takes_next_and_claims(browse: Browse, member: User, make: Make, ask: Ask) -> None:
    late = ask(make(title="Late"), to="team:dba")
    soon = ask(make(title="Soon"), to="team:dba", due_at=(timezone.now() + timedelta(hours=1)).isoformat())
    client = browse(member)
    assert "Late" not in text_of(client.get("/"))
    page = text_of(client.get("/?tab=teams"))
    assert f'action="/handovers/{late.pk}/claim/"' in page
    answer = client.post("/inbox/take-next/", {"team": "dba"})
    assert answer.headers["Location"] == url_of(soon.task)
    assert Handover.objects.get(pk=soon.pk).claimed_by == member


def test_take_next_with_nothing_left_says_so(browse: Browse, member: User) -> None:
    answer = browse(member).post("/inbox/take-next/", {"team": "dba"}, follow=True)
    assert "Nothing waits for your team." in text_of(answer)


@pytest.mark.parametrize("slug", ["other", "dba\0", "'; --"])
def test_take_next_for_a_strange_team_takes_nothing(browse: Browse, member: User, slug: str) -> None:
    assert browse(member).post("/inbox/take-next/", {"team": slug}).status_code in (303, 400)


def test_other_tabs_show_what_belongs_there(browse: Browse, requester: User, make: Make, ask: Ask) -> None:
    task, client = make(title="Mine"), browse(requester)
    assert "Mine" in text_of(client.get("/?tab=asked"))
    assert "Mine" not in text_of(client.get("/?tab=following"))
    client.post(f"{url_of(task)}follow/", {"follow": "yes"})
    assert "Mine" in text_of(client.get("/?tab=following"))
    handover = ask(task, fields=[], actions=["complete"])
    client.post(f"/handovers/{handover.pk}/submit/", {"action": "complete"})
    assert "You answered: Complete by hand" in text_of(client.get("/?tab=done"))


def test_poll_answers_304_until_something_changes(browse: Browse, requester: User, make: Make, ask: Ask) -> None:
    client = browse(requester)
    url = poll_url(text_of(client.get("/")))
    first = client.get(url)
    assert (first.status_code, "Show" in text_of(first)) == (200, False)
    assert client.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    ask(make())
    second = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert "1 change." in text_of(second)


def test_poll_does_not_move_by_what_is_hidden(
    browse: Browse, requester: User, make: Make, ask: Ask, application_actor: object
) -> None:
    task = make()
    ask(task)
    client = browse(requester)
    url = poll_url(text_of(client.get("/")))
    services.add_note(application_actor, task.key, text="secret", kind="work_note")  # type: ignore[arg-type]
    make(title="Somebody else's", reporter="user:owner")
    assert "Show" not in text_of(client.get(url))


def test_what_teams_have_hides_nothing_that_is_mine(
    browse: Browse, member: User, make: Make, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MOST_OPEN", 2)
    for place in (counts, labels):
        monkeypatch.setattr(place, "COUNTED_TO", 3)
    soon, later = (timezone.now() + timedelta(days=days) for days in (1, 9))
    for _ in range(3):
        ask(make(privacy="inherit"), to="team:dba", title="Of the team", due_at=soon.isoformat())
    ask(make(privacy="inherit"), to="user:member", title="Mine alone", due_at=later.isoformat())
    client = browse(member)
    page = text_of(client.get("/"))
    assert "Mine alone" in page
    assert text_of(client.get("/?tab=teams")).count("Claim<span") == 2
    assert re.search(r'id="inbox-count"[^>]*>\s*2\+', page)
    assert re.search(r'id="inbox-count"[^>]*>\s*2\+', text_of(client.get("/containers/")))
