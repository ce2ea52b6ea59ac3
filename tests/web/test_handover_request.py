"""Among people: one asks, the other answers, and the task comes back or is done."""

from datetime import timedelta

import pytest

from apps.actors.actor import Actor
from apps.actors.models import Team, User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Handover, Task

from .conftest import Browse, text_of, url_of

pytestmark = pytest.mark.django_db
CARD = {
    "schema": {"type": "object", "properties": {"size": {"type": "string", "title": "How big?", "enum": ["s", "l"]}}}
}


@pytest.fixture
def card(desk: Container, owner_actor: Actor) -> Task:
    put_type(owner_actor, desk.slug, "card", CARD)
    return services.create_task(owner_actor, {"container": desk.slug, "type": "card", "title": "A card"})[0]


def test_question_is_asked_answered_and_comes_back(browse: Browse, owner: User, stranger: User, card: Task) -> None:
    asking, answering = browse(owner), browse(stranger)
    assert "Ask somebody" in text_of(asking.get(url_of(card)))
    posted = {"to": "user:stranger", "message": "Is it big?", "ask": ["size"], "then": "return"}
    assert asking.post(f"{url_of(card)}ask/", posted).status_code == 303
    page = text_of(answering.get(url_of(card)))
    assert "Is it big?" in page
    assert 'name="fields.size"' in page
    handover = Handover.objects.get()
    answering.post(f"/handovers/{handover.pk}/submit/", {"fields.size": "l", "action": "answer"})
    card.refresh_from_db()
    assert (card.fields, card.status) == ({"size": "l"}, "in_progress")
    assert "Ask somebody" in text_of(asking.get(url_of(card)))


def test_what_neither_may_write_is_refused_on_the_page(
    browse: Browse, member: User, desk: Container, owner_actor: Actor, member_actor: Actor
) -> None:
    mine = {"type": "integer", "title": "Grade", "x-taskhub": {"write": ["manager"]}}
    put_type(owner_actor, "desk", "raise", {"schema": {"type": "object", "properties": {"grade": mine}}})
    task, _made = services.create_task(member_actor, {"container": "desk", "type": "raise", "title": "More"})
    answer = browse(member).post(f"{url_of(task)}ask/", {"to": "user:member", "message": "Grade?", "ask": ["grade"]})
    assert (answer.status_code, Handover.objects.count()) == (422, 0)
    assert "Neither you nor all who are asked can write this field." in text_of(answer)


def test_nobody_chosen_keeps_the_words(browse: Browse, owner: User, card: Task) -> None:
    answer = browse(owner).post(f"{url_of(card)}ask/", {"message": "Is it big?", "due_at": "2030-02-30T10:00"})
    page = text_of(answer)
    assert answer.status_code == 422
    assert "Is it big?" in page
    assert 'href="#ask-to"' in page
    assert 'id="ask-to" aria-invalid="true"' in page
    assert 'href="#ask-due_at"' in page


def test_only_those_whose_task_it_is_ask(
    browse: Browse, stranger: User, viewer: User, desk: Container, card: Task
) -> None:
    desk.memberships.create(user=viewer, role="viewer")
    assert browse(stranger).get(f"{url_of(card)}ask/").status_code == 404
    assert browse(viewer).get(f"{url_of(card)}ask/").status_code == 403
    assert "Ask somebody" not in text_of(browse(viewer).get(url_of(card)))


def test_question_without_fields_is_answered_in_words(browse: Browse, owner: User, stranger: User, card: Task) -> None:
    browse(owner).post(f"{url_of(card)}ask/", {"to": "user:stranger", "message": "Why?"})
    handover, client = Handover.objects.get(), browse(stranger)
    assert "Your answer" in text_of(client.get(url_of(card)))
    url = f"/handovers/{handover.pk}/submit/"
    assert client.post(url, {"action": "answer", "comment": " "}).status_code == 422
    assert client.post(url, {"action": "answer", "comment": "Because it is big."}).status_code == 303
    assert "Because it is big." in text_of(browse(owner).get(url_of(card)))


def test_reminder_and_who_must_not_answer(browse: Browse, owner: User, team: Team, card: Task) -> None:
    said = {"to": "team:dba", "message": "Fine?", "exclude": ["reporter", "previous", "x"], "remind": "86400"}
    refused = browse(owner).post(f"{url_of(card)}ask/", said)
    assert refused.status_code == 422
    page = text_of(refused)
    assert 'href="#ask-remind"' in page
    assert '<details class="field more" open>' in page
    browse(owner).post(f"{url_of(card)}ask/", {**said, "due_at": "2090-01-02T10:00"})
    handover = Handover.objects.get()
    assert (handover.exclude, handover.reminders) == (["reporter", "previous"], [86400])
    assert handover.remind_at is not None
    assert handover.remind_at + timedelta(days=1) == handover.due_at
