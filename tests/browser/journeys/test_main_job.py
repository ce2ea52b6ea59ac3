"""The whole main job: people and a program migrate a database together, and finish what breaks."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .conftest import SignIn
from .hub import BrowserHub
from .looking import look, picture
from .shop import ROWS, Shop
from .window import Window

COMMAND = "Run one command on the shop"
pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture
def shop(hub: BrowserHub, tmp_path: Path) -> Iterator[Shop]:
    made = Shop(hub, tmp_path)
    made.sell()
    yield made
    made.stop()


def test_people_and_program_migrate_a_database(sign_in: SignIn, shop: Shop) -> None:
    ana = sign_in("ana")
    empty_inbox_offers_requests(ana)
    shop.start_worker()
    key = request_migration(ana)
    shop.shop("spoil", "shop-old")
    answer_start(ana)
    ana.until(f"/tasks/{key}/", "rows (")
    shop.kill_worker()
    look(ana, "task-working")
    shop.start_worker()
    dora = sign_in("dora")
    repair_and_return(dora, shop, key)
    switch_writes(ana, shop)
    for words in ("writes=sync", "reads=b"):
        switch(ana, shop, words)
    completed(ana, shop, key)


def empty_inbox_offers_requests(ana: Window) -> None:
    ana.sees("Nothing waits for you")
    look(ana, "inbox-empty")
    ana.follow("Request something")
    ana.page.wait_for_url("**/requests/")


def request_migration(ana: Window) -> str:
    """Form, a refused review that keeps what was typed, review, receipt; the key."""
    ana.open("/requests/")
    look(ana, "requests")
    ana.follow("Database migration", exact=True)
    ana.page.get_by_label("In one line").fill("Move the shop before Christmas")
    ana.page.get_by_label("Source").select_option(label="Shop, in use (SQLite)")
    look(ana, "request")
    ana.press("Review")
    ana.sees("Nothing was sent. Please look at this again.")
    expect(ana.page.get_by_label("In one line")).to_have_value("Move the shop before Christmas")
    expect(ana.page.get_by_label("Source")).to_have_value("shop-old")
    expect(ana.page.get_by_label("Target")).to_have_attribute("aria-invalid", "true")
    look(ana, "request-refused")
    ana.page.get_by_label("Target").select_option(label="Shop, new and empty")
    ana.press("Review")
    ana.sees("Is this right?")
    look(ana, "request-review")
    picture(ana, "request")
    ana.press("Send request")
    ana.sees("Your request is in")
    look(ana, "request-receipt")
    ana.follow("Open the request")
    return re.search(r"/tasks/(MIG-\w+|\w+-\w+)/", ana.page.url).group(1)  # type: ignore[union-attr]


def open_ask(window: Window, title: str) -> None:
    """The task in the inbox whose question is that."""
    window.until("/", title)
    window.page.locator(".irow", has_text=title).get_by_role("link").first.click()


def answer_start(ana: Window) -> None:
    """A time in the past is refused with both times; then Now."""
    open_ask(ana, "When shall the migration start?")
    look(ana, "task-start")
    ana.page.get_by_role("radio", name="At a time").check()
    ana.page.get_by_label("Time", exact=True).fill("2024-05-03T09:00")
    ana.press("Start then")
    ana.until("/", "When shall the migration start?")
    open_ask(ana, "When shall the migration start?")
    ana.sees("is in the past")
    look(ana, "task-start-refused")
    ana.page.get_by_role("radio", name="Now").check()
    ana.press("Start then")


def repair_and_return(dora: Window, shop: Shop, key: str) -> None:
    """The task is in the DBA's inbox with a note that names the row; she mends it and gives the task back."""
    dora.until("/?tab=teams", key, seconds=90)
    look(dora, "inbox-team")
    dora.press("Take next")
    dora.sees("order_lines_quantity_positive")
    look(dora, "task-failed-over")
    picture(dora, "task")
    picture(dora, "task-dark", theme="dark")
    shop.shop("mend", "shop-old")
    dora.press("Fix and return")
    dora.sees("Sent:")
    dora.until(f"/tasks/{key}/", "The copy goes on from the checkpoint: order_lines after id")


def switch_writes(ana: Window, shop: Shop) -> None:
    """Done too early is refused with the reason; after the exact command of the text it is accepted."""
    open_ask(ana, COMMAND)
    look(ana, "task-command")
    ana.press("Done")
    ana.sees("Sent:")
    open_ask(ana, COMMAND)
    ana.sees("Not accepted.")
    ana.sees("writes=a")
    switch(ana, shop, "writes=async")


def switch(ana: Window, shop: Shop, words: str) -> None:
    """Copies the command that the text prints, runs it, says Done."""
    open_ask(ana, COMMAND)
    shop.run_exactly(ana.page.locator(".banner code", has_text=words).inner_text().strip())
    ana.press("Done")
    ana.sees("Sent:")


def completed(ana: Window, shop: Shop, key: str) -> None:
    """The figures stand on the page and in the result, and the other database really holds the rows."""
    ana.until(f"/tasks/{key}/", "hold the same.", seconds=90)
    ana.until(f"/tasks/{key}/", "Done")
    ana.sees("The worker did not answer in time")
    for hidden in ("zombie", "The lease", "Bring shop-new up to"):
        ana.sees_not(hidden)
    look(ana, "task-complete")
    task = ana.page.request.get(f"/api/v1/tasks/{key}").json()
    assert task["status"] == "complete"
    assert task["result"]["rows_total"] >= ROWS
    shop.assert_equal(task["result"])
