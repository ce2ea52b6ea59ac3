"""The main path in a real browser: with scripts, and without any."""

import pytest
from playwright.sync_api import Page, expect

from apps.actors.models import User
from apps.tasks.models import Handover, Task

from .conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def status(handover: Handover) -> str:
    return str(Task.objects.get(pk=handover.task_id).status)


@pytest.mark.parametrize("scripts", [True, False])
def test_question_is_answered_from_the_inbox_to_the_end(
    open_page: Open, ana: User, question: Handover, scripts: bool
) -> None:
    page = open_page(ana, "/", scripts=scripts)
    page.locator("a.t", has_text="Move orders").click()
    page.get_by_label("Rows to copy").fill("many")
    page.get_by_role("button", name="Complete by hand").click()
    expect(page.get_by_role("link", name="Rows to copy: Write a number.")).to_be_visible()
    expect(page.get_by_label("Rows to copy")).to_have_value("many")
    page.get_by_label("Rows to copy").fill("12")
    page.get_by_label("Start").fill("2030-05-01T09:30")
    page.get_by_role("button", name="Complete by hand").click()
    expect(page.get_by_role("heading", name="Good plan?", level=1)).to_be_visible()
    assert status(question) == "complete"


def test_enter_in_a_field_presses_the_main_button(open_page: Open, ana: User, question: Handover) -> None:
    page = open_page(ana, f"/tasks/{question.task.key}/")
    page.get_by_label("Rows to copy").fill("12")
    page.get_by_label("Rows to copy").press("Enter")
    expect(page.get_by_text("Sent: Move orders")).to_be_visible()
    assert status(question) == "complete"


def test_simple_question_is_answered_in_its_row(open_page: Open, ana: User, question: Handover) -> None:
    page = open_page(ana, "/")
    row = page.locator(".irow", has_text="Good plan?")
    with page.expect_response("**/submit/"):
        row.get_by_role("button", name="Complete by hand").click()
    expect(row).to_have_count(0)
    expect(page.locator("#inbox-count")).to_contain_text("1")
    assert page.url.endswith("/")


def test_draft_saves_itself_and_waits(open_page: Open, ana: User, question: Handover) -> None:
    page = open_page(ana, f"/tasks/{question.task.key}/")
    with page.expect_response("**/draft/") as saved:
        page.get_by_label("Rows to copy").fill("77")
    assert saved.value.status == 204
    expect(page.locator("[data-draft-status]")).to_contain_text("Draft saved")
    page.reload()
    expect(page.get_by_label("Rows to copy")).to_have_value("77")


def test_menu_of_more_actions_closes_with_escape(open_page: Open, ana: User, question: Handover) -> None:
    page = open_page(ana, f"/tasks/{question.task.key}/")
    menu = page.locator("summary[aria-label='More actions']")
    menu.click()
    expect(page.get_by_role("button", name="Cancel It ends")).to_be_visible()
    menu.press("Escape")
    expect(page.get_by_role("button", name="Cancel It ends")).to_be_hidden()


def test_what_cannot_be_undone_asks_once_more(open_page: Open, ana: User, question: Handover) -> None:
    page = open_page(ana, f"/tasks/{question.task.key}/")
    page.locator("summary[aria-label='More actions']").click()
    page.get_by_role("button", name="Cancel It ends").click()
    assert status(question) == "handed_over"
    _confirm(page, "Cancel the task")
    assert status(question) == "canceled"


def _confirm(page: Page, label: str) -> None:
    page.get_by_role("button", name=label).click()
    expect(page.locator(".toast")).to_be_visible()
