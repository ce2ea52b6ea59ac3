"""The guide for operators names every variable of the environment that TaskHub reads, and no other."""

import re

from tests.servers import ROOT

READ = re.compile(r'\b(?:text|flag|number|words|keys|origin|proxies|choice)\("([A-Z_]+)"')
INTERNAL = {"TASKHUB_PROCESS"}
"""What TaskHub sets for its own processes."""


def variables() -> set[str]:
    text = "".join((ROOT / "taskhub" / name).read_text() for name in ("settings.py", "env.py"))
    return set(READ.findall(text))


def documented() -> set[str]:
    """The first cells of the table."""
    section = (ROOT / "docs/operators.md").read_text().partition("\n## Environment\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return set(re.findall(r"`([A-Z_]+)`", "".join(cells)))


def test_every_variable_is_documented() -> None:
    assert variables() - INTERNAL == documented()
