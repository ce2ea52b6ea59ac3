"""The lines of the README do what it says: they are taken from it and run, by bash, against a real TaskHub."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.person import Person
from tests.servers import ROOT, Server

from .shell import run

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path).migrate() as hub:
        hub.start()
        yield hub


def section(title: str) -> str:
    """All shell lines of one section of the README, in order."""
    text = (ROOT / "README.md").read_text()
    body = text.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", body, re.DOTALL))


def answer(person: Person, action: str) -> None:
    """What the README leaves to the person in the browser."""
    handover = person.asked("Approve this refund?")
    body = {"action": action, "fields": {"reason": "Seen."}}
    person.call("POST", f"/handovers/{handover['id']}/submit", body)


@pytest.mark.parametrize(("action", "paid"), [("approve", "True"), ("refuse", "False")])
def test_five_minute_integration_works_as_printed(hub: Server, action: str, paid: str) -> None:
    hub.manage("create_user", "ana", "--password-stdin", stdin="correct horse battery 7\n")
    key = hub.manage("create_application", "billing", "--title", "Billing")
    lines = section("An integration in five minutes")
    printed = run(lines, meanwhile=lambda: answer(Person(hub, "ana"), action), HUB=hub.url, KEY=key)
    *_, completed, result = printed
    assert result == f"{{'paid': {paid}}}", printed
    assert '"ok":true' in completed
