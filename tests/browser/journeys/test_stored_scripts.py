"""What people and programs type is shown and never run: scripts in every text that is stored."""

from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import SignIn
from .desk import Desk
from .looking import look
from .test_place_of_people import make_container
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.processes]
EVIL = (
    "<script>window.__pwn=1</script><img src=x onerror=window.__pwn=2><svg onload=window.__pwn=3>"
    "\"'><a href=javascript:window.__pwn=4>a</a>{{7*7}}</textarea></title>"
)
EVIL_MARKDOWN = (
    EVIL + '\n\n[link](javascript:window.__pwn=5) ![i](x "\' onerror=window.__pwn=6") '
    "<div hx-get=/ hx-trigger=load hx-on::load=window.__pwn=7></div> <form action=//evil.example><button>x"
)
HARMLESS = "(found) => found.filter((it) => /^\\s*javascript:/i.test(it.getAttribute('href'))).length"
FOREIGN = "img[src='x'], main [onerror], main [onload], main [hx-on\\:\\:load], form[action*='evil'], main script"


def assert_harmless(window: Window) -> None:
    """The page loaded, and none of the texts became an element with power."""
    window.page.wait_for_load_state("networkidle")
    assert window.page.locator(FOREIGN).count() == 0
    assert window.page.locator("a[href]").evaluate_all(HARMLESS) == 0
    assert window.page.get_by_text("window.__pwn").count() > 0, "the text is not shown at all"


def test_no_stored_text_runs(sign_in: SignIn, desk: Desk) -> None:
    title = EVIL[:290]
    fields = {"order": EVIL, "reason": EVIL_MARKDOWN}
    more: dict[str, Any] = {"description": EVIL_MARKDOWN, "message": EVIL_MARKDOWN, "reporter": "user:ana"}
    task = desk.ask(title, "user:cleo", fields=("decision", "reason"), privacy="inherit", **more) | fields
    desk.hub.update_task(task["key"], due_at="2030-01-01T00:00:00Z")
    cleo, ana = sign_in("cleo"), sign_in("ana")
    cleo.open(f"/tasks/{task['key']}/")
    cleo.page.get_by_label("Reason").fill(EVIL_MARKDOWN)
    cleo.press("Save draft")
    cleo.sees("Draft saved.")
    expect(cleo.page.get_by_label("Reason")).to_have_value(EVIL_MARKDOWN)
    for kind, button in (("Comment to ana", "Add comment"), ("Work note, team only", "Add work note")):
        cleo.write(kind, EVIL_MARKDOWN, button)
    assert_harmless(cleo)
    look(cleo, "task-with-evil-texts")
    for path in ("/", "/containers/refunds/", "/containers/refunds/list/", "/search/?q=__pwn"):
        cleo.open(path)
        assert_harmless(cleo)
    for path in (f"/tasks/{task['key']}/", "/?tab=asked", "/requests/mine/", "/notifications/"):
        ana.open(path)
        assert_harmless(ana)


def test_title_of_a_container_never_runs(sign_in: SignIn) -> None:
    ana = sign_in("ana")
    place = make_container(ana, EVIL[:190], "bad-title")
    for path in ("/containers/", place, f"{place}settings/", "/"):
        ana.open(path)
        assert ana.page.locator(FOREIGN).count() == 0


def test_evil_search_and_answers_are_only_text(sign_in: SignIn, desk: Desk) -> None:
    ana = sign_in("ana")
    ana.open("/search/")
    ana.page.get_by_role("searchbox").fill(EVIL)
    ana.page.get_by_role("searchbox").press("Enter")
    assert_harmless(ana)
    ana.open("/requests/refunds/refund/")
    ana.page.get_by_label("Order").fill(EVIL)
    ana.page.get_by_label("Reason").fill(EVIL_MARKDOWN)
    ana.press("Review")
    assert_harmless(ana)
    ana.press("Send request")
    ana.follow("Open the request")
    assert_harmless(ana)
