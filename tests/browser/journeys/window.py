"""One person's browser window. It remembers all that a page must never do: errors, broken policies, run scripts."""

import time
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response, expect

from .hub import PASSWORD

WATCH = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy broken: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
Object.defineProperty(window, "__pwn", { set(value) { console.error(`script ran: ${value}`); } });
"""
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


class Window:
    """A browser context of its own: cookies, storage and theme are this person's alone."""

    def __init__(self, browser: Browser, base_url: str, *, scripts: bool = True, narrow: bool = False) -> None:
        self.size = NARROW if narrow else WIDE
        self.context = browser.new_context(
            base_url=base_url,
            viewport=self.size,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
            has_touch=narrow,
        )
        self.context.add_init_script(WATCH)
        self.complaints: list[str] = []
        self.page = self.new_page()

    def new_page(self) -> Page:
        """Another tab of the same person."""
        page = self.context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("response", self._see)
        page.on("dialog", lambda dialog: (self.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        """Every error counts, but for the line about an answer's status: `_see` judges that."""
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(f"{message.location.get('url')}: {message.text}")

    def _see(self, response: Response) -> None:
        """A page may be refused (404, 409, 422); what a page loads may not, and no answer is an error of ours."""
        is_part = response.request.resource_type in ("document", "fetch", "xhr")
        if response.status >= (500 if is_part else 400):
            self.complaints.append(f"{response.status} {response.request.method} {response.url}")

    def sign_in(self, name: str) -> None:
        """Through the page."""
        self.page.goto("/login/")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Sign in")
        expect(self.page.get_by_role("heading", name="Inbox")).to_be_visible()

    # --- What a person does and sees --------------------------------------------------------------

    def open(self, path: str, *, status: int = 200) -> None:
        """Goes to an address; it answers as said."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"

    def press(self, name: str, **how: Any) -> None:
        """The button of that name."""
        self.page.get_by_role("button", name=name, **how).click()

    def follow(self, name: str, **how: Any) -> None:
        """The link of that name."""
        self.page.get_by_role("link", name=name, **how).click()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def sees_not(self, text: str) -> None:
        expect(self.page.locator("body")).not_to_contain_text(text)

    def write(self, kind: str, text: str, button: str) -> None:
        """A comment or a work note, which is then on the page."""
        self.page.get_by_text(kind, exact=True).first.click()
        self.page.get_by_role("textbox", name="Text", exact=True).fill(text)
        with self.page.expect_navigation():
            self.press(button)

    def until(self, path: str, what: str, *, seconds: float = 60) -> Locator:
        """Looks at a page again and again until it shows a text; that text."""
        deadline = time.monotonic() + seconds
        while True:
            self.open(path)
            found = self.page.locator("main").get_by_text(what)
            if found.count():
                return found.first
            assert time.monotonic() < deadline, f"{path} did not show {what!r} in {seconds} s"
            self.page.wait_for_timeout(200)

    def close(self) -> list[str]:
        """Ends the window; what was wrong in it."""
        self.context.close()
        return self.complaints
