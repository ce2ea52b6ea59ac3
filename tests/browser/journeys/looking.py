"""Looking at a page as everybody: light and dark, wide and narrow; pictures of it, and what axe has against it."""

import os
from pathlib import Path
from typing import Any

from .window import NARROW, WIDE, Window

HERE = Path(__file__).parents[1]
SHOTS = Path(os.environ.get("BROWSER_SHOTS") or HERE / "screenshots")
AXE = (HERE / "vendor" / "axe.min.js").read_text()
RUN_AXE = "() => axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations)"
SMALLEST = {"width": 320, "height": 700}
TOO_WIDE = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return "";
  const out = [...document.querySelectorAll("body *")].filter((it) => it.getBoundingClientRect().right > innerWidth);
  return out.slice(-3).map((it) => `${it.tagName}.${it.className} "${it.textContent.trim().slice(0, 30)}"`).join(", ");
}"""


def look(window: Window, name: str) -> None:
    """Takes the four pictures of the page and adds to the window's complaints what is wrong with it."""
    page = window.page
    page.wait_for_load_state("load")
    page.evaluate(AXE)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for width, size in (("1440", WIDE), ("390", NARROW)):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.screenshot(path=SHOTS / f"{name}-{theme}-{width}.png", full_page=True)
            for violation in page.evaluate(RUN_AXE):
                window.complaints.append(f"{name} ({theme}, {width}): {_words(violation)}")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(SMALLEST)  # type: ignore[arg-type]
    if wide := page.evaluate(TOO_WIDE):
        window.complaints.append(f"{name}: too wide at {SMALLEST['width']} px: {wide}")
    page.set_viewport_size(window.size)  # type: ignore[arg-type]


def picture(window: Window, name: str, *, theme: str = "light") -> None:
    """A picture for the README: the window as a person has it, `readme-NAME.png`."""
    window.page.mouse.move(0, 0)
    window.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    window.page.screenshot(path=SHOTS / f"readme-{name}.png")
    window.page.emulate_media(color_scheme="light")


def _words(violation: Any) -> str:
    places = ", ".join(str(node["target"][0]) for node in violation["nodes"][:4])
    why = violation["nodes"][0].get("failureSummary", "").replace("\n", " ")
    return f"{violation['id']} at {places}: {why}"
