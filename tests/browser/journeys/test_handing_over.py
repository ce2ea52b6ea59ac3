"""Who answers: take over, decline, take next, and two who answer at once."""

import pytest
from playwright.sync_api import expect

from .conftest import SignIn
from .desk import Desk
from .looking import look

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_take_over_now_fences_the_worker_off(sign_in: SignIn, desk: Desk) -> None:
    made = desk.make("Bag refund", privacy="inherit", priority=1000)
    leased = desk.claim()
    assert leased["key"] == made["key"]
    cleo = sign_in("cleo")
    cleo.open(f"/tasks/{made['key']}/")
    cleo.sees("Refunds is working on it")
    look(cleo, "task-leased")
    cleo.press("Take over now", exact=True)
    cleo.sees("Take this task over now?")
    look(cleo, "confirm-take-over")
    cleo.press("Take over now")
    cleo.sees("You have taken this over")
    look(cleo, "task-taken-over")
    late = desk.hub.complete([{"task": leased["id"], "token": leased["lease"]["token"], "result": {}}])
    assert late[0]["code"] == "lease_superseded"
    cleo.press("Complete by hand")
    cleo.sees("Sent:")
    assert desk.hub.task(made["key"])["status"] == "complete"


def test_declined_question_goes_back_to_the_automation(sign_in: SignIn, desk: Desk) -> None:
    task = desk.ask("Hat refund", "user:dan")
    dan = sign_in("dan")
    dan.open(f"/tasks/{task['key']}/")
    dan.press("Decline")
    dan.page.get_by_label("Why?").fill("Not my customer.")
    look(dan, "confirm-decline")
    dan.press("Decline")
    dan.sees("Declined.")
    assert desk.hub.task(task["key"])["status"] == "new"
    dan.open(f"/tasks/{task['key']}/", status=404)


def test_take_next_never_gives_two_people_the_same(sign_in: SignIn, desk: Desk) -> None:
    keys = {desk.ask(title, "team:desk")["key"] for title in ("Coat refund", "Sock refund")}
    cleo, dan = sign_in("cleo"), sign_in("dan")
    for window in (cleo, dan):
        window.open("/?tab=teams")
        window.sees("Refunds desk")
    look(dan, "inbox-of-a-team")
    for window in (cleo, dan):
        window.press("Take next")
        expect(window.page.get_by_role("button", name="Decide")).to_be_visible()
    taken = {window.page.url.rstrip("/").rpartition("/")[2] for window in (cleo, dan)}
    assert taken == keys


def test_second_answer_is_told_who_was_faster_and_loses_no_text(sign_in: SignIn, desk: Desk) -> None:
    task = desk.ask("Shoe refund", "team:desk", fields=("decision", "reason"))
    cleo, dan = sign_in("cleo"), sign_in("dan")
    for window, words in ((cleo, "Paid before"), (dan, "The receipt is missing")):
        window.open(f"/tasks/{task['key']}/")
        window.page.get_by_role("radio", name="Pay it").check()
        window.page.get_by_label("Reason").fill(words)
    cleo.press("Decide")
    cleo.sees("Sent:")
    dan.press("Decide")
    dan.sees("It is no longer as you saw it")
    dan.sees("Answered by cleo")
    dan.sees("The receipt is missing")
    dan.sees_not("Paid before")
    look(dan, "conflict")
    assert desk.hub.task(task["key"])["fields"]["reason"] == "Paid before"


def test_inbox_says_that_it_has_moved_on(sign_in: SignIn, desk: Desk) -> None:
    dan = sign_in("dan")
    dan.open("/")
    desk.ask("Late refund", "user:dan")
    expect(dan.page.locator("#inbox-changes")).to_contain_text("1 change.", timeout=25_000)
    dan.sees_not("Late refund")
    dan.follow("Show", exact=True)
    dan.sees("Late refund")
    look(dan, "inbox")
