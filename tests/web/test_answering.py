"""Answering what is asked, by the forms that the pages send."""

import pytest
from django.test import Client

from apps.actors.models import User
from apps.tasks.models import Handover, Task

from .conftest import Ask, Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def handover(make: Make, ask: Ask) -> Handover:
    fields = [{"name": "rows", "required": True}, "cutover_at"]
    later = {"name": "later", "label": "Ask later", "effect": "return", "needs_comment": True}
    return ask(make(), fields=fields, actions=["complete", "cancel", later])


@pytest.fixture
def ana(browse: Browse, requester: User) -> Client:
    return browse(requester)


def submit(client: Client, handover: Handover, **posted: str) -> object:
    names = {"rows": "fields.rows", "cutover_at": "fields.cutover_at"}
    return client.post(f"/handovers/{handover.pk}/submit/", {names.get(k, k): v for k, v in posted.items()})


def stored(handover: Handover) -> Task:
    return Task.objects.get(pk=handover.task_id)


def test_answer_is_stored_and_leads_on(ana: Client, handover: Handover) -> None:
    answer = submit(ana, handover, rows="12", cutover_at="2030-05-01T09:30", action="complete")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    task = stored(handover)
    assert task.status == "complete"
    assert (task.fields["rows"], task.fields["cutover_at"]) == (12, "2030-05-01T09:30:00Z")


def test_after_an_answer_comes_the_next_one(ana: Client, handover: Handover, make: Make, ask: Ask) -> None:
    other = make(title="Another")
    ask(other)
    answer = submit(ana, handover, rows="12", action="complete")
    assert answer.headers["Location"] == url_of(other)


def test_times_are_meant_in_the_readers_zone(ana: Client, handover: Handover, requester: User) -> None:
    User.objects.filter(pk=requester.pk).update(time_zone="Europe/Zagreb")
    submit(ana, handover, rows="1", cutover_at="2030-07-01T09:30", action="complete")
    assert stored(handover).fields["cutover_at"] == "2030-07-01T07:30:00Z"


def test_wrong_value_keeps_what_was_typed(ana: Client, handover: Handover) -> None:
    answer = submit(ana, handover, rows="-3", cutover_at="2030-05-01T09:30", action="complete")
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'value="-3"' in page
    assert 'value="2030-05-01T09:30"' in page
    assert 'href="#f-fields-rows"' in page
    assert 'aria-invalid="true"' in page
    assert stored(handover).status == "handed_over"


def test_missing_required_value_is_named(ana: Client, handover: Handover) -> None:
    answer = submit(ana, handover, rows="", action="complete")
    assert answer.status_code == 422
    assert "This is required." in text_of(answer)


def test_who_cancels_need_not_fill_in_what_is_missing(ana: Client, handover: Handover) -> None:
    assert submit(ana, handover, rows="", action="cancel").status_code == 303
    assert stored(handover).status == "canceled"


def test_needed_comment_is_asked_for_and_values_stay(ana: Client, handover: Handover) -> None:
    answer = submit(ana, handover, rows="7", action="later", comment="")
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'href="#answer-comment"' in page
    assert 'value="7"' in page


def test_unknown_action_is_refused_without_loss(ana: Client, handover: Handover) -> None:
    answer = submit(ana, handover, rows="7", action="explode")
    assert answer.status_code == 422
    assert 'value="7"' in text_of(answer)


def test_field_that_was_not_asked_is_not_written(ana: Client, handover: Handover) -> None:
    ana.post(
        f"/handovers/{handover.pk}/submit/",
        {"fields.rows": "1", "fields.source": "stolen", "fields.lag": "1", "action": "complete"},
    )
    assert stored(handover).fields["source"] == "a"
    assert stored(handover).fields["lag"] != 1


def test_draft_of_the_script_is_kept_and_shown(ana: Client, handover: Handover) -> None:
    posted = {"changed": "fields.rows", "fields.rows": "44"}
    answer = ana.post(f"/handovers/{handover.pk}/draft/", posted, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert 'value="44"' in text_of(ana.get(url_of(handover.task)))
    assert "rows" not in stored(handover).fields


def test_draft_by_the_button_comes_back_to_the_form(ana: Client, handover: Handover) -> None:
    answer = ana.post(f"/handovers/{handover.pk}/draft/", {"fields.rows": "45", "draft": "save"})
    assert (answer.status_code, answer.headers["Location"]) == (303, url_of(handover.task))
    assert Handover.objects.get(pk=handover.pk).draft == {"rows": 45}


def test_draft_holds_the_comment_and_the_page_shows_it(ana: Client, handover: Handover) -> None:
    posted = {"changed": "comment", "comment": "Half a reason"}
    assert ana.post(f"/handovers/{handover.pk}/draft/", posted, headers={"HX-Request": "true"}).status_code == 204
    ana.post(f"/handovers/{handover.pk}/draft/", {"fields.rows": "4"}, headers={"HX-Request": "true"})
    assert ">Half a reason</textarea>" in text_of(ana.get(url_of(handover.task)))


def test_draft_keeps_the_fields_that_were_not_posted(ana: Client, handover: Handover) -> None:
    for field, text in (("rows", "1"), ("cutover_at", "2030-05-01T09:30")):
        ana.post(f"/handovers/{handover.pk}/draft/", {f"fields.{field}": text}, headers={"HX-Request": "true"})
    assert set(Handover.objects.get(pk=handover.pk).draft) == {"rows", "cutover_at"}


def test_get_of_a_form_address_shows_the_task_and_writes_nothing(ana: Client, handover: Handover) -> None:
    answer = ana.get(f"/handovers/{handover.pk}/submit/", {"action": "complete", "fields.rows": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/tasks/{handover.task_id}/")
    assert stored(handover).status == "handed_over"


def test_enter_presses_the_main_button(ana: Client, handover: Handover) -> None:
    assert submit(ana, handover, rows="3", enter="").status_code == 303
    assert stored(handover).status == "complete"


def test_each_action_is_one_button(ana: Client, handover: Handover) -> None:
    page = text_of(ana.get(url_of(handover.task)))
    for action in ("complete", "cancel", "later"):
        assert page.count(f'value="{action}"') == 1
