"""The lines of the README do what it says: they are taken from it and run, by bash, against a real TaskHub."""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.examples.live import ROOT, LiveHub, Person

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LiveHub]:
    hub = LiveHub(tmp_path, free_port())
    hub.manage("migrate", "--verbosity", "0")
    hub.manage("collectstatic", "--noinput", "--verbosity", "0")
    hub.start()
    yield hub
    hub.stop()


def section(title: str) -> str:
    """All shell lines of one section of the README, in order."""
    text = (ROOT / "README.md").read_text()
    body = text.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", body, re.DOTALL))


def answer(person: Person) -> None:
    """What the README leaves to the person in the browser."""
    handover = person.asked("Approve this refund?")
    person.call("POST", f"/handovers/{handover['id']}/submit", {"action": "submit", "fields": {"approved": True}})


def test_five_minute_integration_works_as_printed(hub: LiveHub) -> None:
    hub.manage("create_user", "ana", "--password-stdin", stdin="correct horse battery 7\n")
    key = hub.manage("create_application", "billing", "--title", "Billing")
    lines = section("An integration in five minutes")
    environment = {**os.environ, "HUB": hub.url, "KEY": key}
    with ThreadPoolExecutor() as people:
        answered = people.submit(answer, Person(hub, "ana"))
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", lines],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )
        answered.result(60)
    assert done.returncode == 0, done.stdout + done.stderr
    *_, approved_line, completed, status = done.stdout.strip().splitlines()
    assert (approved_line, status) == ("True", "complete"), done.stdout
    assert '"ok":true' in completed
