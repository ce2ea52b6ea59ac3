"""Two people, one question: the first answer wins, and nobody's words are lost."""

import pytest

from apps.actors.models import Team, User
from apps.tasks.models import Handover, Task
from tests.factories import make_user

from .conftest import Ask, Browse, Make, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(team: Team) -> User:
    return make_user("colleague", team)


@pytest.fixture
def handover(make: Make, ask: Ask, team: Team) -> Handover:
    return ask(make(), to="team:dba", actions=["complete"])


def submit(browse: Browse, user: User, handover: Handover, rows: str, **headers: str) -> object:
    posted = {"fields.rows": rows, "action": "complete"}
    return browse(user).post(f"/handovers/{handover.pk}/submit/", posted, headers=headers)


def test_second_answer_hears_who_answered_and_when(
    browse: Browse, member: User, colleague: User, handover: Handover
) -> None:
    assert submit(browse, member, handover, "3").status_code == 303
    answer = submit(browse, colleague, handover, "7771777177")
    page = text_of(answer)
    assert answer.status_code == 409
    assert "Answered by member at 20" in page
    assert "7771777177" in page
    assert Task.objects.get(pk=handover.task_id).fields["rows"] == 3


def test_both_values_are_shown_to_who_still_sees_the_task(
    browse: Browse, member: User, owner: User, colleague: User, make: Make, ask: Ask
) -> None:
    handover = ask(make(privacy="inherit"), to="team:dba", actions=["complete"])
    owner.teams.set(colleague.teams.all())
    submit(browse, member, handover, "31")
    page = text_of(submit(browse, owner, handover, "7771777177"))
    assert "7771777177" in page
    assert "31" in page
    assert "Rows to copy" in page


def test_claimed_by_another_is_a_conflict(browse: Browse, member: User, colleague: User, handover: Handover) -> None:
    assert browse(member).post(f"/handovers/{handover.pk}/claim/").status_code == 303
    answer = submit(browse, colleague, handover, "5")
    assert answer.status_code == 409
    assert "member has claimed it." in text_of(answer)
    assert browse(colleague).post(f"/handovers/{handover.pk}/claim/").status_code == 409


def test_who_was_never_asked_gets_404_or_403(
    browse: Browse, stranger: User, requester: User, handover: Handover
) -> None:
    assert submit(browse, stranger, handover, "5").status_code == 404
    assert submit(browse, requester, handover, "5").status_code == 403


def test_in_place_answer_that_comes_late_shows_the_list_as_it_is(
    browse: Browse, member: User, colleague: User, handover: Handover
) -> None:
    submit(browse, member, handover, "3")
    answer = submit(browse, colleague, handover, "4", **{"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (409, "#inbox-list")
    assert "Answered by member" in text_of(answer)


def test_release_gives_it_back_to_the_team(browse: Browse, member: User, handover: Handover) -> None:
    browse(member).post(f"/handovers/{handover.pk}/claim/")
    browse(member).post(f"/handovers/{handover.pk}/release/")
    assert Handover.objects.get(pk=handover.pk).state == "open"


def test_declining_asks_once_more(browse: Browse, member: User, handover: Handover) -> None:
    url = f"/handovers/{handover.pk}/decline/"
    assert 'value="yes"' in text_of(browse(member).post(url))
    assert Handover.objects.get(pk=handover.pk).state == "open"
    assert browse(member).post(url, {"confirm": "yes", "note": "not ours"}).status_code == 303
    assert Handover.objects.get(pk=handover.pk).state == "declined"


def test_passing_on_says_first_to_whom(browse: Browse, member: User, requester: User, handover: Handover) -> None:
    url = f"/handovers/{handover.pk}/delegate/"
    assert 'value="user:ana"' in text_of(browse(member).post(url))
    assert browse(member).post(url, {"to": "user:nobody"}).status_code == 422
    assert browse(member).post(url, {"to": "user:ana"}).status_code == 303
    assert Handover.objects.get(pk=handover.pk).to_user == requester


def test_taking_a_question_back_is_for_who_asked(browse: Browse, member: User, owner: User, handover: Handover) -> None:
    assert browse(member).post(f"/handovers/{handover.pk}/withdraw/", {"confirm": "yes"}).status_code == 403
    assert browse(owner).post(f"/handovers/{handover.pk}/withdraw/", {"confirm": "yes"}).status_code == 404
