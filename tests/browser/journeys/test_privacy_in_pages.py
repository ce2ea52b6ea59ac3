"""What pages show to whom: a stranger sees nothing, a requester what she may, the asked what they are asked for."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import SignIn
from .desk import Desk
from .looking import look

pytestmark = [pytest.mark.browser, pytest.mark.processes]
MARK = "Xylophone"
IBAN = "DE02120300000000202051"


def test_stranger_finds_no_trace_of_a_restricted_task(sign_in: SignIn, desk: Desk) -> None:
    task = desk.ask(f"{MARK} refund", "user:cleo", reporter="user:ana", fields=("decision", "limit"))
    ben = sign_in("ben")
    ben.open(f"/tasks/{task['key']}/", status=404)
    ben.sees("There is nothing here")
    look(ben, "not-found")
    missing = re.sub(r"[0-9a-f-]{36}", "", ben.page.locator("main").inner_text())
    ben.open("/tasks/REF-ZZZZZ/", status=404)
    assert re.sub(r"[0-9a-f-]{36}", "", ben.page.locator("main").inner_text()) == missing
    for path in ("/", "/?tab=teams", "/?tab=asked", "/containers/refunds/", "/containers/refunds/list/"):
        ben.open(path)
        ben.sees_not(MARK)
        ben.sees_not(task["key"])
    expect(ben.page.locator(".lane .n").filter(has_text=re.compile("[1-9]"))).to_have_count(0)
    for words in (MARK, task["key"]):
        ben.open(f"/search/?q={words}")
        ben.sees("Nothing found")
        assert ben.page.locator(".irow").count() == 0
    look(ben, "search-empty")


def test_requester_reads_her_request_and_no_more(sign_in: SignIn, desk: Desk) -> None:
    task = desk.ask("Scarf refund", "user:cleo", reporter="user:ana")
    cleo, ana = sign_in("cleo"), sign_in("ana")
    cleo.open(f"/tasks/{task['key']}/")
    cleo.write("Work note, team only", "Between us: the customer is difficult.", "Add work note")
    cleo.sees("Between us")
    look(cleo, "task-asked")
    assert IBAN not in cleo.page.content()
    ana.open(f"/tasks/{task['key']}/")
    ana.sees("88213")
    assert "Between us" not in ana.page.content()
    assert "Bank account" not in ana.page.content()
    assert "Work note" not in ana.page.content()
    expect(ana.page.get_by_role("button", name="Decide")).to_have_count(0)
    look(ana, "task-of-the-requester")


def test_asked_person_sees_the_task_while_it_waits_for_her(sign_in: SignIn, desk: Desk) -> None:
    task = desk.ask("Glove refund", "user:dora")
    dora, dan = sign_in("dora"), sign_in("dan")
    dora.open(f"/tasks/{task['key']}/")
    for hidden in (IBAN, "Bank account", "iban"):
        assert hidden not in dora.page.content()
    dan.open(f"/tasks/{task['key']}/", status=404)
    dora.page.get_by_role("radio", name="Pay it").check()
    dora.press("Decide")
    dora.sees("Sent:")
    dora.open(f"/tasks/{task['key']}/", status=404)


def test_board_counts_only_what_its_reader_sees(sign_in: SignIn, desk: Desk) -> None:
    desk.make("Open refund", privacy="inherit")
    desk.make("Closed refund")
    cleo = sign_in("cleo")
    cleo.open("/containers/refunds/")
    cleo.sees("Open refund")
    cleo.sees_not("Closed refund")
    for lane in cleo.page.locator(".lane").all():
        assert int(lane.locator("header .n").inner_text()) == lane.locator(".tcard").count()
    look(cleo, "board-of-an-application")
    cleo.open("/containers/refunds/list/")
    cleo.sees_not("Closed refund")
    look(cleo, "list")
