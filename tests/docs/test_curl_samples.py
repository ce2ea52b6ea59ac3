"""The shell samples of the guide are one program; it runs as it is printed, with a yes and with a no."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.person import Person
from tests.servers import ROOT, Server

from .shell import run

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]
GUIDE = "docs/integrators.md"
ELSEWHERE = ["serve --background --chaos"]
"""Shell lines of the guide that other tests run: tests/taskhub has the rehearsal of workers."""


def blocks(page: str, language: str = "sh") -> list[str]:
    """The blocks of a language on a page, in order."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
    return [text for kind, text in found if kind == language]


def program(page: str) -> str:
    return "\n".join(block for block in blocks(page) if not any(words in block for words in ELSEWHERE))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path).migrate() as hub:
        hub.start()
        yield hub


@pytest.mark.parametrize(("action", "status"), [("go", "complete"), ("stop", "failed")])
def test_samples_of_the_guide_work_as_printed(hub: Server, tmp_path: Path, action: str, status: str) -> None:
    hub.manage("create_user", "ana", "--password-stdin", stdin="correct horse battery 7\n")
    key = hub.manage("create_application", "migrator", "--title", "Migrator")
    shutil.copy(ROOT / "docs/pictures/board.png", tmp_path / "plan.pdf")

    def answer() -> None:
        ana = Person(hub, "ana")
        handover = ana.asked("When may we cut over?")
        body = {"action": action, "fields": {"cutover_at": "2030-02-01T02:00:00Z"}, "comment": "Seen."}
        ana.call("POST", f"/handovers/{handover['id']}/submit", body)

    lines = run(program(GUIDE), meanwhile=answer, cwd=tmp_path, HUB=hub.url, KEY=key)
    assert lines[-1] == status
    assert {"unknown_field", "lease_superseded", "continue", "2"} <= set(lines)


def test_every_call_by_curl_is_in_a_shell_block() -> None:
    """One that is not would be run by nobody."""
    for page in ["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]:
        stray = [text for text in [*blocks(page, ""), *blocks(page, "bash")] if "curl" in text]
        assert stray == [], page
    others = [path.name for path in (ROOT / "docs").glob("*.md") if path.name != "integrators.md"]
    assert [name for name in others if "curl" in "".join(blocks(f"docs/{name}"))] == []
