"""The board in a real browser: moving by menu, by keyboard and by dragging, with and without scripts."""

import pytest
from playwright.sync_api import Page

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers.models import Container
from apps.containers.services import put_type
from apps.tasks import services
from apps.tasks.models import Task

from .conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BOARD = "/containers/desk/"


@pytest.fixture
def card(desk: Container, owner_actor: Actor) -> Task:
    put_type(owner_actor, desk.slug, "card", {"title": "Card"})
    return services.create_task(owner_actor, {"container": "desk", "type": "card", "title": "Paint it"})[0]


def column_of(page: Page, card: Task) -> str | None:
    return page.locator(f'ol:has([data-key="{card.key}"])').get_attribute("data-stage")


@pytest.mark.parametrize("scripts", [True, False])
def test_menu_moves_a_card(open_page: Open, owner: User, card: Task, scripts: bool) -> None:
    page = open_page(owner, BOARD, scripts=scripts)
    page.locator(f'[data-key="{card.key}"] summary').click()
    page.get_by_role("button", name="Doing").click()
    page.wait_for_selector(f'ol[data-stage="doing"] [data-key="{card.key}"]')
    assert "moved to Doing" in page.inner_text("#main")


def test_alt_and_arrow_move_a_card_and_keep_the_focus(open_page: Open, owner: User, card: Task) -> None:
    page = open_page(owner, BOARD)
    page.get_by_role("link", name="Paint it").focus()
    page.keyboard.press("Alt+ArrowRight")
    page.wait_for_selector(f'ol[data-stage="doing"] [data-key="{card.key}"] a:focus')
    page.keyboard.press("Alt+ArrowRight")  # nothing may be put to "waiting" by hand
    page.wait_for_selector(f'ol[data-stage="done"] [data-key="{card.key}"] a:focus')
    page.keyboard.press("Alt+ArrowRight")
    assert column_of(page, card) == "done"


def test_drag_moves_a_card_and_dims_what_is_illegal(open_page: Open, owner: User, card: Task) -> None:
    page = open_page(owner, BOARD)
    page.locator(f'[data-key="{card.key}"]').hover()
    page.mouse.down()
    page.locator('.lane:has([data-stage="waiting"])').hover()
    page.locator('.lane:has([data-stage="waiting"])').hover()
    assert page.locator(".lane.no [data-stage]").get_attribute("data-stage") == "waiting"
    page.locator('.lane:has([data-stage="done"])').hover()
    page.mouse.up()
    page.wait_for_selector(f'ol[data-stage="done"] [data-key="{card.key}"]')


def test_poll_says_that_something_changed(open_page: Open, owner: User, card: Task, owner_actor: Actor) -> None:
    page = open_page(owner, BOARD)
    services.edit_task(owner_actor, str(card.key), {"title": "Paint it red"})
    page.wait_for_selector("#board-changes a", timeout=15_000)
    assert "Paint it red" not in page.inner_text("#board")
    page.click("#board-changes a")
    page.wait_for_selector("text=Paint it red")
