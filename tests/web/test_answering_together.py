"""Several questions answered with one press in the inbox."""

import pytest

from apps.actors.models import User
from apps.tasks.models import Handover

from .conftest import Ask, Browse, Make, text_of

pytestmark = pytest.mark.django_db


def test_all_that_were_picked_are_answered(browse: Browse, make: Make, ask: Ask, requester: User) -> None:
    simple = [ask(make(), fields=[], actions=["complete", "cancel"]) for _ in range(3)]
    other = ask(make(), fields=["rows"], actions=["complete"])
    browser = browse(requester)
    page = text_of(browser.get("/"))
    assert page.count('form="together"') == 3
    assert f'value="{other.pk}"' not in page
    posted = {"handover": [str(simple[0].pk), str(simple[1].pk), str(other.pk)], "action": "complete"}
    answer = browser.post("/inbox/answer/", posted, follow=True)
    assert "2 answers are sent." in text_of(answer) or "3 answers are sent." in text_of(answer)
    states = dict(Handover.objects.values_list("pk", "state"))
    assert [states[each.pk] for each in simple] == ["submitted", "submitted", "open"]


def test_what_was_refused_is_said(browse: Browse, make: Make, ask: Ask, requester: User) -> None:
    one = ask(make(), fields=[], actions=["complete"])
    two = ask(make(), fields=[], actions=["cancel"])
    posted = {"handover": [str(one.pk), str(two.pk)], "action": "complete"}
    page = text_of(browse(requester).post("/inbox/answer/", posted, follow=True))
    assert "1 answer is sent." in page
    assert "1 was not sent: The actions are: cancel." in page
    assert Handover.objects.get(pk=two.pk).state == "open"


def test_nothing_is_offered_where_there_is_one(browse: Browse, make: Make, ask: Ask, requester: User) -> None:
    ask(make(), fields=[], actions=["complete"])
    assert "together" not in text_of(browse(requester).get("/"))
    assert "Pick what you want" in text_of(browse(requester).post("/inbox/answer/", follow=True))
