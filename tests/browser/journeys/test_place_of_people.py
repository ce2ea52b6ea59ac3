"""A container of people's own: made, filled, moved about in, talked in, and shared."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from .conftest import SignIn
from .looking import look
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def make_container(window: Window, title: str, slug: str) -> str:
    """Makes one; its address, which has a random end."""
    window.open("/containers/new/")
    window.page.get_by_label("Title").fill(title)
    window.page.get_by_label("Name in addresses").fill(slug)
    window.press("Create container")
    expect(window.page.get_by_role("heading", name=title, level=1)).to_be_visible()
    return urlsplit(window.page.url).path


def make_card(window: Window, title: str) -> None:
    window.follow("New task")
    window.page.get_by_label("Title").fill(title)
    window.page.get_by_label("Description").fill("Three rooms, **two** days.")
    window.press("Create task")
    expect(window.page.get_by_role("heading", name=title, level=1)).to_be_visible()


def test_people_work_in_a_place_of_their_own(sign_in: SignIn) -> None:
    ana = sign_in("ana")
    ana.open("/containers/")
    look(ana, "containers")
    ana.open("/containers/new/")
    look(ana, "container-new")
    ana.press("Create container")
    place = make_container(ana, "Office move", "office-move")
    look(ana, "board-empty")
    make_card(ana, "Order the boxes")
    look(ana, "card")
    for kind, button, text in (
        ("Comment", "Add comment", "They come **on Monday**."),
        ("Work note, team only", "Add work note", "The cheap ones broke last time."),
    ):
        ana.write(kind, text, button)
        ana.sees(text.replace("*", "")[:12])
    ana.open(place)
    move(ana, "Order the boxes", "Doing")
    expect(lane(ana, "Doing")).to_contain_text("Order the boxes")
    look(ana, "board-of-people")


def test_member_sees_the_board_and_a_stranger_nothing(sign_in: SignIn) -> None:
    ana, ben, dan = sign_in("ana"), sign_in("ben"), sign_in("dan")
    place = make_container(ana, "Garden", "garden")
    make_card(ana, "Plant the tulips")
    ana.open(f"{place}settings/")
    ana.page.get_by_label("New member").fill("user:dan")
    ana.page.get_by_label("Role").select_option("contributor")
    ana.press("Add")
    ana.sees("dan: 1 task is opened.")
    look(ana, "settings-confirm-member")
    ana.press("Save")
    ana.sees("user:dan is in.")
    look(ana, "settings")
    dan.open(place)
    move(dan, "Plant the tulips", "Done")
    expect(lane(dan, "Done")).to_contain_text("Plant the tulips")
    ben.open(place, status=404)
    ben.open("/containers/")
    ben.sees_not("Garden")


def move(window: Window, card: str, stage: str) -> None:
    """By the card's Move menu."""
    found = window.page.locator(".tcard", has_text=card)
    found.locator("summary").click()
    found.get_by_role("button", name=stage, exact=True).click()


def lane(window: Window, stage: str) -> object:
    return window.page.locator(".lane", has=window.page.get_by_role("heading", name=stage, exact=True))
