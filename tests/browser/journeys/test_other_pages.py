"""The pages that no story passes: signing in and out, the API's page, what does not exist."""

import pytest
from playwright.sync_api import Browser

from .conftest import SignIn
from .hub import BrowserHub
from .looking import look
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_sign_in_page_and_its_refusal(hub: BrowserHub, chromium: Browser) -> None:
    window = Window(chromium, hub.url)
    window.open("/")
    assert "/login/" in window.page.url
    look(window, "sign-in")
    window.page.get_by_label("Name").fill("ana")
    window.page.get_by_label("Password").fill("wrong")
    window.press("Sign in")
    window.sees("That did not work")
    look(window, "sign-in-refused")
    assert window.close() == []


def test_pages_beside_the_stories(sign_in: SignIn) -> None:
    ana = sign_in("ana")
    for name, path in (
        ("inbox-asked", "/?tab=asked"),
        ("inbox-following", "/?tab=following"),
        ("inbox-done", "/?tab=done"),
        ("my-requests", "/requests/mine/"),
        ("notifications", "/notifications/"),
        ("search", "/search/?q=refund"),
    ):
        ana.open(path)
        look(ana, name)


def test_theme_of_the_profile_outlives_the_system_s(sign_in: SignIn) -> None:
    ana = sign_in("ana")
    ana.open("/profile/")
    ana.page.get_by_text("Dark", exact=True).click()
    ana.press("Save")
    ana.open("/")
    assert ana.page.evaluate("document.documentElement.dataset.theme") == "dark"
    ana.open("/profile/")
    ana.page.get_by_text("As my system", exact=True).click()
    ana.press("Save")


def test_signing_out_ends_it(sign_in: SignIn) -> None:
    ana = sign_in("ana")
    ana.open("/profile/")
    ana.page.locator("main").get_by_role("button", name="Sign out", exact=True).click()
    look(ana, "signed-out")
    ana.open("/")
    assert "/login/" in ana.page.url
