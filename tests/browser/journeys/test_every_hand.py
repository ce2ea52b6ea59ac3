"""The main job by keyboard alone, without scripts, and on a telephone."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import SignIn
from .desk import Desk
from .looking import look
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.processes]
MOST_KEYS = 60


def tab_to(window: Window, words: str) -> None:
    """Presses Tab until what has the focus is called so. Where the focus is must be seen."""
    for _ in range(MOST_KEYS):
        window.page.keyboard.press("Tab")
        focused = window.page.locator(":focus")
        name = focused.evaluate("(it) => it.labels?.[0]?.textContent ?? it.textContent") if focused.count() else ""
        if words in name:
            style = focused.evaluate("(it) => getComputedStyle(it.closest('label') ?? it).outlineStyle")
            own = focused.evaluate("(it) => getComputedStyle(it).outlineStyle")
            assert {style, own} != {"none"}, f"the focus on {words} is not seen"
            return
    raise AssertionError(f"{words} is not reached by {MOST_KEYS} tabs")


def test_handover_is_answered_by_keyboard_alone(sign_in: SignIn, desk: Desk) -> None:
    desk.ask("Belt refund", "user:dora", fields=("decision", "limit"))
    dora = sign_in("dora")
    keyboard = dora.page.keyboard
    tab_to(dora, "Skip to content")
    keyboard.press("Enter")
    expect(dora.page.locator("main")).to_be_focused()
    tab_to(dora, "Decide: Belt refund")
    keyboard.press("Enter")
    expect(dora.page.get_by_role("heading", name="Belt refund", level=1)).to_be_visible()
    tab_to(dora, "Pay it")
    keyboard.press("Space")
    keyboard.press("ArrowDown")
    keyboard.press("ArrowUp")
    tab_to(dora, "Most to pay")
    keyboard.type("0")
    tab_to(dora, "Decide")
    keyboard.press("Enter")
    expect(dora.page.locator("[data-error-summary]")).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(dora.page.get_by_label("Most to pay")).to_be_focused()
    keyboard.press("Control+a")
    keyboard.type("90")
    keyboard.press("Control+Enter")
    dora.sees("Sent: Decide: Belt refund")


def test_request_and_answer_without_scripts(sign_in: SignIn, desk: Desk) -> None:
    ana, dan = sign_in("ana", scripts=False), sign_in("dan", scripts=False)
    ana.open("/requests/")
    ana.follow("Refund", exact=True)
    ana.press("Review")
    ana.sees("Nothing was sent.")
    ana.page.get_by_label("Order").fill("77001")
    ana.page.get_by_label("Reason").fill("Too small")
    ana.press("Review")
    ana.sees("Is this right?")
    ana.press("Change something")
    expect(ana.page.get_by_label("Order")).to_have_value("77001")
    ana.press("Review")
    ana.press("Send request")
    key = re.search(r"/requests/([A-Z0-9-]+)/sent/", ana.page.url).group(1)  # type: ignore[union-attr]
    handover = {
        "to": "user:dan",
        "title": "Decide this",
        "fields": [{"name": "decision", "required": True}],
        "actions": ["complete"],
    }
    desk.hub.hand_over(key, **handover)
    dan.open("/")
    dan.follow("Decide this")
    dan.press("Complete by hand")
    dan.sees("Nothing was sent.")
    dan.page.get_by_role("radio", name="Pay it").check()
    dan.press("Complete by hand")
    dan.sees("Sent: Decide this")
    assert desk.hub.task(key)["fields"]["decision"] == "pay"


def test_request_and_answer_on_a_telephone(sign_in: SignIn, desk: Desk) -> None:
    ana, dan = sign_in("ana", narrow=True), sign_in("dan", narrow=True)
    ana.page.get_by_role("navigation", name="Main").get_by_role("link", name="Requests").tap()
    ana.page.get_by_role("link", name="Refund", exact=True).tap()
    ana.page.get_by_label("Order").fill("77002")
    ana.page.get_by_role("button", name="Review").tap()
    ana.page.get_by_role("button", name="Send request").tap()
    ana.sees("Your request is in")
    task = desk.ask("Ring refund", "user:dan")
    dan.open("/")
    dan.page.get_by_role("link", name="Decide: Ring refund").tap()
    dan.page.get_by_role("radio", name="Refuse it").tap()
    dan.page.get_by_role("button", name="Decide").tap()
    dan.sees("Sent: Decide: Ring refund")
    assert desk.hub.task(task["key"])["fields"]["decision"] == "refuse"
    dan.page.get_by_role("navigation", name="Main").get_by_role("link", name="You", exact=True).tap()
    expect(dan.page.get_by_role("heading", name="Profile", level=1)).to_be_visible()
    look(dan, "profile")
