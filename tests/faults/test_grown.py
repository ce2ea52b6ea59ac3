"""What docs/operators.md says under "Grown" is run as it stands there, several of each, with both brokers."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import ROOT, Hub, free_port, wait_until

from .disasters import Broker
from .infrastructure import Postgres
from .storm import Storm

pytestmark = [pytest.mark.processes, pytest.mark.own_servers]
EACH = 2


def commands() -> list[list[str]]:
    """The first block of commands under the heading, without its comments."""
    text = (ROOT / "docs" / "operators.md").read_text().partition("## Grown")[2]
    block = re.search(r"```sh\n(.*?)```", text, re.DOTALL)
    assert block
    return [shlex.split(line, comments=True) for line in block[1].splitlines()]


@pytest.fixture(params=["redis", pytest.param("rabbitmq", marks=pytest.mark.long)])
def hub(tmp_path: Path, postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[Hub]:
    broker: Broker = request.getfixturevalue(request.param)
    with Hub(tmp_path, database=postgres.make_database("taskhub"), broker=broker.url).migrate() as hub:
        for number in range(EACH):
            for command in commands():
                start(hub, command, number)
        hub.await_webs()
        yield hub


def start(hub: Hub, command: list[str], number: int) -> None:
    """As it is written, but for the address: here all run on one machine."""
    (what,) = {"serve", "worker", "beat"}.intersection(command)
    if what == "serve":
        hub.ports[f"web{number}"] = port = free_port()
        command = [f"127.0.0.1:{port}" if ":" in word else word for word in command]
    hub.spawn(f"{what}{number}", command)


def test_grown_hub_works(hub: Hub) -> None:
    """Tasks are made and done through both web servers while workers are killed; nothing stays undone."""
    report = Storm(hub, tasks=100, kills=20).run()
    assert report.wrong == []
    assert report.figures["tasks"] == 100
    for name, port in hub.ports.items():
        wait_until(lambda port=port: hub.status(port, "/readyz") == 200, name)
    assert hub.logged("Traceback") == []
