"""A full inbox and a full board: what the README shows."""

from datetime import UTC, datetime, timedelta

import pytest
from taskhub_client import timestamp

from .conftest import SignIn
from .desk import Desk
from .hub import BrowserHub
from .looking import look, picture

pytestmark = [pytest.mark.browser, pytest.mark.processes]
ASKED = (
    ("Refund for order 88213", "The parcel was never scanned. 142.50 EUR.", ("decision", "limit"), 2),
    ("Refund for order 88377", "A second refund for the same customer this week.", (), 5),
    ("Refund for order 87904", "The card has expired. To which account?", ("decision", "reason"), 30),
    ("Refund for order 88102", "The warehouse says it is back; the photograph shows another one.", (), 80),
)


def test_inbox_full_of_questions(sign_in: SignIn, desk: Desk) -> None:
    for title, message, fields, hours in ASKED:
        due = timestamp(datetime.now(UTC) + timedelta(hours=hours))
        desk.ask(title, "user:eve", fields=fields, message=message, due_at=due)
    eve = sign_in("eve")
    for title, *_ in ASKED:
        eve.sees(title)
    look(eve, "inbox-full")
    picture(eve, "inbox")


def test_board_full_of_cards(sign_in: SignIn, hub: BrowserHub) -> None:
    hub.manage("seed", "--by", "eve")
    eve = sign_in("eve")
    eve.open("/containers/taskhub-backlog/")
    assert eve.page.locator(".tcard").count() > 5
    look(eve, "board-full")
    picture(eve, "board")
